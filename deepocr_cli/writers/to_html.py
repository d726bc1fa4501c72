"""A Document in, one HTML file out that needs no network, runs nothing, and reads well on screen and paper."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from importlib.resources import files

from deepocr_cli.block_kinds import FOOTNOTES
from deepocr_cli.document import Block, Document, Ending, Page, Reader, Table
from deepocr_cli.errors import printable
from deepocr_cli.style import PLAIN_STYLE, Style
from deepocr_cli.writers.block_text import Picture, block_markdown, figure_link, find_pictures, title_of, written_page
from deepocr_cli.writers.commonmark import markdown_to_html
from deepocr_cli.writers.html_parts import Contents, accessible_table
from deepocr_cli.writers.language import language_of
from deepocr_cli.writers.plain_text import plain_text

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data: file: 'self'"
_WRAPPERS = {
    **dict.fromkeys(("header", "running_header"), "header"),
    **dict.fromkeys(("footer", "running_footer", "page_number"), "footer"),
    **dict.fromkeys(FOOTNOTES, 'aside role="doc-footnote"'),
    "aside_text": "aside",
}
_READERS = {Reader.TEXT_LAYER: "Text taken from the PDF itself.", Reader.OCR: "Read by light OCR."}
_ENDINGS = {
    Ending.TOO_LONG: "Incomplete: the page is longer than the limit.",
    Ending.LOOPED: "Incomplete: reading began to repeat itself and was stopped.",
    Ending.FAILED: "This page could not be read.",
}


def to_html(document: Document, figures_href: str | None, style: Style = PLAIN_STYLE) -> str:
    """A standalone page, an article for every page that was read.

    Args:
        document: what was read.
        figures_href: the folder of the figures as the output file sees it; None embeds them.
        style: what becomes of running heads.
    """
    name = escape(printable(document.source))
    sheet = files(__package__).joinpath("document.css").read_text(encoding="utf-8")
    pages = [written_page(page, style.headers) for page in document.pages]
    contents = Contents(pages)
    articles = "\n".join(_article(page, figures_href, contents) for page in pages)
    return f"""<!doctype html>
<html{_language(pages)}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="deepocr">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{escape(title_of(document) or printable(document.source))}</title>
<style>
{sheet}</style>
</head>
<body>
<header class="document"><p>{name}</p></header>
{contents.html}
<main>
{articles}
</main>
</body>
</html>
"""


def _language(pages: Sequence[Page]) -> str:
    language = language_of(" ".join(block.text for page in pages for block in page.blocks if block.data is None))
    return "" if language is None else f' lang="{language}"'


def _article(page: Page, figures_href: str | None, contents: Contents) -> str:
    pictures = find_pictures(page)
    captions = {picture.caption_index for picture in pictures.values()}
    parts = [f'<p class="page-number"><a href="#page-{page.number}">Page {page.number}</a></p>', _remark(page)]
    for index, block in enumerate(page.blocks):
        if index in pictures:
            parts.append(_figure(page, pictures[index], figures_href))
        elif index not in captions:
            parts.append(contents.with_anchor(_block_to_html(block), page, index))
    content = "\n".join(part for part in parts if part)
    return f'<article id="page-{page.number}" aria-label="Page {page.number}">\n{content}\n</article>'


def _remark(page: Page) -> str:
    """What a reader should know before trusting the page; nothing where the model read it to its end."""
    remarks = [_ENDINGS.get(page.ending), _READERS.get(page.reader), page.note]
    text = escape(" ".join(remark for remark in remarks if remark))
    kind = "remark" if page.is_complete else "remark incomplete"
    return f'<p class="{kind}">{text}</p>' if text else ""


def _block_to_html(block: Block) -> str:
    if isinstance(block.data, Table):
        return f'<div class="table" tabindex="0">{accessible_table(block.data)}</div>'
    html = markdown_to_html(block_markdown(block)).rstrip("\n")
    if not html:
        return ""
    if block.kind in _WRAPPERS:
        element = _WRAPPERS[block.kind]
        return f"<{element}>{html}</{element.split()[0]}>"
    return f'<div class="caption">{html}</div>' if block.kind.endswith("_caption") else html


def _figure(page: Page, picture: Picture, figures_href: str | None) -> str:
    """The picture, the text that the model gave it, and its caption."""
    caption = "" if picture.caption_index is None else page.blocks[picture.caption_index].text
    alternative = " ".join(plain_text(caption).split()) or f"Figure on page {page.number}"
    address = _address(picture, figures_href)
    text = markdown_to_html(page.blocks[picture.index].text).rstrip("\n")
    figcaption = f"<figcaption>{markdown_to_html(caption).rstrip()}</figcaption>" if caption.strip() else ""
    return f'<figure><img src="{address}" alt="{escape(alternative)}">{text}{figcaption}</figure>'


def _address(picture: Picture, figures_href: str | None) -> str:
    if figures_href is not None:
        return escape(figure_link(figures_href, picture.figure))
    return f"data:image/png;base64,{b64encode(picture.figure.png).decode('ascii')}"
