"""Texts become the words of a sample: natural prose, or strings that cannot be guessed, with accents and signs."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from deepocr_cli.training.alphabet import PRINTABLE

LETTERS_AND_DIGITS = [character for character in PRINTABLE if character.isalnum()]


class TextKind(StrEnum):
    """Where words come from."""

    NATURAL = "natural"
    RANDOM = "random"
    EUROPEAN = "european"
    ACCENTED = "accented"


TRAINING_MIX: Mapping[TextKind, float] = {
    TextKind.NATURAL: 0.50,
    TextKind.RANDOM: 0.38,
    TextKind.EUROPEAN: 0.05,
    TextKind.ACCENTED: 0.07,
}
"""More than a third cannot be guessed, so that the network reads."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Paragraphs of English, and of other languages in Latin script; either may be empty but not both."""

    english: tuple[str, ...]
    european: tuple[str, ...] = ()


def choose_words(texts: Texts, kind: TextKind, count: int, chance: random.Random, signs: str = "") -> list[str]:
    """`count` words; `signs` are the characters beyond ASCII that may be mixed in."""
    if kind in (TextKind.NATURAL, TextKind.EUROPEAN):
        return _running_words(texts, kind, count, chance)
    words = [_random_word(texts, chance) for _ in range(count)]
    if kind is TextKind.ACCENTED and signs:
        return [_with_sign(word, signs, chance) if chance.random() < 0.5 else word for word in words]
    return words


def _running_words(texts: Texts, kind: TextKind, count: int, chance: random.Random) -> list[str]:
    """Consecutive words of paragraphs, from any place in the first."""
    paragraphs = (texts.european if kind is TextKind.EUROPEAN else texts.english) or texts.english or texts.european
    first = chance.choice(paragraphs).split()
    words = first[chance.randrange(len(first)) :] if chance.random() < 0.5 else first
    while len(words) < count:
        words = [*words, *chance.choice(paragraphs).split()]
    return words[:count]


def _random_word(texts: Texts, chance: random.Random) -> str:
    make = chance.choices(list(_MAKERS), list(_MAKERS.values()))[0]
    word = make(texts, chance)
    if chance.random() < 0.12:
        word = word.capitalize()
    if chance.random() < 0.06:
        word = word.upper()
    if chance.random() < 0.12:
        word += chance.choice(".,;:!?)")
    return chance.choice("(\"'[") + word if chance.random() < 0.04 else word


def _dictionary_word(texts: Texts, chance: random.Random) -> str:
    return chance.choice(chance.choice(texts.english or texts.european).split())


def _number(_texts: Texts, chance: random.Random) -> str:
    """A count, a price, a date, a time, a measure."""
    count = chance.randint(0, 10 ** chance.randint(1, 6))
    day, month, hour = chance.randint(1, 31), chance.randint(1, 12), chance.randint(0, 23)
    forms = (
        str(count),
        f"{count:,}",
        f"{count / 100:.2f}",
        f"{day}/{month}/{chance.randint(1900, 2030)}",
        f"{hour:02d}:{chance.randint(0, 59):02d}",
        f"{chance.choice('$+-~#')}{count}",
        f"{count}{chance.choice(['%', 'kg', 'px', 'MB', 'th', 'x'])}",
        f"[{day}]",
        f"({day})",
        f"{hour}.{month}.{day}",
    )
    return chance.choice(forms)


def _code(texts: Texts, chance: random.Random) -> str:
    """An option, a path, an address, an identifier."""
    one, two = (_plain_word(texts, chance) for _ in range(2))
    forms = (
        f"--{one}={two}",
        f"/{one}/{two}",
        f"{one}.{chance.choice(['conf', 'txt', 'py', 'c', 'html', 'org'])}",
        f"{one}_{two}()",
        f"{one}@{two}.org",
        f"http://{one}.com/{two}",
        f"${one.upper()}",
        f"<{one}>",
        f"{one}{chance.choice('=+*|&:<>')}{two}",
        f"{one}{two.capitalize()}",
        f'"{one}"',
        f"\\{one}",
        f"{{{one}}}",
    )
    return chance.choice(forms)


def _plain_word(texts: Texts, chance: random.Random) -> str:
    word = "".join(filter(str.isalnum, _dictionary_word(texts, chance))).lower()
    return word or "x"


def _letters(_texts: Texts, chance: random.Random) -> str:
    return "".join(chance.choices(LETTERS_AND_DIGITS, k=chance.randint(1, 9)))


def _signs(_texts: Texts, chance: random.Random) -> str:
    return "".join(chance.choices(PRINTABLE, k=chance.randint(1, 7)))


def _with_sign(word: str, signs: str, chance: random.Random) -> str:
    place = chance.randrange(len(word))
    return word[:place] + chance.choice(signs) + word[place + 1 :]


_MAKERS: Mapping[Callable[[Texts, random.Random], str], float] = {
    _dictionary_word: 0.50,
    _number: 0.17,
    _code: 0.12,
    _letters: 0.14,
    _signs: 0.07,
}
"""What a word that nobody can guess is made of, and how often."""
