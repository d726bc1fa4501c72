"""Text layers made to lie in known ways, and how often that is found out: a row a lie.

A lie is a change of the words that a page of a PDF is said to carry, against the pixels that it is drawn as.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from deepocr_cli.document import PageImage, Reader, Source, TextLayer
from deepocr_cli.errors import InputError
from deepocr_cli.pages.doubts import mark_doubtful_words
from deepocr_cli.pages.inputs import open_source
from deepocr_cli.pages.opening import open_pages
from deepocr_cli.pages.rasterize import rasterize_page
from deepocr_cli.pages.text_layer import DrawnText, mark_unseen_words, read_text_layer
from deepocr_cli.pages.upright import right, turn_of_layer
from deepocr_cli.witness.consult import choose_reader, examine
from deepocr_cli.witness.line_reader import RapidLineReader

FEWEST_WORDS = 100
"""Pages with fewer visible words are left out."""
FEWEST_LETTERS = 4
"""Of words that are replaced by others."""
DPI = 144
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_COMMONEST = "etaoinsrhldcu"


@dataclass(frozen=True, slots=True)
class LayerCase:
    """A page as it is drawn, the text that it carries, and the text of another page of the same document."""

    name: str
    source: Source
    number: int
    image: Image.Image
    drawn: DrawnText
    other: DrawnText | None


Lie = Callable[[LayerCase, random.Random], DrawnText | None]
"""What the page is said to carry; None where the lie cannot be told of it."""


def load_layer_case(path: Path, number: int) -> LayerCase | None:
    """Page `number` (from 1) of a PDF whose text layer is believed to be true; None where it has none to speak of."""
    source = open_source(str(path))
    with open_pages(source) as opened:
        page = rasterize_page(opened, number, dpi=DPI, max_pixels=10**8)
        drawn = read_text_layer(opened, number)
        if drawn is None or page.text_layer is None or not _is_long(page.text_layer):
            return None
        if choose_reader(page).reader is not Reader.TEXT_LAYER:
            return None
        following = number % source.page_count + 1
        other = None if following == number else read_text_layer(opened, following)
        return LayerCase(f"{path.name} {number}", source, number, page.image, drawn, other)


def refusal(case: LayerCase, drawn: DrawnText, reader: RapidLineReader) -> str | None:
    """Why the page's layer is not believed, if it is said to be `drawn`."""
    grey = np.asarray(case.image.convert("L"))
    layer = mark_doubtful_words(mark_unseen_words(drawn.layer, grey), drawn.glyphs, grey)
    page = PageImage(case.source, case.number, case.image, DPI, layer)
    choice = choose_reader(page)
    if choice.reader is Reader.TEXT_LAYER:
        choice = examine(right(page, turn_of_layer(layer)), choice, reader.read)
    return None if choice.reader is Reader.TEXT_LAYER else choice.reason


# ------------------------------------------------------------------------------------------------- lies


def honest(case: LayerCase, _chance: random.Random) -> DrawnText:
    return case.drawn


def of_another_page(case: LayerCase, _chance: random.Random) -> DrawnText | None:
    other = case.other
    if other is None or not _is_long(other.layer):
        return None
    return other if other.layer.visible_text != case.drawn.layer.visible_text else None


def shifted(points: float, *, is_down: bool) -> Lie:
    """Everything is said to stand elsewhere."""

    def lie(case: LayerCase, _chance: random.Random) -> DrawnText:
        way = np.array([(0, points), (points, 0)][not is_down]) * DPI / 72 / np.array(case.image.size)
        words = tuple(replace(word, box=_moved(word.box, way)) for word in case.drawn.layer.words)
        glyphs = replace(case.drawn.glyphs, origins=case.drawn.glyphs.origins + way)
        return DrawnText(replace(case.drawn.layer, words=words), glyphs)

    return lie


def words_replaced(share: float, *, is_one_piece: bool = False) -> Lie:
    """Words are other ones of the page with as many letters, here and there or all in one piece; short ones stay."""

    def lie(case: LayerCase, chance: random.Random) -> DrawnText:
        texts = list(case.drawn.glyphs.texts)
        words = {word: places for word, places in _glyph_places(case.drawn).items() if len(places) >= FEWEST_LETTERS}
        count = min(len(words), max(2, round(share * len(case.drawn.layer.words))))
        start = chance.randrange(len(words) - count + 1)
        for word in list(words)[start : start + count] if is_one_piece else chance.sample(list(words), count):
            own = [texts[place] for place in words[word]]
            others = [[case.drawn.glyphs.texts[place] for place in other] for other in words.values()]
            fitting = [other for other in others if len(other) == len(own) and other != own] or [own[::-1]]
            for place, text in zip(words[word], chance.choice(fitting), strict=True):
                texts[place] = text
        return _renamed(case.drawn, texts)

    return lie


