"""One reported page and its picture in, the article that shows them side by side out."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape

from deepocr_cli.document import Ending, Fidelity, PageContent, Reader
from deepocr_cli.errors import printable
from deepocr_cli.reporting.disputes import Piece, Verdict, find_disputes
from deepocr_cli.reporting.lines import ReportedAttempt, ReportedPage
from deepocr_cli.witness.trust import doubt

READERS = {
    Reader.MODEL: "read by the model",
    Reader.TEXT_LAYER: "from the text layer",
    Reader.OCR: "read by light OCR",
    Reader.NONE: "read by nobody",
}
ENDINGS = {
    Ending.COMPLETE: "complete",
    Ending.TOO_LONG: "cut at the limit",
    Ending.LOOPED: "looped",
    Ending.FAILED: "failed",
}
GOOD, FAIR = 0.95, 0.9
"""Scores from which a page's fidelity is shown as good, and as fair."""


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page's picture as WebP bytes, None where there is none; `note` says why, or what to think of it."""

    webp: bytes | None = field(repr=False)
    size: tuple[int, int] = (0, 0)
    note: str | None = None


def page_article(page: ReportedPage, picture: PagePicture | None, name: str) -> str:
    """The page's picture beside its text, what disputes it marked, and below how it was read.

    Args:
        name: of the article, for links that lead to it.
    """
    label = f"{said(page.source)}, page {page.number}"
    return f"""<article id="{name}" data-ending="{page.ending}" data-reader="{page.reader}" aria-label="{label}">
<header><h2>{said(page.source)} <span>page {page.number}</span></h2>
<p class="badges"><span class="badge ending-{page.ending}">{ENDINGS[page.ending]}</span>
<span class="badge">{READERS[page.reader]}</span>{_content(page)}{_mode(page)}{_score(page)}</p></header>
{_warning(page)}<div class="pair">
{_figure(page, picture)}
<section class="reading" aria-label="Text">{_text(page)}</section>
</div>
{_facts(page)}
</article>"""


def colour_of(score: float) -> str:
    """The class of the style sheet for a score."""
    return "good" if score >= GOOD else "fair" if score >= FAIR else "poor"


def said(text: str) -> str:
    """Foreign text on one line, nothing in it obeyed."""
    return escape(printable(text))


def _warning(page: ReportedPage) -> str:
    """What a person should know of the page before reading it; nothing where all is well."""
    own = None if page.agreement is None or page.reader is not Reader.MODEL else doubt(page.agreement)
    refused = [reason for attempt in page.attempts if (reason := _objection(attempt))]
    if page.ending is not Ending.COMPLETE and page.note:
        words = f"{said(page.note)}."
    elif own:
        words = f"Doubted: it {own}."
    elif page.reader in _WITNESSES and refused:
        words = f"What {_WITNESSES[page.reader]} has stands here: the model's reading {refused[-1]}."
    elif page.refusal:
        words = f"The text layer was not believed: {said(page.refusal)}."
    else:
        return ""
    return f'<p class="warning">{words[0].upper()}{words[1:]}</p>\n'


def _objection(attempt: ReportedAttempt) -> str | None:
    """What is wrong with a reading by the model."""
    if attempt.ending is not Ending.COMPLETE:
        return _BROKEN[attempt.ending]
    return None if attempt.agreement is None else doubt(attempt.agreement)


def _content(page: ReportedPage) -> str:
    if page.content is PageContent.TEXT:
        return ""
    return f'<span class="badge">{_CONTENTS[page.content]}</span>'


def _mode(page: ReportedPage) -> str:
    if page.mode is None:
        return ""
    ratio = "" if page.ratio is None else f", ratio {page.ratio:.1f}"
    return f'<span class="badge">{said(page.mode)}, {page.vision_tokens:,} vision tokens{ratio}</span>'


def _score(page: ReportedPage) -> str:
    if page.agreement is not None:
        score = page.agreement.score
        return f'<span class="badge score {colour_of(score)}">fidelity {score:.3f}</span>'
    sure = "" if page.confidence is None else f", {page.confidence:.0%} sure of its letters"
    return f'<span class="badge unchecked">checked by nothing{sure}</span>'


