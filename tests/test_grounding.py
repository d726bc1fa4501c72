"""The model's text becomes blocks: every published form, every broken one, and not a word lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepocr_cli.document import Block, Box
from deepocr_cli.reading.cleanup import clean_text
from deepocr_cli.reading.grounding import KINDS, parse_blocks

EDGE = 999


def fractions(left: int, top: int, right: int, bottom: int) -> Box:
    return Box(left / EDGE, top / EDGE, right / EDGE, bottom / EDGE)


@pytest.mark.parametrize(
    "text",
    [
        "<|ref|>sub_title<|/ref|><|det|>[[10, 20, 300, 400]]<|/det|>\n## Method",
        "<|ref|>sub_title<|/ref|>\n<|det|>[[10,20,300,400]]<|/det|>## Method\n\n",
        "sub_title[[10, 20, 300, 400]]\n## Method",
        "<|det|>sub_title [10, 20, 300, 400]<|/det|>## Method",
        "<|ref|>sub_title<|/ref|><|det|>[[[10, 20, 300, 400]]]<|/det|>\n## Method<｜end▁of▁sentence｜>",
        "<|ref|>sub_title<|/ref|><|det|>[[300.0, 400, 10, 20]]<|/det|>\n## Method",
    ],
    ids=["released", "spaced", "stripped", "long-document", "bracketed", "reversed"],
)
def test_every_form_of_a_grounded_block_reads_the_same(text: str) -> None:
    assert parse_blocks(text) == (Block("sub_title", "## Method", fractions(10, 20, 300, 400)),)


def test_coordinates_run_from_0_to_999_and_are_clamped() -> None:
    (block,) = parse_blocks("text[[-5, 0, 999, 1200]]\nx")
    assert block.box == Box(0.0, 0.0, 1.0, 1.0)


def test_a_paragraph_in_two_boxes_gets_their_union() -> None:
    (block,) = parse_blocks(
        "<|ref|>text<|/ref|><|det|>[[0, 500, 400, 999], [500, 0, 900, 300]]<|/det|>\nfirst, then on"
    )
    parts = (fractions(0, 500, 400, 999), fractions(500, 0, 900, 300))
    assert block == Block("text", "first, then on", fractions(0, 0, 900, 999), parts=parts)
    assert block.coordinates == "[[0, 500, 400, 999], [500, 0, 900, 300]]"


def test_pictures_in_two_boxes_are_two_pictures() -> None:
    blocks = parse_blocks("<|ref|>image<|/ref|><|det|>[[0, 0, 99, 99], [500, 0, 900, 300]]<|/det|>\n")
    assert [block.box for block in blocks] == [fractions(0, 0, 99, 99), fractions(500, 0, 900, 300)]


def test_words_found_at_places_are_text_and_not_labels() -> None:
    blocks = parse_blocks(
        "<|ref|>Invoice No<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\n<|ref|>Total: 5 €<|/ref|><|det|>[[5, 6, 7, 8]]<|/det|>"
    )
    assert blocks == (
        Block("text", "Invoice No", fractions(1, 2, 3, 4)),
        Block("text", "Total: 5 €", fractions(5, 6, 7, 8)),
    )


def test_a_phrase_found_in_three_places_is_three_blocks() -> None:
    blocks = parse_blocks("<|ref|>the sea<|/ref|><|det|>[[1, 2, 3, 4], [5, 6, 7, 8], [9, 9, 10, 10]]<|/det|>")
    assert [block.text for block in blocks] == ["the sea"] * 3


@pytest.mark.parametrize(
    "cut",
    [
        "<|ref|>text<|/ref|><|det|>[[12, 3",
        "<|det|>text [12, 34",
        "<|ref|>text<|/ref|>",
        "<|det|>",
        "<|ref|><|/ref|><|det|>[[1, 2, 3, 4], [5, 6, 7, 8]]",
    ],
)
def test_a_tag_cut_off_by_the_token_limit_leaves_nothing_behind(cut: str) -> None:
    assert [block.text for block in parse_blocks(f"text[[1, 2, 3, 4]]\nkept\n{cut}")] == ["kept"]


def test_a_stray_tag_leaves_nothing_behind_but_its_words() -> None:
    blocks = parse_blocks("one<|/det|>\n\ntext[[1, 2, 3, 4]]\ntwo<|/ref|> <|ref|>three")
    assert [block.text for block in blocks] == ["one", "two three"]


def test_words_where_coordinates_should_be_are_kept() -> None:
    blocks = parse_blocks("<|ref|>text<|/ref|><|det|>[__import__('os')]<|/det|>\nafter")
    assert " ".join(block.text for block in blocks).split() == ["[__import__('os')]", "after"]


def test_a_table_among_words_keeps_its_place_and_its_box() -> None:
    blocks = parse_blocks(
        "<|ref|>table<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\nabove <table><tr><td>in</td></tr></table> below"
    )
    assert [(block.kind, block.text) for block in blocks] == [
        ("text", "above"),
        ("table", "<table><tr><td>in</td></tr></table>"),
        ("text", "below"),
    ]
    assert {block.box for block in blocks} == {fractions(1, 2, 3, 4)}


def test_plain_markdown_becomes_headings_paragraphs_tables_formulas_and_code() -> None:
    text = """# One
