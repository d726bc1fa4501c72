"""Pages become one document: running heads known, tables and paragraphs whole, and not a word lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepocr_cli.document import Block, Box, Ending, Joint, Page, Reader, Table
from deepocr_cli.heading_numbers import depth_of_number
from deepocr_cli.reading.assemble import assemble
from deepocr_cli.reading.grounding import parse_blocks


def page(number: int, *blocks: Block) -> Page:
    return Page(number, (800, 1000), blocks, Ending.COMPLETE, Reader.MODEL)


def text(words: str, kind: str = "text", box: Box | None = None) -> Block:
    return Block(kind, words, box)


def table(rows: str, top: float = 0.1, bottom: float = 0.9) -> Block:
    (block,) = parse_blocks(f"<table>{rows}</table>")
    return Block(block.kind, block.text, Box(0.1, top, 0.9, bottom), block.data)


BODIES = ["", "The sea is high.", "Boats come in.", "Nobody is about."]


def kinds(pages: tuple[Page, ...]) -> list[list[str]]:
    return [[block.kind for block in own.blocks] for own in pages]


def test_what_recurs_is_running_and_what_counts_is_a_page_number() -> None:
    pages = [page(n, text("Annual Report 2024"), text(BODIES[n]), text(f"- {n + 3} -")) for n in (1, 2, 3)]
    assert kinds(assemble(pages)) == [["running_header", "text", "page_number"]] * 3


def test_a_head_on_one_page_alone_is_no_running_head() -> None:
    letter = page(1, text("Harbour Office, Quay 3", "header"), text("Dear Sir,"), text("17"))
    assert assemble([letter]) == (letter,)


def test_a_title_that_later_pages_repeat_stays_where_it_is_a_title() -> None:
    pages = [page(n, text("# Tides", "title" if n == 1 else "text"), text(BODIES[n])) for n in (1, 2, 3)]
    assert kinds(assemble(pages)) == [["title", "text"], ["running_header", "text"], ["running_header", "text"]]


def test_a_title_below_the_running_head_of_its_own_page_stays() -> None:
    first = page(1, text("The Garden Year", "header"), text("## The Garden Year", "sub_title"), text(BODIES[1]))
    pages = [first, *(page(n, text("The Garden Year", "header"), text(BODIES[n])) for n in (2, 3))]
    assert kinds(assemble(pages))[0] == ["running_header", "sub_title", "text"]


def test_numbered_headings_are_as_deep_as_their_numbers_and_no_level_is_skipped() -> None:
    blocks = [("title", "Tides"), ("sub_title", "## 1 Sea"), ("sub_title", "## 1.1 North"), ("sub_title", "##### Odd")]
    (levelled,) = assemble([page(1, *(text(words, kind) for kind, words in blocks))])
    assert [block.text for block in levelled.blocks] == ["# Tides", "## 1 Sea", "### 1.1 North", "#### Odd"]


@pytest.mark.parametrize(
    ("marked", "levelled"),
    [
        (["## Society", "### Seeds", "### Ferns"], ["# Society", "## Seeds", "## Ferns"]),
        (["## Seeds", "## Ferns"], ["## Seeds", "## Ferns"]),
        (
            ["# Barrel", "### Abstract", "### 1 Model", "#### Aside"],
            ["# Barrel", "## Abstract", "## 1 Model", "### Aside"],
        ),
        (["## Minutes"], ["# Minutes"]),
    ],
)
def test_the_first_heading_is_the_title_and_others_are_as_deep_as_their_like(
    marked: list[str], levelled: list[str]
) -> None:
    blocks = [text(words, "title" if words.startswith("# ") else "sub_title") for words in marked]
    (assembled,) = assemble([page(1, *blocks)])
    assert [block.text for block in assembled.blocks] == levelled


def test_footnotes_stand_last_but_for_the_foot() -> None:
    (own,) = assemble([page(1, text("a."), text("1 note", "footnote"), text("b."), text("foot", "footer"))])
    assert [block.text for block in own.blocks] == ["a.", "b.", "1 note", "foot"]


@pytest.mark.parametrize(
    ("words", "depth"),
    [
        ("2 Sea", 1),
        ("2.1. North", 2),
        ("10.2.3 Buoys", 3),
        ("A.1 Proofs", 2),
        ("B Proofs", 1),
        ("A. Proofs", 1),
        ("A walk", None),
        ("I went", None),
        ("1984", None),
        ("2019 in figures", None),
        ("3.", None),
    ],
)
def test_what_numbers_a_heading(words: str, depth: int | None) -> None:
    assert depth_of_number(words) == depth


HEAD = "<tr><th>No</th><th>Item</th></tr>"


@pytest.mark.parametrize("repeats", [True, False])
def test_a_table_across_three_pages_is_one_and_says_where_it_was_cut(repeats: bool) -> None:
    parts = [HEAD + "<tr><td>1</td><td>a</td></tr>", "<tr><td>2</td><td>b</td></tr>", "<tr><td>3</td><td>c</td></tr>"]
    if repeats:
        parts[1:] = [HEAD + part for part in parts[1:]]
    pages = assemble([page(n, table(part, 0.1, 0.9)) for n, part in enumerate(parts, 1)])
    whole = pages[0].blocks[0].data
    assert isinstance(whole, Table)
    assert [[cell.text for cell in row] for row in whole.rows] == [["No", "Item"], ["1", "a"], ["2", "b"], ["3", "c"]]
    assert whole.joints == (Joint(2, 2, int(repeats)), Joint(3, 3, int(repeats)))
    assert [block.continues for own in pages for block in own.blocks] == [False, True, True]


@pytest.mark.parametrize(
    "second",
    [
        [table("<tr><th>Other</th><th>Heading</th></tr><tr><td>2</td><td>b</td></tr>")],
        [table("<tr><td>2</td><td>b</td><td>c</td></tr>")],
        [text("Between."), table(HEAD + "<tr><td>2</td><td>b</td></tr>")],
        [table(HEAD + "<tr><td>2</td><td>b</td></tr>", 0.7, 0.9)],
    ],
    ids=["heading", "columns", "text between", "low on the page"],
)
def test_tables_that_do_not_agree_stay_two(second: list[Block]) -> None:
    pages = [page(1, table(HEAD + "<tr><td>1</td><td>a</td></tr>")), page(2, *second)]
    assert assemble(pages) == tuple(pages)


def test_joining_of_tables_can_be_turned_off() -> None:
    pages = [page(n, table(HEAD + "<tr><td>1</td><td>a</td></tr>")) for n in (1, 2)]
    assert assemble(pages, joins_tables=False) == tuple(pages)


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("The buoys drift", "north in winter.", "The buoys drift north in winter."),
        ("They were exam-", "ined twice.", "They were examined twice."),
        ("a self-made and self-", "made buoy", "a self-made and self-made buoy"),
        ("It ended.", "then more", None),
        ("It goes on", "Then more", None),
        ("- an item", "goes on", None),
        ("a sum of 5", "3 more", None),
    ],
)
def test_a_paragraph_across_pages_is_one(first: str, second: str, whole: str | None) -> None:
    floats = [text("", "image"), text("Figure 1", "image_caption")]
    pages = assemble([page(1, text(first), text("1 note", "footnote")), page(2, *floats, text(second))])
    joined, left = pages[0].blocks[0].text, pages[1].blocks[-1]
    assert (joined, left.text, left.continues) == ((whole, "", True) if whole else (first, second, False))


def test_a_paragraph_across_columns_is_one_and_two_in_one_column_are_two() -> None:
    left, right = Box(0.1, 0.5, 0.45, 0.9), Box(0.55, 0.1, 0.9, 0.4)
    (own,) = assemble([page(1, text("It goes", box=left), text("on here.", box=right))])
    assert own.blocks[0].text == "It goes on here."
    below = Box(0.1, 0.91, 0.45, 0.95)
    (own,) = assemble([page(1, text("It goes", box=left), text("on here.", box=below))])
    assert own.blocks[0].text == "It goes"


WORDS = st.text("abcXYZ-. 12", min_size=1, max_size=20)
BLOCKS = st.builds(text, WORDS, st.sampled_from(["text", "title", "sub_title", "header", "footnote", "image"]))


@given(st.lists(st.lists(BLOCKS, max_size=5), max_size=4))
def test_no_letter_is_lost_and_pages_stay_pages(contents: list[list[Block]]) -> None:
    pages = [page(number, *blocks) for number, blocks in enumerate(contents, 1)]
    assembled = assemble(pages)

    def letters(many: list[Page] | tuple[Page, ...]) -> list[str]:
        return sorted(re.findall(r"\w", "".join(block.text for own in many for block in own.blocks)))

    assert letters(assembled) == letters(pages)
    assert [len(own.blocks) for own in assembled] == [len(own.blocks) for own in pages]
