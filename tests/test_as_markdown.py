"""Words of paper as markdown: a renderer shows just these words."""

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from deepocr_cli.document import Block
from deepocr_cli.layout.as_markdown import escape_words
from deepocr_cli.layout.runs import Look, Run, join_runs, write_runs
from deepocr_cli.writers.block_text import block_markdown
from deepocr_cli.writers.plain_text import plain_text

LIST_ITEM = re.compile(r"(?:[-*]|[1-9]\d{0,8}\.|0\.) ")
"""What begins so is left to be a list."""
words = st.lists(st.text("ab10 _*`[]()<>&;#\\~!|:$={}é漢.,-+€", min_size=1, max_size=10), min_size=1, max_size=5)


@given(words.map(" ".join))
@example("call __init__ of `a` or *b* \\* c")
@example("see [1](http://a) and <b>x</b> &amp; y")
@example("a_b and c_d, 2*3*4, ~~gone~~")
@example("$ v=123 $ echo ${v-unset}")
@example("type \\$x= or $y=")
@example("[1]: http://a")
@example("(*) and (*)")
@example("* * *")
@example("___ on _a and b_")
@example("```")
@example("-")
@example("007. x")
@example("# to C #")
@example("*\u20aca and b*")
def test_the_words_come_back(text: str) -> None:
    text = " ".join(text.split())
    assume(not LIST_ITEM.match(text))
    written = block_markdown(Block("text", escape_words(text)))
    assert " ".join(plain_text(written).split()) == text


looks = st.sampled_from([Look.PLAIN, Look.BOLD, Look.ITALIC, Look.BOLD | Look.ITALIC, Look.CODE])
addresses = st.sampled_from([None, None, "http://a.org/b_(c)"])
runs = st.lists(st.builds(Run, st.text("ab _*`[]<~\\!.é€", min_size=1, max_size=6), looks, addresses), max_size=6)


@given(runs)
@example([Run("a_"), Run("b", Look.BOLD), Run("_c")])
@example([Run("~~a"), Run("b~~", Look.ITALIC)])
def test_the_words_of_any_looks_come_back(parts: list[Run]) -> None:
    joined = join_runs([[Run("x "), *parts]])
    text = " ".join("".join(run.text for run in joined).split())
    written = write_runs(joined)
    assert " ".join(plain_text(written).split()) == text
    assert " ".join(words_by_another_renderer(written).split()) == text


def words_by_another_renderer(markdown: str) -> str:
    """One that knows strikethrough, and no formulas."""
    tokens = MarkdownIt("commonmark").enable("strikethrough").parse(markdown)
    return "".join(child.content for token in tokens for child in token.children or ())


@pytest.mark.parametrize("text", ["# apt-get update", "## twice", "+ 3 more", "1) first", "#1 of two", "1. first"])
def test_words_that_look_like_marks_are_words(text: str) -> None:
    assert plain_text(escape_words(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "costs $5 and $6 more",
        "snake_case and more_of_it",
        "2 * 3",
        "a < b & c",
        "rock 'n' roll",
        "[1] a note",
        "C:\\temp",
        "5*",
        "~ 10",
        "No. ____ of ____ (signed) ____",
        "snake_ and _case",
        "it's ~5 to ~7",
        "a ` b `` c",
        "5* hotel, 4* hotel",
    ],
)
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert escape_words(text) == text
