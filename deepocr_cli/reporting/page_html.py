"""One reported page and its picture in, the article that shows them side by side out."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape

from deepocr_cli.document import Ending, Reader
from deepocr_cli.errors import printable
from deepocr_cli.reporting.disputes import Piece, Verdict, find_disputes
from deepocr_cli.reporting.lines import Agreement, ReportedAttempt, ReportedPage

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
    """A page's picture as JPEG bytes, None where there is none; `note` says why, or what to think of it."""

    jpeg: bytes | None = field(repr=False)
    size: tuple[int, int] = (0, 0)
    note: str | None = None


def page_article(page: ReportedPage, picture: PagePicture | None) -> str:
    """The page's picture beside its text, what disputes it marked, and below how it was read."""
    name = f"{_said(page.source)}, page {page.number}"
    return f"""<article data-ending="{page.ending}" data-reader="{page.reader}" aria-label="{name}">
<header><h2>{_said(page.source)} <span>page {page.number}</span></h2>
<p class="badges"><span class="badge ending-{page.ending}">{ENDINGS[page.ending]}</span>
<span class="badge">{READERS[page.reader]}</span>{_mode(page)}{_score(page.agreement)}</p></header>
<div class="pair">
{_figure(page, picture)}
<section class="reading" aria-label="Text">{_text(page)}</section>
</div>
{_facts(page)}
</article>"""


def colour_of(score: float) -> str:
    """The class of the style sheet for a score."""
    return "good" if score >= GOOD else "fair" if score >= FAIR else "poor"


def _mode(page: ReportedPage) -> str:
    if page.mode is None:
        return ""
    ratio = "" if page.ratio is None else f", ratio {page.ratio:.1f}"
    return f'<span class="badge">{_said(page.mode)}, {page.vision_tokens:,} vision tokens{ratio}</span>'


def _score(agreement: Agreement | None) -> str:
    if agreement is None:
        return '<span class="badge unchecked">checked by nothing</span>'
    return f'<span class="badge score {colour_of(agreement.score)}">fidelity {agreement.score:.3f}</span>'


def _figure(page: ReportedPage, picture: PagePicture | None) -> str:
    note = "" if picture is None or picture.note is None else f"<figcaption>{_said(picture.note)}</figcaption>"
    if picture is None or picture.jpeg is None:
        return f'<figure class="absent">{note or "<figcaption>No picture was asked for.</figcaption>"}</figure>'
    width, height = picture.size
    address = f"data:image/jpeg;base64,{b64encode(picture.jpeg).decode('ascii')}"
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
        agreement = page.agreement
        witness = "the text layer" if agreement.witness is Reader.TEXT_LAYER else "light OCR"
        parts.append(
            f"<p>Beside {witness}: {agreement.coverage:.1%} of the witness's text is here, and "
            f"{agreement.invented:.1%} of what is here the witness does not have.</p>"
        )
    if page.reason is not None:
        parts.append(f"<p>Plan: {_said(page.reason)}.</p>")
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


def _said(text: str) -> str:
    """Foreign text on one line, nothing in it obeyed."""
    return escape(printable(text))


def _attempt(attempt: ReportedAttempt) -> str:
    tokens = "" if attempt.text_tokens is None else f"{attempt.text_tokens:,}"
    seconds = "" if attempt.seconds is None else f"{attempt.seconds:.1f}"
    score = "" if attempt.agreement is None else f"{attempt.agreement.score:.3f}"
    cells = (_said(attempt.mode), f"{attempt.vision_tokens:,}", tokens, seconds, ENDINGS[attempt.ending], score)
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_HEADING = re.compile(r"\s*#{1,6} ")
_HEADS = ("mode", "vision tokens", "text tokens", "seconds", "ending", "fidelity")
