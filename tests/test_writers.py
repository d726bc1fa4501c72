"""Documents become markdown, HTML, JSON and text: golden files, and nothing in them that runs or gets lost."""

import re
from collections.abc import Callable, Iterator

import pytest
from html_audit import shown_text
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from deepocr_cli.document import Block, Document, Ending, Page, Reader
from deepocr_cli.reading.grounding import parse_blocks
from deepocr_cli.style import Style
from deepocr_cli.writers.disarm import disarm
from deepocr_cli.writers.formats import WRITERS
from deepocr_cli.writers.plain_text import plain_text

SUFFIXES = {"markdown": "md", "html": "html", "json": "json", "jsonl": "jsonl", "text": "txt"}


def document(*blocks: Block, ending: Ending = Ending.COMPLETE, reader: Reader = Reader.MODEL) -> Document:
    return Document("paper.pdf", (Page(1, (800, 1000), blocks, ending, reader),))


def write(name: str, text: str, kind: str = "text") -> str:
    return WRITERS[name](document(Block(kind, text)), None)


def tokens(markdown: str) -> Iterator[Token]:
    """What a renderer that lets HTML through makes of markdown."""
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown):
        yield token
        yield from token.children or ()


def test_check_boxes_are_tasks_in_markdown_and_signs_elsewhere() -> None:
    boxes = "- ☑ by post\n- ☐ by mail\n   - ☒ or so\n- yes ☐"
    assert write("markdown", boxes) == "- [x] by post\n- [ ] by mail\n   - [x] or so\n- yes ☐\n"
    assert all(sign in write(name, boxes) for name in ("html", "text") for sign in "☐☑☒")


# ------------------------------------------------------------------------------------------------- golden


@pytest.mark.parametrize("name", WRITERS)
def test_the_sample_document_is_written_as_before(
    name: str, sample_document: Document, golden: Callable[[str, str], None]
) -> None:
    golden(f"notes.{SUFFIXES[name]}", WRITERS[name](sample_document, "figures"))


@pytest.mark.parametrize("name", WRITERS)
def test_a_document_without_text_is_still_a_file_of_its_format(name: str) -> None:
    text = WRITERS[name](Document("empty.pdf", ()), None)
    assert text.endswith("\n") or name == "jsonl"
    assert text.strip() or name in ("markdown", "text", "jsonl")


@pytest.mark.parametrize("name", WRITERS)
def test_names_that_are_no_text_still_encode(name: str) -> None:
    WRITERS[name](Document("caf\udce9.pdf", ()), "fig\udce9s").encode()


# ----------------------------------------------------------------------------------------------- markdown


@pytest.mark.parametrize(
    "text",
    [
        "a < b and b > c",
        "R&D, AT&T",
        "snake_case and *stars*",
        "Costs $5.",
        "`<div>` is a tag",
        "x <3",
        "2 * 3 * 4",
        "#1",
    ],
)
def test_ordinary_text_is_not_escaped(text: str) -> None:
    assert write("markdown", text) == f"{text}\n"


def test_pages_are_places_where_that_is_wished() -> None:
    pages = tuple(Page(number, (1, 1), (Block("text", "a"),), Ending.COMPLETE, Reader.MODEL) for number in (3, 7))
    written = WRITERS["markdown"](Document("a.pdf", pages), None, Style(has_page_anchors=True))
    assert written == '<a id="page-3"></a>\n\na\n\n<a id="page-7"></a>\n\na\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"so \(x_1\) is", "so $x_1$ is"),
        (r"\[ a = b \]", "$$a = b$$"),
        (r"\(a\)\(b\)2", "$a$ $b$ 2"),
        (r"pay $5 for \(n\)", r"pay \$5 for $n$"),
        ("from $5 to 10$ a day", r"from \$5 to 10\$ a day"),
        ("$5 and $10", "$5 and $10"),
        ("$x^2$ stays", "$x^2$ stays"),
        (r"a $ \underline{b} $ c", r"a $\underline{b}$ c"),
        (r"\(\)", ""),
        (r"\\(no\\)", r"\\(no\\)"),
    ],
)
def test_formulas_stand_between_dollars_and_prices_do_not(text: str, expected: str) -> None:
    assert write("markdown", text).strip() == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2150*2150*1000mm", "2150*2150*1000mm"),
        ("# a comment", "# a comment"),
        ("Total\n=====", "Total ====="),
        ("Name\n---", "Name ---"),
        (r"\(2*3*4\) is 2*3*4", "2*3*4 is 2*3*4"),
        ("*stressed* and **bold**", "stressed and bold"),
    ],
)
def test_signs_that_only_happen_to_be_markdown_stay_signs(text: str, words: str) -> None:
    assert " ".join(write("text", text).split()) == words
    assert not any(token.type == "heading_open" for token in tokens(write("markdown", text)))


def test_list_items_that_came_as_blocks_are_one_list() -> None:
    items = document(
        Block("text", "Four:"), Block("text", "- one"), Block("text", "- two\n  more"), Block("text", "end")
    )
    assert WRITERS["markdown"](items, None) == "Four:\n\n- one\n- two\n  more\n\nend\n"
    assert WRITERS["text"](items, None) == "Four:\n\n- one\n- two\n  more\n\nend\n"
    assert WRITERS["html"](items, None).count("<ul>") == 1


def test_bare_latex_in_an_equation_block_becomes_a_formula() -> None:
    assert write("markdown", r"E = \frac{1}{2}", "equation") == "$$E = \\frac{1}{2}$$\n"


