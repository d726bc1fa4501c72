"""Page ranges: what a person writes is what is read, and whatever else is written is refused in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepocr_cli.errors import UsageError
from deepocr_cli.pages.ranges import parse_page_ranges


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("1", (1,)),
        ("1-3,7,-2,end", (1, 2, 3, 7, 9, 10)),
        ("8-", (8, 9, 10)),
        ("8-end", (8, 9, 10)),
        ("-3-end", (8, 9, 10)),
        ("-3-", (8, 9, 10)),
        ("-3--2", (8, 9)),
        ("2--8", (2, 3)),
        ("-1", (10,)),
        ("end-9", (10, 9)),
        ("3-1", (3, 2, 1)),
        ("5,1-5,5", (5, 1, 2, 3, 4)),
        (" 1 , 2-3 ", (1, 2, 3)),
        ("END", (10,)),
        ("010", (10,)),
        ("9-11", (9, 10)),
        ("-11-2", (1, 2)),
        ("-999999999-end", tuple(range(1, 11))),
    ],
)
def test_pages_come_in_the_order_they_are_written(text: str, pages: tuple[int, ...]) -> None:
    assert parse_page_ranges(text, page_count=10) == pages


@pytest.mark.parametrize(
    "text", ["", ",", "1,,2", "one", "1-2-3", "1.5", "--1", "1 - 2", "-", "-end", "1;2", "١", "1\n2"]
)
def test_other_syntax_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse_page_ranges(text, page_count=10)
    assert refusal.value.message.isprintable()
    assert "5-end" in str(refusal.value.hint)


@pytest.mark.parametrize("text", ["0", "11", "-11", "-0", "11-", "11-12", "11-1", "2--11", "0-3", "1-0", "999999999"])
def test_pages_that_do_not_exist_are_refused_with_the_page_count(text: str) -> None:
    with pytest.raises(UsageError, match="the document has 10 pages"):
        parse_page_ranges(text, page_count=10)


def test_a_single_page_is_not_counted_in_the_plural() -> None:
    with pytest.raises(UsageError, match=r"the document has 1 page$"):
        parse_page_ranges("2", page_count=1)


page_counts = st.integers(min_value=1, max_value=300)


@given(st.text(alphabet="0123456789-,end \n", max_size=12), page_counts)
def test_any_text_gives_pages_of_the_document_or_a_usage_error(text: str, page_count: int) -> None:
    try:
        pages = parse_page_ranges(text, page_count)
    except UsageError:
        return
    assert pages
    assert len(set(pages)) == len(pages)
    assert all(1 <= page <= page_count for page in pages)


@given(page_counts, st.data())
def test_counting_from_the_end_is_counting_from_the_start(page_count: int, data: st.DataObject) -> None:
    page = st.integers(min_value=1, max_value=page_count)
    first, last = data.draw(page), data.draw(page)
    from_end = f"-{page_count + 1 - first}--{page_count + 1 - last}"
    assert parse_page_ranges(from_end, page_count) == parse_page_ranges(f"{first}-{last}", page_count)


@given(page_counts)
def test_the_whole_document_forwards_and_backwards(page_count: int) -> None:
    assert parse_page_ranges("1-", page_count) == tuple(range(1, page_count + 1))
    assert parse_page_ranges("end-1", page_count) == tuple(range(page_count, 0, -1))
