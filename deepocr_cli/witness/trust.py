"""A fidelity in, the reason to doubt the reading out: the thresholds of the bench of faults (docs/trust.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from deepocr_cli.document import Fidelity, Reader


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reading may miss and have too much before it is doubted; shares of words and letters."""

    stretches: float
    """Of words in stretches that the one has and the other has not."""
    surplus: float
    """Of text that the one has without a counterpart, misread or not: missing less invented, or the reverse."""
    difference: float
    """Of text that differs in any way, misread words among it."""
    numbers: float
    """Of numbers that differ."""


LIMITS: Mapping[Reader, Limits] = MappingProxyType(
    {
        Reader.TEXT_LAYER: Limits(stretches=0.03, surplus=0.035, difference=0.1, numbers=0.25),
        Reader.OCR: Limits(stretches=0.03, surplus=0.035, difference=0.1, numbers=0.5),
    }
)


def doubt(fidelity: Fidelity) -> str | None:
    """Why a reading with this fidelity is not to be trusted; None where it is."""
    limits, name = LIMITS[fidelity.witness], _NAMES[fidelity.witness]
    missing, invented = 1 - fidelity.coverage, fidelity.invented
    if fidelity.lost > limits.stretches or missing - invented > limits.surplus or missing > limits.difference:
        return f"lacks {max(fidelity.lost, missing):.0%} of what the {name} has"
    if fidelity.added > limits.stretches or invented - missing > limits.surplus or invented > limits.difference:
        return f"has {max(fidelity.added, invented):.0%} that the {name} does not have"
    if fidelity.numbers is not None and 1 - fidelity.numbers > limits.numbers:
        return f"differs from the {name} in {1 - fidelity.numbers:.0%} of the numbers"
    return None


_NAMES = {Reader.TEXT_LAYER: "text layer", Reader.OCR: "light OCR"}