def letters_renamed(letters: str, count: int) -> Lie:
    """The fonts take `count` of the letters for one another, in a ring."""

    def lie(case: LayerCase, chance: random.Random) -> DrawnText:
        ring = chance.sample(letters, count)
        names = dict(zip(ring, [*ring[1:], ring[0]], strict=True))
        names |= {letter.upper(): name.upper() for letter, name in names.items()}
        texts = ["".join(names.get(letter, letter) for letter in text) for text in case.drawn.glyphs.texts]
        return _renamed(case.drawn, texts)

    return lie


LIES: dict[str, Lie] = {
    "the text of the next page": of_another_page,
    "shifted down by 10 points": shifted(10, is_down=True),
    "shifted down by 30 points": shifted(30, is_down=True),
    "shifted down by 200 points": shifted(200, is_down=True),
    "shifted right by 10 points": shifted(10, is_down=False),
    "shifted right by 50 points": shifted(50, is_down=False),
    "2 % of the words replaced": words_replaced(0.02),
    "5 % of the words replaced": words_replaced(0.05),
    "20 % of the words replaced": words_replaced(0.2),
    "a paragraph of 10 % replaced": words_replaced(0.1, is_one_piece=True),
    "all letters renamed": letters_renamed(_ALPHABET, 26),
    "three common letters renamed": letters_renamed(_COMMONEST, 3),
}


def _is_long(layer: TextLayer) -> bool:
    return sum(word.is_visible for word in layer.words) >= FEWEST_WORDS


def _glyph_places(drawn: DrawnText) -> dict[int, list[int]]:
    """The glyphs of every word that can be seen."""
    places: dict[int, list[int]] = {}
    for place, word in enumerate(drawn.glyphs.words.tolist()):
        if drawn.layer.words[word].is_visible:
            places.setdefault(word, []).append(place)
    return places


def _renamed(drawn: DrawnText, texts: Sequence[str]) -> DrawnText:
    """The same glyphs, said to be others."""
    words = [""] * len(drawn.layer.words)
    for word, text in zip(drawn.glyphs.words.tolist(), texts, strict=True):
        words[word] += text
    named = tuple(replace(word, text=text or word.text) for word, text in zip(drawn.layer.words, words, strict=True))
    return DrawnText(replace(drawn.layer, words=named), replace(drawn.glyphs, texts=tuple(texts)))


def _moved(box, way):
    left, top, right_, bottom = (
        float(min(1.0, max(0.0, side + step)))
        for side, step in zip((box.left, box.top, box.right, box.bottom), (*way, *way), strict=True)
    )
    return replace(box, left=left, top=top, right=right_, bottom=bottom)


# ------------------------------------------------------------------------------------------------- rates


def rate_layers(cases: Iterable[LayerCase], lies: dict[str, Lie] = LIES) -> dict[str, list[str]]:
    """For the truth and each lie a mark a page: `+` where the layer was refused, `-` where it was believed."""
    reader, marks = RapidLineReader(), {name: [] for name in ("honest", *lies)}
    for case in cases:
        for name, lie in {"honest": honest, **lies}.items():
            told = lie(case, random.Random(f"{case.name} {name}"))
            if told is None:
                continue
            reason = refusal(case, told, reader)
            marks[name].append(f"- {case.name}" if reason is None else f"+ {case.name}: {reason}")
    return marks


def format_layers(marks: dict[str, list[str]]) -> str:
    """The table as markdown."""
    rows = [
        f"| {name} | {len(seen)} | {sum(mark.startswith('+') for mark in seen) / max(1, len(seen)):.1%} |"
        for name, seen in marks.items()
    ]
    alarms = Counter(mark[2:] for mark in marks["honest"] if mark.startswith("+"))
    return "\n".join(["| text layer | pages | refused |", "|---|--:|--:|", *rows, "", *alarms])


def pages_of(paths: Sequence[Path], pages_each: int, chance: random.Random) -> Iterator[LayerCase]:
    """Some pages of each PDF; what cannot be opened or has no text to speak of is passed over."""
    for path in paths:
        try:
            page_count = open_source(str(path)).page_count
            for number in sorted(chance.sample(range(1, page_count + 1), min(page_count, pages_each))):
                case = load_layer_case(path, number)
                if case is not None:
                    yield case
        except InputError:
            continue
