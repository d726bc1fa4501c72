"""How the next lines of a sample look: a style by chance, and words that suit it."""

import random
import re
from dataclasses import dataclass
from enum import StrEnum

from deepocr_cli.training.sample import Lettering
from deepocr_cli.training.typefaces import Typeface, is_monospaced, x_height
from deepocr_cli.training.words import TextKind, Texts, choose_words

USUAL_X_HEIGHT = 0.47
"""Height of a small x in most faces, in letter heights."""
SMALL_CAPITAL = 0.8
FAMILY_TRIES = 40


class Case(StrEnum):
    """Which letters are large."""

    AS_WRITTEN = "as written"
    CAPITALS = "capitals"
    SMALL_CAPITALS = "small capitals"
    """The first letter of a word large, the others capitals that are smaller."""


@dataclass(frozen=True, slots=True)
class Style:
    """How lines are written; some words are `emphasised`. A plain style has running words alone."""

    lettering: Lettering
    emphasised: Lettering
    kind: TextKind
    case: Case = Case.AS_WRITTEN
    has_curly_quotes: bool = False
    is_plain: bool = True

    @property
    def size(self) -> float:
        """The letter height (em) in pixels."""
        return self.lettering.size


@dataclass(frozen=True, slots=True)
class Writer:
    """What synthetic samples are made of: texts, typefaces by family, kinds of text with weights, letter heights.

    A plain writer writes running words in one face, as most trials want them.
    """

    texts: Texts
    families: tuple[tuple[Typeface, ...], ...]
    mix: tuple[tuple[TextKind, float], ...]
    sizes: tuple[float, float]
    is_plain: bool = False

    def choose_style(self, chance: random.Random, scale: float = 1.0) -> Style:
        """A family first, so that large families are not seen more often; letters `scale` times as high."""
        low, high = self.sizes
        kind = chance.choices([kind for kind, _ in self.mix], [weight for _, weight in self.mix])[0]
        family = self._choose_family(kind, chance)
        face, size = chance.choice(family), scale * (low + (high - low) * chance.betavariate(2, 2))
        if self.is_plain:
            return Style(Lettering(face, size), Lettering(face, size), kind)
        if chance.random() < 0.5:
            # As whoever cuts lines out of pages sizes them: by their small letters.
            size *= min(1.25, max(0.85, USUAL_X_HEIGHT / max(0.3, x_height(face))))
        other = chance.choice(family if chance.random() < 0.7 else chance.choice(self.families))
        tracking = scale * chance.uniform(0.3, 2.5) if chance.random() < 0.05 else 0.0
        case = chance.choices(list(Case), (0.955, 0.03, 0.015))[0]
        small = SMALL_CAPITAL if case is Case.SMALL_CAPITALS else 1.0
        return Style(
            Lettering(face, size, tracking, small),
            Lettering(other, size, tracking, small, marks=face if chance.random() < 0.6 else None),
            kind,
            case,
            has_curly_quotes=chance.random() < 0.4,
            is_plain=False,
        )

    def words(self, style: Style, count: int, chance: random.Random) -> list[str]:
        """Words that the style's faces can write, in its case."""
        words = choose_words(self.texts, style.kind, count, chance, style.lettering.face.signs)
        if style.has_curly_quotes:
            words = [curl_quotes(word) for word in words]
        if style.case is not Case.AS_WRITTEN:
            words = [word.upper() for word in words]
        faces = {style.lettering.face, style.emphasised.face}
        return [
            kept
            for word in words
            if (kept := "".join(letter for letter in word if all(face.can_write(letter) for face in faces)))
        ]

    def _choose_family(self, kind: TextKind, chance: random.Random) -> tuple[Typeface, ...]:
        family = chance.choice(self.families)
        for _ in range(FAMILY_TRIES if kind is TextKind.CODE else 0):
            if is_monospaced(family[0]):
                break
            family = chance.choice(self.families)
        return family


def curl_quotes(word: str) -> str:
    """A word with typographic quotes and dashes for those of a typewriter."""
    opened = re.sub(r"^([(\[]?)'", r"\1‘", re.sub(r'^([(\[]?)"', r"\1“", word))
    return re.sub(r"(?<=\w)--(?=\w|$)|^--$", "—", opened.replace('"', "”").replace("'", "’"))
