"""A page and what the user asked for in, the reason why the page falls short of it out."""

from deepocr_cli.document import Ending, Page, PageContent, Reader
from deepocr_cli.settings import Settings, Verify
from deepocr_cli.witness.trust import doubt


def shortcoming_of(page: Page, settings: Settings) -> str | None:
    """Why a page does not count as complete under `settings`; None where it does."""
    if page.ending is not Ending.COMPLETE:
        return page.note or _ENDINGS[page.ending]
    if page.unchecked is not None:
        return f"read, but not checked: {page.unchecked}"
    if page.content is not PageContent.TEXT and page.fidelity is None:
        return None
    wished, fidelity = settings.dial.precision, page.fidelity
    if wished is not None and settings.verify is not Verify.OFF and (reason := _imprecision_of(page, wished)):
        return reason
    if wished is None and page.reader is Reader.MODEL and fidelity is not None and (reason := doubt(fidelity)):
        return reason
    if settings.strict and page.reader is not Reader.MODEL:
        return f"read by the {_WITNESSES[page.reader]}, not by the model"
    if settings.strict and fidelity is None:
        return "read, but checked by nothing"
    return None


def _imprecision_of(page: Page, wished: float) -> str | None:
    """Why a page does not have the precision that was asked for, or cannot be known to."""
    if page.fidelity is not None:
        score = page.fidelity.score
        return f"agrees with its witness by {score:.4f}, less than the {wished:g} asked for" if score < wished else None
    scores = [attempt.fidelity.score for attempt in page.attempts if attempt.fidelity is not None]
    if scores and page.reader in _WITNESSES:
        best = f"the model's best reading agrees with it by {max(scores):.4f}, less than the {wished:g} asked for"
        return f"read by the {_WITNESSES[page.reader]}; {best}"
    return f"nothing could check it against the {wished:g} asked for"


_ENDINGS = {
    Ending.TOO_LONG: "cut at the length limit (--max-new-tokens)",
    Ending.LOOPED: "the model repeated itself and was stopped",
    Ending.FAILED: "could not be read",
}
_WITNESSES = {Reader.TEXT_LAYER: "text layer", Reader.OCR: "light OCR"}
