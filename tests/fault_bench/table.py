"""Cases in, the rates of detection and of false alarm out: a row a fault, a column a strength."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from deepocr_cli.document import Reader
from deepocr_cli.witness.fidelity import measure
from deepocr_cli.witness.trust import doubt
from fault_bench.faults import FAULTS, HARMLESS

STRENGTHS = (0.01, 0.02, 0.05, 0.1, 0.2)
BEYOND = 0.055
"""Just more than 5 %: the strength that has to be found."""


class Witness(StrEnum):
    """Who read a page, and in which state it was."""

    TEXT_LAYER = "text-layer"
    OCR = "ocr"
    OCR_OF_WORN = "ocr-of-worn"

    @property
    def reader(self) -> Reader:
        return Reader.TEXT_LAYER if self is Witness.TEXT_LAYER else Reader.OCR


@dataclass(frozen=True, slots=True)
class Case:
    """A page: its true text, and what its witnesses read."""

    name: str
    truth: str
    testimonies: dict[Witness, str]


def rate_faults(cases: Sequence[Case], witness: Witness, rounds: int = 1) -> dict[str, dict[float, float]]:
    """For each fault and strength the share of pages on which it was found."""
    strengths = sorted((*STRENGTHS, BEYOND))
    return {
        name: {strength: _rate(cases, witness, rounds, _harmed(name, strength)) for strength in strengths}
        for name in FAULTS
    }


def rate_alarms(cases: Sequence[Case], witness: Witness, rounds: int = 1) -> dict[str, float]:
    """For each harmless change the share of pages that were called faulty."""
    return {
        name: _rate(cases, witness, rounds, lambda case, chance, _other, change=change: change(case.truth, chance))
        for name, change in HARMLESS.items()
    }


def format_table(cases: Sequence[Case], witness: Witness, rounds: int = 1) -> str:
    """The table as markdown."""
    faults, alarms = rate_faults(cases, witness, rounds), rate_alarms(cases, witness, rounds)
    return "\n".join(_rows(faults, alarms, f"{len(cases)} pages, {rounds} rounds, witness {witness}"))


def _rows(faults: dict[str, dict[float, float]], alarms: dict[str, float], title: str) -> Iterator[str]:
    strengths = list(next(iter(faults.values())))
    yield f"{title}\n"
    yield "| fault | " + " | ".join(f"{strength:.1%}" for strength in strengths) + " |"
    yield "|---|" + "--:|" * len(strengths)
    for name, rates in faults.items():
        yield f"| {name} | " + " | ".join(f"{rates[strength]:.1%}" for strength in strengths) + " |"
    yield "\n| no fault | false alarms |\n|---|--:|"
    for name, rate in alarms.items():
        yield f"| {name} | {rate:.1%} |"


def _harmed(name: str, strength: float):
    return lambda case, chance, other: FAULTS[name](case.truth, strength, chance, other)


def _rate(cases: Sequence[Case], witness: Witness, rounds: int, change) -> float:
    found = [
        doubt(
            measure(
                change(case, _chance(case, turn), _other(cases, place, turn)),
                case.testimonies[witness],
                witness.reader,
            )
        )
        for place, case in enumerate(cases)
        for turn in range(rounds)
    ]
    return sum(reason is not None for reason in found) / len(found)


def _chance(case: Case, turn: int) -> random.Random:
    return random.Random(f"{case.name} {turn}")


def _other(cases: Sequence[Case], place: int, turn: int) -> str:
    """A page of another make: the synthetic ones say the same things in the same words."""
    strangers = [case for case in cases if case.name.split("-")[0] != cases[place].name.split("-")[0]]
    return strangers[(place + turn) % len(strangers)].truth
