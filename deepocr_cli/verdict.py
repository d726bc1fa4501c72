"""What a page's readings are worth: which is accepted, what is tried next, which one stands. Nothing is read here."""

from collections.abc import Sequence
from dataclasses import replace

from deepocr_cli.document import Attempt, Block, Box, Ending, Fidelity, PageContent, Plan, Reader, text_of
from deepocr_cli.journey import Reading, Try
from deepocr_cli.modes import Fit, Mode
from deepocr_cli.reading.header_rows import with_header_rows
from deepocr_cli.settings import Settings
from deepocr_cli.witness.consult import Testimony
from deepocr_cli.witness.fidelity import measure
from deepocr_cli.witness.trust import doubt

WIDE_WINDOW = 1024
"""Tokens within which no phrase may come again, on a page that looped: twice the longest loop that is recognised."""
DOUBTFUL_CONFIDENCE = 0.8
"""Light OCR that is less sure of its own letters does not overrule a reading that is whole."""
UNISON = 0.998
"""From this score on a reading and light OCR's are one: they differ in no word of five hundred letters."""
CONTRADICTION = 0.5
"""A reading that has less of the text layer than this speaks of another page, or the layer does: light OCR decides."""


def is_accepted(attempt: Attempt, settings: Settings) -> bool:
    """Whether a reading needs no further one: it is whole, and its witness has no objection.

    With `--precision P` the bound is P; what nothing could check is accepted as it is.
    """
    if attempt.ending is not Ending.COMPLETE:
        return False
    if attempt.fidelity is None:
        return True
    if settings.dial.precision is not None:
        return attempt.fidelity.score >= settings.dial.precision
    return doubt(attempt.fidelity) is None


def next_tries(attempts: Sequence[Attempt], plan: Plan, settings: Settings) -> list[Try]:
    """What to try after `attempts`: one thing, or nothing where the last was accepted or the budget is spent.

    The modes of the plan come in their order; the last try that is left goes to the most capable one. A page that
    looped is guarded by a wider n-gram window from then on, also in the mode that it looped in where there is no
    other, unless the user bounds what a page may cost. A page that took all of its time gets no more.
    """
    if not attempts:
        return [Try(plan.modes[0])]
    last, left = attempts[-1], settings.attempts - len(attempts)
    is_late = last.ending is Ending.FAILED and last.seconds >= settings.engine_timeout
    if left < 1 or is_accepted(last, settings) or is_late:
        return []
    has_looped = any(attempt.ending is Ending.LOOPED for attempt in attempts)
    window = WIDE_WINDOW if has_looped else None
    dearer = [mode for mode in plan.modes[plan.modes.index(last.mode) + 1 :] if _shows_more(mode, last.mode)]
    if dearer:
        return [Try(dearer[-1] if left == 1 else dearer[0], window)]
    if has_looped and last.window is None and settings.dial.tokens is None:
        return [Try(last.mode, window)]
    return []


def _shows_more(mode: Mode, tried: Mode) -> bool:
    """Whether a mode shows a page otherwise: more strips of the same letters are read no better (docs/trust.md)."""
    return mode.fit is not Fit.STRIPS or mode.letter_size > tried.letter_size


def best_of(readings: Sequence[Reading], settings: Settings) -> Reading | None:
    """The accepted reading, else the one that agrees best with its witness, whole ones before broken ones."""
    return max(readings, key=lambda reading: _rank(reading.attempt, settings), default=None)


def _rank(attempt: Attempt, settings: Settings) -> tuple[bool, bool, float]:
    score = 0.0 if attempt.fidelity is None else attempt.fidelity.score
    return is_accepted(attempt, settings), attempt.ending is Ending.COMPLETE, score


def gives_way(reading: Reading, testimony: Testimony) -> bool:
    """Whether a model that errs more often than light OCR leaves it a page: they differ, and OCR is sure of itself.

    A page with formulas it keeps: light OCR has no way to write them.
    """
    fidelity = reading.attempt.fidelity
    if any(block.kind == "equation" for block in reading.blocks):
        return False
    if fidelity is None or fidelity.witness is not Reader.OCR or fidelity.score >= UNISON:
        return False
    return not _is_unsure(testimony.statement.confidence)


def outdoes(attempt: Attempt, witness: Fidelity | None, confidence: float | None) -> bool:
    """Whether a reading that was not accepted is still better than what its witness has.

    Args:
        witness: how far the text layer's own reading agrees with the words on the page; None of light OCR.
        confidence: light OCR's in its own letters; None of the text layer.
    """
    if attempt.ending is not Ending.COMPLETE or attempt.fidelity is None:
        return False
    if witness is not None:
        return attempt.fidelity.score > witness.score
    return _is_unsure(confidence)


def _is_unsure(confidence: float | None) -> bool:
    """Whether light OCR found letters that it does not know; the text layer cannot misread."""
    return confidence is not None and confidence < DOUBTFUL_CONFIDENCE


def contradicts(attempt: Attempt) -> bool:
    """Whether a whole reading and the text layer speak of different pages, so that a second witness is worth asking."""
    fidelity = attempt.fidelity
    is_whole = attempt.ending is Ending.COMPLETE and fidelity is not None
    return (
        is_whole
        and fidelity is not None
        and fidelity.witness is Reader.TEXT_LAYER
        and (min(fidelity.coverage, 1 - fidelity.invented) < CONTRADICTION)
    )


def second_opinion(reading: Reading, layer: str, ocr: str) -> Reading | None:
    """The reading as light OCR sees it, where that sides with it against the text layer; None where it does not."""
    ours, theirs = (measure(text, ocr, Reader.OCR) for text in (text_of(reading.blocks), layer))
    if doubt(ours) is not None or ours.score <= theirs.score:
        return None
    return replace(reading, attempt=replace(reading.attempt, fidelity=ours), witness_text=ocr)


def witness_blocks(blocks: tuple[Block, ...], *, is_blank: bool) -> tuple[Block, ...]:
    """The witness's blocks as they are written; a page with ink on which it found nothing is a picture."""
    return tuple(map(with_header_rows, blocks)) or (() if is_blank else (Block("image", "", Box(0, 0, 1, 1)),))


def content_of(blocks: Sequence[Block], *, is_blank: bool) -> PageContent:
    """What a page that was read holds."""
    if is_blank:
        return PageContent.BLANK
    if any(block.text.strip() for block in blocks):
        return PageContent.TEXT
    return PageContent.PICTURE
