"""Texts become the words of a sample: natural prose, or strings that cannot be guessed, with accents and signs."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from deepocr_cli.training.inventions import code, invent, number


class TextKind(StrEnum):
    """Where words come from."""

    NATURAL = "natural"
    RANDOM = "random"
    EUROPEAN = "european"
    ACCENTED = "accented"
    CODE = "code"
    """In a face whose letters are all of one width, where there is one."""


TRAINING_MIX: Mapping[TextKind, float] = {
    TextKind.NATURAL: 0.38,
    TextKind.RANDOM: 0.28,
    TextKind.EUROPEAN: 0.18,
    TextKind.ACCENTED: 0.12,
    TextKind.CODE: 0.04,
}
"""More than a third cannot be guessed, so that the network reads."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Paragraphs of English, and of other languages in Latin script; either may be empty but not both."""

    english: tuple[str, ...]
    european: tuple[str, ...] = ()


def choose_words(texts: Texts, kind: TextKind, count: int, chance: random.Random, signs: str = "") -> list[str]:
    """At least `count` words; `signs` are the characters beyond ASCII that may be mixed in."""

    def word() -> str:
        return chance.choice(chance.choice(texts.english or texts.european).split())

    if kind in (TextKind.NATURAL, TextKind.EUROPEAN):
        return _running_words(texts, kind, count, chance)
    if kind is TextKind.CODE:
        return _split(chance.choice((code, code, number))(word, chance) for _ in range(count))
    words = _split(invent(word, chance) for _ in range(count))
    if kind is TextKind.ACCENTED and signs:
        return [_with_sign(word, signs, chance) if chance.random() < 0.5 else word for word in words]
    return words


def _split(phrases: Iterable[str]) -> list[str]:
    return [word for phrase in phrases for word in phrase.split()]


def _running_words(texts: Texts, kind: TextKind, count: int, chance: random.Random) -> list[str]:
    """Consecutive words of paragraphs, from any place in the first."""
    paragraphs = (texts.european if kind is TextKind.EUROPEAN else texts.english) or texts.english or texts.european
    first = chance.choice(paragraphs).split()
    words = first[chance.randrange(len(first)) :] if chance.random() < 0.5 else first
    while len(words) < count:
        words = [*words, *chance.choice(paragraphs).split()]
    return words[:count]


def _with_sign(word: str, signs: str, chance: random.Random) -> str:
    place = chance.randrange(len(word))
    return word[:place] + chance.choice(signs) + word[place + 1 :]
