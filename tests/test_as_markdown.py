"""Words of paper as markdown: a renderer shows just these words."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deepocr_cli.document import Block
from deepocr_cli.layout.as_markdown import escape_words
from deepocr_cli.writers.block_text import block_markdown
from deepocr_cli.writers.plain_text import plain_text

words = st.lists(st.text("ab1 _*`[]()<>&;#\\~!|:$={}é漢", min_size=1, max_size=10), min_size=1, max_size=5)


@given(words.map(lambda parts: " ".join(["x", *parts])))
@example("call __init__ of `a` or *b* \\* c")
@example("see [1](http://a) and <b>x</b> &amp; y")
@example("a_b and c_d, 2*3*4, ~~gone~~")
@example("$ v=123 $ echo ${v-unset}")
@example("type \\$x= or $y=")
def test_the_words_come_back(text: str) -> None:
    text = " ".join(text.split())
    written = block_markdown(Block("text", escape_words(text)))
    assert " ".join(plain_text(written).split()) == text


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
    ],
)
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert escape_words(text) == text
