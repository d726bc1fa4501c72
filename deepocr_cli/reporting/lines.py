"""A file of JSON lines as `convert --report` writes it in, what it says of each page out; any other file is refused."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from deepocr_cli.document import Ending, Fidelity, PageContent, Reader
from deepocr_cli.errors import InputError, printable

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ReportedAttempt:
    """One reading by the model; None where the report does not tell."""

    mode: str
    vision_tokens: int
    text_tokens: int | None
    seconds: float | None
    ending: Ending
    agreement: Fidelity | None


@dataclass(frozen=True, slots=True)
class ReportedPage:
    """What a report says of one page. `text` is what was read, `witness_text` what it was compared with, `note` what
    went wrong, `confidence` light OCR's own in a page that it read, `refusal` why its text layer was not believed."""

    source: str
    number: int
    reader: Reader
    ending: Ending
    mode: str | None
    vision_tokens: int
    text_tokens: int
    ratio: float | None
    agreement: Fidelity | None
    attempts: tuple[ReportedAttempt, ...]
    reason: str | None
    seconds: float
    text: str | None
    witness_text: str | None
    content: PageContent
    confidence: float | None
    note: str | None
    refusal: str | None


def read_report(path: Path) -> tuple[ReportedPage, ...]:
    """The pages of a report, in its order.

    Raises:
        InputError: the file is missing or cannot be read, has no pages, or a line of it is not a report of a page.
    """
    name = printable(str(path))
    try:
        lines = path.read_bytes().splitlines()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{name}: {reason.lower()}", hint=_HINT) from error
    pages = tuple(_page(name, number, line) for number, line in enumerate(lines, 1) if line.strip())
    if not pages:
        raise InputError(f"{name}: no page is reported in it", hint=_HINT)
    return pages


def _page(name: str, number: int, line: bytes) -> ReportedPage:
    try:
        return _restore(json.loads(line, parse_constant=_refuse))
    except UnicodeDecodeError as error:
        raise InputError(f"{name}, line {number}: not UTF-8", hint=_HINT) from error
    except json.JSONDecodeError as error:
        raise InputError(f"{name}, line {number}: not JSON: {error.msg}", hint=_HINT) from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        what = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(f"{name}, line {number}: not the report of a page: {what}", hint=_HINT) from error


def _restore(line: Any) -> ReportedPage:
    if not isinstance(line, dict):
        raise TypeError("not an object")
    plan = line.get("plan")
    return ReportedPage(
        source=_of(str, line["source"]),
        number=_of(int, line["page"]),
        reader=Reader(line["reader"]),
        ending=Ending(line["ending"]),
        mode=_maybe(str, line.get("mode")),
        vision_tokens=_of(int, line["vision_tokens"]),
        text_tokens=_of(int, line["text_tokens"]),
        ratio=_maybe(float, line.get("ratio")),
        agreement=_agreement(line.get("fidelity")),
        attempts=tuple(_attempt(attempt) for attempt in _of(list, line["attempts"])),
        reason=None if plan is None else _maybe(str, _of(dict, plan).get("reason")),
        seconds=_maybe(float, line.get("seconds")) or 0.0,
        text=_maybe(str, line.get("text")),
        witness_text=_maybe(str, line.get("witness_text")),
        content=PageContent(line.get("content", PageContent.TEXT)),
        confidence=_maybe(float, line.get("confidence")),
        note=_maybe(str, line.get("note")),
        refusal=_maybe(str, line.get("text_layer_refused")),
    )


def _attempt(attempt: Any) -> ReportedAttempt:
    attempt = _of(dict, attempt)
    return ReportedAttempt(
        mode=_of(str, attempt["mode"]),
        vision_tokens=_of(int, attempt["vision_tokens"]),
        text_tokens=_maybe(int, attempt.get("text_tokens")),
        seconds=_maybe(float, attempt.get("seconds")),
        ending=Ending(attempt["ending"]),
        agreement=_agreement(attempt.get("fidelity")),
    )


def _agreement(fidelity: Any) -> Fidelity | None:
    """Without the figures that the report of an older run does not have."""
    if fidelity is None:
        return None
    fidelity = _of(dict, fidelity)
    shares = {key: _of(float, fidelity[key]) for key in ("score", "coverage", "invented")}
    shares |= {key: _of(float, fidelity[key]) for key in ("lost", "added") if key in fidelity}
    numbers = _maybe(float, fidelity.get("numbers"))
    if not all(0 <= share <= 1 for share in (*shares.values(), numbers or 0.0)):
        raise ValueError("fidelity is not between 0 and 1")
    return Fidelity(**shares, witness=Reader(fidelity["witness"]), numbers=numbers)


def _of(wanted: type[Value], value: Any) -> Value:
    if wanted is float and type(value) is int:
        value = float(value)
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise TypeError(f"{wanted.__name__} expected, {type(value).__name__} found")
    return value


def _maybe(wanted: type[Value], value: Any) -> Value | None:
    return None if value is None else _of(wanted, value)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")


_HINT = "such a file is made by: deepocr convert FILE --report RUN.jsonl"
