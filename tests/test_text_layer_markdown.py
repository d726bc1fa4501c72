"""What a PDF knows beyond its words, as markdown: looks, links, code, nested lists, headings, notes."""

import pymupdf
import pytest

from deepocr_cli.document import Block, Source, SourceKind
from deepocr_cli.layout.accents import whole_letters
from deepocr_cli.layout.runs import Look, Run, join_runs, write_runs
from deepocr_cli.witness.layout_items import item_text, split_items
from deepocr_cli.witness.layout_parts import Part, with_missed_title
from deepocr_cli.witness.page_lines import PageLine
from deepocr_cli.witness.text_layer import read_text_layer
from deepocr_cli.writers.plain_text import plain_text

PROSE = "The ferry leaves the pier at seven, and nobody who comes late is waited for, whatever the weather says. "


def blocks_of_page(
    html: str, css: str = "", bookmarks: list[list[object]] | None = None
) -> tuple[pymupdf.Document, tuple[Block, ...]]:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_htmlbox((60, 60, 540, 780), html, css=css)
    if bookmarks:
        document.set_toc(bookmarks)
    return document, read(document)


def read(document: pymupdf.Document) -> tuple[Block, ...]:
    return read_text_layer(Source("made.pdf", SourceKind.PDF, document.page_count, data=document.tobytes()), 1)


def texts(blocks: tuple[Block, ...]) -> list[str]:
    return [block.text for block in blocks]


def test_bold_and_italic_words_are_marked_and_a_heading_is_not() -> None:
    _, blocks = blocks_of_page(f"<h1><b>Ferry</b> times</h1><p>{PROSE} <b>No dogs</b>, <i>please note</i>. {PROSE}</p>")
    assert texts(blocks)[0] == "# Ferry times"
    assert "**No dogs**, *please note*." in texts(blocks)[1]


def test_links_that_lead_away_are_links_and_those_that_run_something_are_words() -> None:
    document, _ = blocks_of_page(f"<p>{PROSE}</p>")
    page = document[0]
    for word, address in (("ferry", "https://example.org/a b(1)"), ("nobody", "javascript:alert(1)")):
        page.insert_link({"kind": pymupdf.LINK_URI, "from": page.search_for(word)[0], "uri": address})
    (text,) = texts(read(document))
    assert "The [ferry](https://example.org/a%20b%281%29) leaves" in text
    assert "and nobody who" in text


def test_code_keeps_its_lines_and_their_indents() -> None:
    code = "for pier in piers:\n    if pier.open:\n        wait(pier)\n\n    print(pier)"
    _, blocks = blocks_of_page(
        f"<p>{PROSE * 3}</p><pre>{code}</pre><p>Then <code>make_port</code> ends. {PROSE * 2}</p>"
    )
    assert [block.text for block in blocks if block.kind == "code"] == [code]
    assert "Then `make_port` ends." in texts(blocks)[-1]


def test_a_typewritten_page_is_prose_and_not_code() -> None:
    _, blocks = blocks_of_page(f"<p>{PROSE * 4}</p><p>{PROSE * 3}</p>", css="* {font-family: monospace;}")
    assert {block.kind for block in blocks} == {"text"}
    assert "`" not in "".join(texts(blocks))


def test_lists_are_nested_as_they_are_indented() -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_textbox((72, 60, 500, 120), PROSE * 2)
    items = [
        (72, "1. cast off"),
        (100, "- the bow"),
        (100, "- the stern"),
        (72, "2. steer clear of the buoys"),
    ]
    for row, (left, item) in enumerate(items):
        page.insert_text((left, 140 + 18 * row), item)
    found = [text for text in texts(read(document)) if not text.startswith("The ferry")]
    assert found == ["1. cast off", "   - the bow", "   - the stern", "2. steer clear of the buoys"]


def test_bullets_that_are_drawn_are_bullets() -> None:
    document = pymupdf.open()
    page = document.new_page()
    for row, item in enumerate(("bread for two days", "water", "a map of the islands")):
        page.insert_text((90, 140 + 18 * row), item)
        page.draw_circle((80, 136 + 18 * row), 1.8, fill=(0, 0, 0))
    assert texts(read(document)) == ["- bread for two days", "- water", "- a map of the islands"]


def test_bookmarks_are_below_a_title_that_none_of_them_leads_to() -> None:
    html = "<h1>A Walk round the Point</h1><p>Three miles.</p><h2>The path</h2><p>Turn left at the top.</p>"
    _, blocks = blocks_of_page(html, bookmarks=[[1, "The path", 1]])
    assert [text for text in texts(blocks) if text.startswith("#")] == ["# A Walk round the Point", "## The path"]


