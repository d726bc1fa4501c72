"""Whatever stands wherever on a page, it is laid out, and all of its letters and digits are written once."""

import html
import random
import re
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from deepocr_cli.layout.blocks import lay_out
from deepocr_cli.layout.rows import Line

WORDS = (
    "the", "of", "and", "table", "12", "3.50", "1.", "a)", "Total:", "page", "1999", "(", ")", "£", "word",
    "Introduction", "then", "we", "said", ". . . .", "7", "x", "=", "y", "Fig", "2", "[", "]", "%", "Chapter",
)  # fmt: skip
COLUMNS = ((60,), (60, 300, 520), (60, 200, 330, 470, 700), (60, 420))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1 << 32))
def test_every_page_is_laid_out_whole(seed: int) -> None:
    lines = draw_page(random.Random(seed))
    written = " ".join(re.sub(r"<[^>]+>", " ", html.unescape(block.text)) for block in lay_out(lines, 2400))
    assert signs(written) == signs(" ".join(line.text for line in lines))


def draw_page(chance: random.Random) -> list[Line]:
    """Rows of words and numbers in columns or alone, of several sizes and distances."""
    lines: list[Line] = []
    top, columns = 50.0, chance.choice(COLUMNS)
    for _ in range(chance.randint(1, 30)):
        height = chance.choice((16, 16, 16, 20, 30))
        lefts = (
            [left for left in columns if chance.random() < 0.8]
            if chance.random() < 0.7
            else [chance.choice((60, 80, 100))]
        )
        for left in lefts:
            text = " ".join(
                chance.choices(WORDS, k=chance.choice((1, 1, 2, 3, 12) if len(lefts) > 1 else (1, 3, 12, 14)))
            )
            start, above = left + chance.uniform(-2, 2), top + chance.uniform(-2, 2)
            lines.append(Line(text, start, above, start + max(8, 0.45 * height * len(text)), above + height))
        top += height * chance.choice((1.2, 1.2, 1.3, 1.9, 2.6))
    return lines


def signs(text: str) -> Counter[str]:
    return Counter(filter(str.isalnum, text))