under it
## Two

|a|b|
|-|-|
|1|2|
after

\\[ x \\]

```
<table> # no heading

```
<table><tr><td>cut off

last words"""
    assert [(block.kind, block.text) for block in parse_blocks(text)] == [
        ("title", "# One"),
        ("text", "under it"),
        ("sub_title", "## Two"),
        ("table", "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"),
        ("text", "after"),
        ("equation", "\\[ x \\]"),
        ("code", "```\n<table> # no heading\n\n```"),
        ("table", "<table><tr><td>cut off</td></tr></table>"),
        ("text", "last words"),
    ]


def test_a_table_that_nothing_closes_ends_where_the_next_begins() -> None:
    blocks = parse_blocks("<table><tr><td>a</td></tr>\n\nbetween\n\n<table><tr><td>b</td></tr></table>")
    assert [block.kind for block in blocks] == ["table", "text", "table"]


# Markup pieces and words as a model gone wrong might mix them.
MARKUP = st.sampled_from(
    [
        *("<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "[[1,2,3,4]]", "[[1,2,3", "text[[1,2,3,4]]", "<|grounding|>"),
        *("<table>", "</table>", "<tr>", "<td>", "</td>", "<td", "<th>", "|", "|-|", "```", "~~~", "#", "\\[", "\\]"),
        *("$", "<", ">", "<center>", "&amp;", "<｜end▁of▁sentence｜>"),
    ]
)
WORDS = st.text("abcXYZ é漢0", min_size=1, max_size=8).map(lambda word: f"w{word.replace(' ', '')}")
MIXTURES = st.lists(st.one_of(MARKUP, WORDS, st.sampled_from(["\n", "\n\n", " "])), max_size=40)


@given(st.text())
def test_any_string_is_read(text: str) -> None:
    parse_blocks(text)


@given(MIXTURES)
def test_no_word_is_lost_or_moved_however_broken_the_markup(pieces: list[str]) -> None:
    words = [piece for piece in pieces if piece.startswith("w")]
    found = " ".join(block.text for block in parse_blocks(" ".join(pieces)))
    assert re.findall(r"\bw[abcXYZé漢0]+", found) == re.findall(r"\bw[abcXYZé漢0]+", " ".join(words))


@given(st.text(st.characters(exclude_characters="<>|`~$\\[&"), max_size=200))
def test_plain_text_keeps_every_character(text: str) -> None:
    kept = "".join(block.text for block in parse_blocks(text))
    assert "".join(kept.split()) == "".join(clean_text(text).split())


OTHER_KINDS = st.sampled_from(sorted(KINDS - {"table", "code", "equation", "formula"}))


@given(st.lists(st.tuples(OTHER_KINDS, WORDS, st.integers(0, 400)), min_size=1))
def test_blocks_written_in_the_published_form_come_back(rows: list[tuple[str, str, int]]) -> None:
    text = "\n\n".join(f"<|ref|>{kind}<|/ref|><|det|>[[{x}, 1, {x + 9}, 20]]<|/det|>\n{word}" for kind, word, x in rows)
    expected = tuple(Block(kind, clean_text(word), fractions(x, 1, x + 9, 20)) for kind, word, x in rows)
    assert parse_blocks(text) == expected


ADVERSARIAL = [
    "<|ref|>", "<|ref|>a<|/ref|>", "<|det|>", "<|ref|>a<|/ref|><|det|>[[", "text[[1,", "text[[1,2,3,4]", "text [[",
    "[[1,2,3,4]]", "<table>", "<table><tr><td>", "</table>", "<table>\n\n", "<td colspan=9", "|-", "|a|\n|-|\n",
    "```\n", "# ", "\\[", "\\(", "$", "$$", "`", "*", "[", "](", "<", "<!--", "&", " ", "\n", " \n",
    "\t", "<|", "<｜a", "-",
]  # fmt: skip


@pytest.mark.parametrize("piece", ADVERSARIAL)
def test_a_hundred_thousand_characters_of_malice_are_read(piece: str) -> None:
    """A quadratic step would make this take minutes."""
    parse_blocks((piece * 100_000)[:100_000])
    parse_blocks("text[[1, 2, 3, 4]]\n" + (piece * 100_000)[:100_000] + "x")


def test_cleaning_removes_what_is_no_text_and_repairs_the_rest() -> None:
    text = "\ufeffcafe\u0301  \r\n\r\n\r\n\n<PAGE>\n\x00a\x1b[0m<|grounding|>b\ud800<｜end▁of▁sentence｜>\t\n"
    assert clean_text(text) == "café\n\na[0mb\ufffd"
    assert clean_text("<center>Figure 1 </center>") == "Figure 1"
    assert clean_text('<div style="text-align: center;">Table 2 | a < b</div>') == "Table 2 | a < b"


@given(st.text(st.characters()))
def test_cleaned_text_always_encodes(text: str) -> None:
    cleaned = clean_text(text)
    cleaned.encode()
    assert "\n\n\n" not in cleaned
    assert not any(line != line.rstrip() for line in cleaned.split("\n"))