def _figure(page: ReportedPage, picture: PagePicture | None) -> str:
    note = "" if picture is None or picture.note is None else f"<figcaption>{said(picture.note)}</figcaption>"
    if picture is None or picture.webp is None:
        return f'<figure class="absent">{note or "<figcaption>No picture was asked for.</figcaption>"}</figure>'
    width, height = picture.size
    address = f"data:image/webp;base64,{b64encode(picture.webp).decode('ascii')}"
    return (
        f'<figure><img src="{address}" width="{width}" height="{height}" loading="lazy" '
        f'alt="Picture of page {page.number}">{note}</figure>'
    )


def _text(page: ReportedPage) -> str:
    if page.text is None:
        return '<p class="remark">The report does not hold the text of its pages.</p>'
    if not page.text.strip() and not page.witness_text:
        return '<p class="remark">No text.</p>'
    pieces = find_disputes(page.text, page.witness_text)
    remark = "" if page.witness_text is not None else '<p class="remark">There is nothing to compare it with.</p>'
    return f'{remark}<div class="text">{"".join(_paragraphs(pieces))}</div>'


def _paragraphs(pieces: Iterable[Piece]) -> Iterator[str]:
    """Paragraphs of HTML; no mark reaches from one into the next."""
    paragraphs = [""]
    for piece in pieces:
        for place, part in enumerate(_BLANK_LINE.split(piece.text)):
            if place:
                paragraphs.append("")
            if part:
                paragraphs[-1] += _marked(Piece(part, piece.verdict))
    for paragraph in filter(str.strip, paragraphs):
        heading = _HEADING.match(paragraph)
        kind = ' class="heading"' if heading else ""
        yield f'<p dir="auto"{kind}>{paragraph[heading.end() if heading else 0 :]}</p>'


def _marked(piece: Piece) -> str:
    text = escape("".join(letter if letter in "\n\t" else printable(letter) for letter in piece.text))
    match piece.verdict:
        case Verdict.INVENTED:
            return f'<mark class="invented">{text}</mark>'
        case Verdict.MISSING:
            return f'<ins class="missing">{text}</ins> '
        case _:
            return text


def _facts(page: ReportedPage) -> str:
    parts = []
    if page.agreement is not None:
        parts.append(f"<p>{_comparison(page.agreement)}</p>")
    if page.reason is not None:
        parts.append(f"<p>Plan: {said(page.reason)}.</p>")
    if page.attempts:
        rows = "".join(map(_attempt, page.attempts))
        heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
        parts.append(f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>')
    if not parts:
        return ""
    count = len(page.attempts)
    words = f"{count} attempt{'s'[: count != 1]} by the model" if count else "not tried by the model"
    is_open = " open" if page.ending is not Ending.COMPLETE or count > 1 else ""
    return f"<details{is_open}><summary>How it was read: {words}</summary>{''.join(parts)}</details>"


def _comparison(agreement: Fidelity) -> str:
    return (
        f"Beside {_WITNESSES[agreement.witness]}: {agreement.coverage:.1%} of the witness's text is here, and "
        f"{agreement.invented:.1%} of what is here the witness does not have."
    )


def _attempt(attempt: ReportedAttempt) -> str:
    tokens = "" if attempt.text_tokens is None else f"{attempt.text_tokens:,}"
    seconds = "" if attempt.seconds is None else f"{attempt.seconds:.1f}"
    score = "" if attempt.agreement is None else f"{attempt.agreement.score:.3f}"
    cells = (said(attempt.mode), f"{attempt.vision_tokens:,}", tokens, seconds, score, _objection(attempt) or "nothing")
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_HEADING = re.compile(r"\s*#{1,6} ")
_HEADS = ("mode", "vision tokens", "text tokens", "seconds", "fidelity", "what is wrong")
_WITNESSES = {Reader.TEXT_LAYER: "the text layer", Reader.OCR: "light OCR"}
_CONTENTS = {PageContent.BLANK: "blank paper", PageContent.PICTURE: "a picture without text"}
_BROKEN = {Ending.LOOPED: "looped", Ending.TOO_LONG: "was cut at the limit", Ending.FAILED: "failed"}