def test_headings_are_as_deep_as_the_bookmarks_say() -> None:
    html = f"<h3>Harbours</h3><p>{PROSE * 3}</p><h3>Of the north</h3><p>{PROSE * 3}</p>"
    _, blocks = blocks_of_page(html, bookmarks=[[1, "Harbours", 1], [2, "Of the north", 1]])
    assert [text for text in texts(blocks) if text.startswith("#")] == ["# Harbours", "## Of the north"]


def test_a_title_that_is_bookmarked_is_above_the_numbered_sections_below_its_bookmark() -> None:
    html = "<h1>Ferries</h1><p>Two of them.</p><h2>1. North</h2><p>At seven.</p><h2>2. South</h2><p>At eight.</p>"
    _, blocks = blocks_of_page(html, bookmarks=[[1, "Ferries", 1], [2, "1. North", 1], [2, "2. South", 1]])
    assert [text for text in texts(blocks) if text.startswith("#")] == ["# Ferries", "## 1. North", "## 2. South"]


def test_labels_of_an_e_mail_begin_lines_however_long_those_before_are() -> None:
    people = ", ".join(f"member{number}@harbour.example" for number in range(3))
    _, blocks = blocks_of_page(
        f"<p><b>From:</b> Anna<br/><b>To:</b> {people}<br/><b>Subject:</b> ropes</p><p>{PROSE}</p>"
    )
    assert texts(blocks)[0] == f"**From:** Anna  \n**To:** {people}  \n**Subject:** ropes"


def test_raised_and_lowered_digits_keep_their_meaning() -> None:
    _, blocks = blocks_of_page(f"<p>It holds 10<sup>3</sup> litres of H<sub>2</sub>O. {PROSE * 2}</p>")
    assert texts(blocks)[0].startswith("It holds 10³ litres of H₂O.")


def test_small_print_with_a_mark_at_the_foot_is_a_note() -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_textbox((72, 60, 500, 400), PROSE * 12, fontsize=12)
    page.insert_textbox((72, 700, 500, 760), "3 In fog it does not leave at all.", fontsize=8)
    (note,) = [block for block in read(document) if "fog" in block.text]
    assert note.kind == "page_footnote"


@pytest.mark.parametrize(
    ("lines", "written"),
    [
        ((["a har-"], ["bour"]), "a harbour"),
        ((["a well-"], ["known pier"]), "a well-known pier"),
        ((["Jean-"], ["Luc"]), "Jean-Luc"),
        ((["2019-"], ["2024"]), "2019-2024"),
        ((["a dash -"], ["and"]), "a dash - and"),
        ((["soft\u00ad"], ["ly"]), "softly"),
    ],
)
def test_words_cut_at_the_end_of_a_line_are_made_whole(lines: tuple[list[str], ...], written: str) -> None:
    joined = join_runs(([Run(text) for text in line] for line in lines), frozenset({"well-known"}))
    assert "".join(run.text for run in joined) == written


@pytest.mark.parametrize(
    ("runs", "written"),
    [
        ([Run("a "), Run("bold ", Look.BOLD), Run("word")], "a **bold** word"),
        ([Run("x"), Run("(a)", Look.BOLD), Run("y")], "x(a)y"),
        ([Run("5* "), Run("hotel", Look.ITALIC), Run(" 4*")], r"5\* *hotel* 4\*"),
        ([Run("both", Look.BOLD | Look.ITALIC)], "***both***"),
        ([Run("run "), Run("a_b*c", Look.CODE)], "run `a_b*c`"),
        ([Run("http://x.org/a_b", address="http://x.org/a_b")], "<http://x.org/a_b>"),
        ([Run("a [b]", address="http://x.org")], "[a [b]](http://x.org)"),
        ([Run("a] b", address="http://x.org")], "[a&#93; b](http://x.org)"),
    ],
)
def test_looks_are_marked_where_markdown_can_say_them(runs: list[Run], written: str) -> None:
    assert write_runs(runs) == written
    assert plain_text(written).split() == "".join(run.text for run in runs).split()


@pytest.mark.parametrize(
    ("drawn", "whole"),
    [
        ("G\u00a8odel", "Gödel"),
        ("Bora\u02d8gan", "Borağan"),
        ("na\u00a8\u0131ve", "naïve"),
        ("x\u0338 = y", "x≠ y"),
        ("/\u02dcann", "/\u02dcann"),
    ],
)
def test_an_accent_is_put_on_its_letter(drawn: str, whole: str) -> None:
    assert whole_letters(drawn) == whole


