"""A true text in, the same text with a fault of a given strength out; and changes that are no faults.

The strength is the share of the page's words that is lost, invented or exchanged.
"""

import random
import re
from collections.abc import Callable, Sequence
from itertools import pairwise

Fault = Callable[[str, float, random.Random, str], str]
"""(text, strength, chance, text of another page) -> text."""
Change = Callable[[str, random.Random], str]

LINE_WORDS = 11
"""Words of a printed line."""
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def looped(text: str, strength: float, chance: random.Random, _other: str) -> str:
    """A line comes again and again, and the text goes on after it."""
    words = _words(text)
    start = chance.randrange(max(1, len(words) - LINE_WORDS))
    line = words[start : start + LINE_WORDS]
    extra = _count(words, strength)
    repeats = (line * (extra // len(line) + 1))[:extra]
    return "".join(words[: start + len(line)] + repeats + words[start + len(line) :])


def lines_dropped(text: str, strength: float, chance: random.Random, _other: str) -> str:
    """Lines are missing here and there."""
    words = _words(text)
    lines = [words[start : start + LINE_WORDS] for start in range(0, len(words), LINE_WORDS)]
    order = chance.sample(range(len(lines)), len(lines))
    left = _count(words, strength)
    for place in order:
        if left <= 0:
            break
        dropped = min(left, len(lines[place]))
        lines[place] = lines[place][dropped:]
        left -= dropped
    return "".join(word for line in lines for word in line)


def paragraph_dropped(text: str, strength: float, chance: random.Random, _other: str) -> str:
    """One piece of the text is missing."""
    words, length = _words(text), _count(_words(text), strength)
    start = chance.randrange(len(words) - length + 1)
    return "".join(words[:start] + words[start + length :])


def end_dropped(text: str, strength: float, _chance: random.Random, _other: str) -> str:
    """The last part is missing, as where a column at the right or the foot of the page was passed over."""
    words = _words(text)
    return "".join(words[: len(words) - _count(words, strength)])


def words_dropped(text: str, strength: float, chance: random.Random, _other: str) -> str:
    """Single words are missing everywhere, as those of one column of a table."""
    words = _words(text)
    dropped = set(chance.sample(range(len(words)), _count(words, strength)))
    return "".join(word for place, word in enumerate(words) if place not in dropped)


def sentences_invented(text: str, strength: float, chance: random.Random, other: str) -> str:
    """Sentences of another page are put in, a line at a time."""
    return _with_lines(text, strength, chance, _words(other), is_exchange=False)


def sentences_invented_of_its_own_words(text: str, strength: float, chance: random.Random, _other: str) -> str:
    """Sentences are put in that are made of the page's own words in another order: a bag of words knows them all."""
    words = _words(text)
    return _with_lines(text, strength, chance, chance.sample(words, len(words)), is_exchange=False)


def text_of_another_page(text: str, strength: float, chance: random.Random, other: str) -> str:
    """Lines stand in the place of the page's own ones."""
    return _with_lines(text, strength, chance, _words(other), is_exchange=True)


def numbers_changed(text: str, strength: float, chance: random.Random, _other: str) -> str:
    """Two unlike digits of a number change places, or a digit becomes another; at most all numbers."""
    words = _words(text)
    places = [place for place, word in enumerate(words) if re.search(r"\d", word)]
    for place in chance.sample(places, min(len(places), _count(words, strength))):
        words[place] = _misread_number(words[place], chance)
    return "".join(words)


FAULTS: dict[str, Fault] = {
    "a line repeated": looped,
    "lines dropped": lines_dropped,
    "a paragraph dropped": paragraph_dropped,
    "the end dropped": end_dropped,
    "single words dropped": words_dropped,
    "sentences invented": sentences_invented,
    "sentences invented of its own words": sentences_invented_of_its_own_words,
    "text of another page": text_of_another_page,
    "numbers changed": numbers_changed,
}


def unchanged(text: str, _chance: random.Random) -> str:
    return text


def reordered(text: str, chance: random.Random) -> str:
    """The halves, as two columns, and a paragraph in another place."""
    words = _words(text)
    middle, cut = len(words) // 2, chance.randrange(len(words) // 2)
    return "".join(words[middle:] + words[:middle][cut:] + words[:middle][:cut])


def hyphenated(text: str, chance: random.Random) -> str:
    """Some long words are cut at a line's end, and words that had hyphens are joined."""
    words = _words(re.sub(r"(?<=[^\W\d])-(?=[^\W\d])", "", text))
    return "".join(_cut(word, chance) if len(word) > 6 and chance.random() < 0.1 else word for word in words)


def marked_up(text: str, chance: random.Random) -> str:
    """Headings, emphasis, lists, and lines as rows of an HTML table."""
    lines = text.split("\n")
    for place, line in enumerate(lines):
        match chance.randrange(6):
            case 0:
                lines[place] = f"## {line}"
            case 1:
                lines[place] = f"- **{line}**" if line.strip() else line
            case 2:
                cells = "".join(f"<td>{word}</td>" for word in line.split())
                lines[place] = f"<table><tr>{cells}</tr></table>"
            case _:
                pass
    return "\n".join(lines)


def in_other_forms(text: str, _chance: random.Random) -> str:
    """Ligatures, typographic quotes and dashes, digits of full width."""
    for plain, form in (("fi", "ﬁ"), ("fl", "ﬂ"), ("ff", "ﬀ"), ("'", "’"), (" - ", " — "), ("7", "７"), ("...", "…")):
        text = text.replace(plain, form)
    return text


def misread(share: float) -> Change:
    """A good model's noise: `share` of the letters are left out, doubled or taken for others, anywhere."""

    def change(text: str, chance: random.Random) -> str:
        return "".join(
            chance.choice(("", letter * 2, chance.choice(_ALPHABET), chance.choice(_ALPHABET)))
            if letter.isalnum() and chance.random() < share
            else letter
            for letter in text
        )

    return change


def glued(text: str, chance: random.Random) -> str:
    """Every twentieth space is missing."""
    return "".join("" if letter == " " and chance.random() < 0.05 else letter for letter in text)


HARMLESS: dict[str, Change] = {
    "unchanged": unchanged,
    "another reading order": reordered,
    "hyphens": hyphenated,
    "markup": marked_up,
    "ligatures and widths": in_other_forms,
    "spaces missing": glued,
    "99 % of the letters right": misread(0.01),
    "98 % of the letters right": misread(0.02),
    "97 % of the letters right": misread(0.03),
}


def _words(text: str) -> list[str]:
    """The words with what stands between them: joined they are the text, to its last word."""
    return re.findall(r"\W*\w\S*\s*", text + "\n")


def _count(words: Sequence[str], strength: float) -> int:
    """The words that a fault of this strength touches: never fewer than its share."""
    return min(len(words), max(1, -int(-strength * len(words) // 1)))


def _with_lines(text: str, strength: float, chance: random.Random, material: list[str], *, is_exchange: bool) -> str:
    words = _words(text)
    left, start = _count(words, strength), chance.randrange(max(1, len(material)))
    material = (material[start:] + material[:start]) * (1 + left // max(1, len(material)))
    lines = range(0, max(1, len(words) - LINE_WORDS), LINE_WORDS)
    for place in sorted(chance.sample(lines, min(len(lines), -(-left // LINE_WORDS))), reverse=True):
        length = min(left, LINE_WORDS)
        words[place : place + (length if is_exchange else 0)] = material[left - length : left]
        left -= length
    return "".join(words)


def _misread_number(word: str, chance: random.Random) -> str:
    digits = [place for place, letter in enumerate(word) if letter.isdigit()]
    letters = list(word)
    pairs = [(a, b) for a, b in pairwise(digits) if letters[a] != letters[b]]
    if pairs:
        first, second = chance.choice(pairs)
        letters[first], letters[second] = letters[second], letters[first]
    else:
        place = chance.choice(digits)
        letters[place] = chance.choice([digit for digit in "0123456789" if digit != letters[place]])
    return "".join(letters)


def _cut(word: str, chance: random.Random) -> str:
    place = chance.randrange(3, len(word) - 2)
    return f"{word[:place]}-\n{word[place:]}" if word[place - 1 : place + 1].isalpha() else word