def test_titles_without_their_mark_get_one() -> None:
    assert write("markdown", "On\ntides", "title") == "# On tides\n"
    assert write("markdown", "### Third", "sub_title") == "### Third\n"


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- swallow",
    "<table><script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "</div><style>*{display:none}</style>",
    "`<b>` <iframe src=//x>",
    "``` \n<script>",
    "~~~\n```",
    "[x](javascript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java&Tab;script:alert(1)",
    "[x]: javascript:alert(1)\n",
    "[x]",
    "![x](data:text/html;base64,PHNjcmlwdD4=)",
    "<javascript:alert(1)>",
    "- item",
    "    <script>alert(1)</script>",
    "text\n    <script>",
    "> <b>",
    "| a |\n|---|\n| <u> |",
    "<?php", "<![CDATA[", "\\<b>", "`", "\\`<b>`", "***", "1. ", "[", "](javascript:x)", "&lt;b&gt;",
]  # fmt: skip


@given(st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=6))
@example(["[x]: javascript:alert(1)\n", "[x]"])
@example(["- item", "    <script>alert(1)</script>"])
def test_markdown_from_hostile_blocks_holds_no_html_and_no_dangerous_link(texts: list[str]) -> None:
    written = WRITERS["markdown"](document(*(Block("text", text) for text in texts)), None)
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    reader.validateLink = lambda url: True  # type: ignore[method-assign]
    for token in (inner for outer in reader.parse(written) for inner in (outer, *(outer.children or ()))):
        assert token.type not in ("html_block", "html_inline"), token.content
        address = str(token.attrs.get("href") or token.attrs.get("src") or "")
        assert not re.match(r"\s*(javascript|data|vbscript):", address, re.IGNORECASE)


def test_a_fence_left_open_does_not_swallow_the_next_block() -> None:
    written = WRITERS["markdown"](document(Block("text", "```\nopen"), Block("text", "next *one*")), None)
    assert not any(token.type == "fence" for token in tokens(written))


def test_the_only_html_in_markdown_is_our_own_tables(sample_document: Document) -> None:
    html = [token.content for token in tokens(WRITERS["markdown"](sample_document, "figures")) if "html" in token.type]
    assert html
    assert all(
        re.fullmatch(r"<table>(</?(tr|td|th)( (row|col)span=\"\d+\")*>|[^<]|<br>)*</table>\n?", text) for text in html
    )


def test_figures_are_linked_from_where_the_output_lies(sample_document: Document) -> None:
    written = WRITERS["markdown"](sample_document, "../out of town/figures/")
    assert r"![Figure 1: The harbour \[north\]](../out%20of%20town/figures/notes-p01-1.png)" in written
    assert "![" not in WRITERS["markdown"](sample_document, None)


PROSE = st.text(st.characters(categories=["Ll", "Lu", "Nd"], max_codepoint=0x2FF), min_size=1, max_size=8)


@given(
    st.lists(
        st.tuples(PROSE, st.sampled_from([" ", " *", "* ", " <", " & ", "\n", "\n\n", " | ", "_", " $", "(", "]"]))
    )
)
@example([("0", " $"), ("0", "_"), ("0", " $")])
def test_markdown_and_html_keep_every_word(pieces: list[tuple[str, str]]) -> None:
    text = "".join(word + gap for word, gap in pieces)
    words = re.findall(r"[^\W_]+", text)
    blocks = parse_blocks(text)
    read_back = " ".join(plain_text(token.content) for token in tokens(WRITERS["markdown"](document(*blocks), None)))
    assert re.findall(r"[^\W_]+", shown_text(WRITERS["html"](document(*blocks), None))) == words
    assert set(words) <= set(re.findall(r"[^\W_]+", read_back))


# --------------------------------------------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("# A *title*", "A title"),
        ("- one\n- two\n  - three\n  - four", "- one\n- two\n  - three\n  - four"),
        ("3. three\n4. four\n\nafter", "3. three\n4. four\n\nafter"),
        ("- loose\n\n- list\n\nafter", "- loose\n\n- list\n\nafter"),
        ("see [here](http://x) and `code`  \nnext", "see here and code\nnext"),
        ("> quoted\n\n```py\nx = 1\n```", "quoted\n\nx = 1"),
        (r"so \(x_1 < 2\) and R&amp;D", "so x₁ < 2 and R&D"),
        ("|a|b|\n|-|-|\n|1|2|", "a  b\n1  2"),
        ("\\[ a\n- b \\]", "a − b"),
    ],
)
def test_text_has_the_words_without_their_markup(markdown: str, expected: str) -> None:
    assert plain_text(markdown) == expected


@pytest.mark.parametrize("text", ["plain", "a < b", "[x](https://x.org)", "`<b>`", "<https://x.org>", "```\n<b>\n```"])
def test_disarming_leaves_harmless_markdown_alone(text: str) -> None:
    assert disarm(text) == text


MALICE = [
    "[",
    "](",
    "![",
    "`",
    "``",
    "*",
    "**_",
    "<",
    "<a",
    "<!--",
    "|",
    "|-|\n",
    "> ",
    "- ",
    "\\[",
    "\\(",
    "$",
    "$$",
    "&",
    "# ",
]


@pytest.mark.parametrize("piece", MALICE)
@pytest.mark.parametrize("name", ["markdown", "html", "text"])
def test_a_page_of_malice_is_written(name: str, piece: str) -> None:
    """As long as a page can get with 8,192 tokens; a quadratic step would make this take minutes."""
    write(name, (piece * 32_768)[:32_768])