def test_a_heading_of_two_lines_is_one_and_the_dots_of_a_list_of_contents_are_few() -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_textbox((72, 60, 500, 160), "The harbours of\nthe northern isles", fontsize=24)
    page.insert_textbox((72, 180, 500, 400), PROSE * 6)
    page.insert_text((72, 420), "The weather of the year . . . . . . . . . . . . . . . 17")
    found = texts(read(document))
    assert found[0] == "# The harbours of the northern isles"
    assert found[-1] == "The weather of the year … 17"


def test_a_line_that_ends_on_purpose_stays_a_line() -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_textbox(
        (72, 60, 300, 200), "Harbour Office\nOld Pier 4\nNorthhaven NH2 5ZZ, beside the tall lighthouse"
    )
    (text,) = texts(read(document))
    assert text == "Harbour Office  \nOld Pier 4  \nNorthhaven NH2 5ZZ, beside the tall lighthouse"


def test_lines_of_ideographs_are_joined_without_a_space() -> None:
    joined = join_runs([[Run("海港在")], [Run("清晨开放")]])
    assert "".join(run.text for run in joined) == "海港在清晨开放"


def test_terms_in_the_margin_stand_before_what_they_are_about() -> None:
    document = pymupdf.open()
    page = document.new_page()
    for row, (term, top) in enumerate((("bow", 80), ("stern", 300), ("keel", 520))):
        page.insert_text((40, top), term)
        page.insert_textbox((130, top + 8, 520, top + 200), f"Part {row}. {PROSE * 4}")
    text = " ".join(texts(read(document)))
    order = [text.index(word) for word in ("bow", "Part 0", "stern", "Part 1", "keel", "Part 2")]
    assert order == sorted(order)


def test_the_mark_of_a_note_is_raised_where_it_is_written_apart() -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((72, 100), "The ferry does not leave in fog", fontsize=12)
    page.insert_text(
        (72 + pymupdf.get_text_length("The ferry does not leave in fog", fontsize=12), 96), "3", fontsize=7
    )
    assert "leave in fog³" in " ".join(texts(read(document)))


def test_rows_of_two_columns_stay_rows() -> None:
    document = pymupdf.open()
    page = document.new_page()
    for row, (key, value) in enumerate((("Ferry", "Seagull"), ("Captain", "Ann Tern"), ("Seats", "forty"))):
        page.insert_text((72, 100 + 13 * row), key)
        page.insert_text((200, 100 + 13 * row), value)
    text = "\n".join(texts(read(document)))
    assert "Ferry" in text.split("Captain")[0]
    assert "Ferry Captain" not in text
    assert "Seagull Captain" not in text


def test_items_that_the_layout_model_put_into_one_are_two() -> None:
    rows = tuple(
        (PageLine((Run(text),), (40, top, 200, top + 12), 12),)
        for top, text in enumerate(("● What are products?", "● What may", "come of them?"))
    )
    items = list(split_items(Part("list-item", rows, (40, 0, 200, 60))))
    assert [item_text(item, frozenset()) for item in items] == [
        ("- ", "What are products?"),
        ("- ", "What may come of them?"),
    ]


def test_the_o_of_courier_before_an_item_is_its_bullet() -> None:
    row = tuple(
        PageLine((run,), (left, 0, left + 20, 12), 12) for run, left in ((Run("o", Look.CODE), 0), (Run("moor"), 40))
    )
    assert item_text(Part("list-item", (row,), (0, 0, 60, 12)), frozenset()) == ("- ", "moor")


@pytest.mark.parametrize(
    ("name", "words", "size", "found"),
    [
        ("text", "Ferry times", 17.0, "title"),
        ("formula", "Ferry times", 17.0, "title"),
        ("text", "Ferry times", 12.0, "text"),
        ("text", "F", 40.0, "text"),
        ("formula", "1 + 2 + 3 = 6", 17.0, "formula"),
        ("text", PROSE * 3, 17.0, "text"),
    ],
)
def test_the_largest_words_of_a_first_page_are_its_title(name: str, words: str, size: float, found: str) -> None:
    parts = [_part("text", PROSE, 10.0, top=10), _part(name, words, size, top=40), _part("text", PROSE, 10.0, top=70)]
    assert [part.name for part in with_missed_title(parts, body_size=10.0)] == ["text", found, "text"]
    parts.append(_part("title", "Piers", 14.0, top=100))
    assert with_missed_title(parts, body_size=10.0) == parts


def _part(name: str, words: str, size: float, top: float) -> Part:
    box = (40.0, top, 400.0, top + size)
    return Part(name, ((PageLine((Run(words),), box, size),),), box)
