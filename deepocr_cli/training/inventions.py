"""Strings that nobody can guess, so that the network reads: numbers, addresses, code, letters, spoiled words."""

import random
from collections.abc import Callable, Mapping

from deepocr_cli.training.alphabet import PRINTABLE

LETTERS = [character for character in PRINTABLE if character.isalpha()]
DIGITS = [character for character in PRINTABLE if character.isdigit()]
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
CURRENCIES = "$€£¥"
RULES = "-_.=*#+|%~'"
JOINED = "-_="
"""Signs that touch their like in many faces, so that a row of them cannot be counted."""
ALIKE = ("Il|1i!", "Il1", "O0oQD", "S5s", "B8", "Z2z", "rnm", "vvw", ".,:;'", "°o0", "-–—_", "([{|", "uvU", "gq9")

Word = Callable[[], str]
"""Draws a word of the corpus."""


def invent(word: Word, chance: random.Random) -> str:
    """A string of the kinds below, now and then capitalised or with punctuation."""
    make = chance.choices(list(_MAKERS), list(_MAKERS.values()))[0]
    made = make(word, chance)
    if chance.random() < 0.12:
        made = made.capitalize()
    if chance.random() < 0.06:
        made = made.upper()
    if chance.random() < 0.12:
        made += chance.choice(".,;:!?)")
    return chance.choice("(\"'[") + made if chance.random() < 0.04 else made


def code(word: Word, chance: random.Random) -> str:
    """An option, a path, an address, an identifier, an expression."""
    one, two = (_plain(word) for _ in range(2))
    forms = (
        f"--{one}={two}",
        f"[--{one}]",
        f"-{chance.choice(LETTERS)}",
        f"$ ./{one}",
        f"~/.{one}rc",
        f"{one}/{chance.randrange(10)}.{chance.randrange(10)}/{two}",
        "".join(chance.choice((letter, "-")) for letter in "drwxrwxrwx"),
        f"/{one}/{two}",
        f"~/{one}/{two}.{chance.choice(['conf', 'txt', 'py', 'c', 'html', 'org'])}",
        f"{one}_{two}()",
        f"{one}[{chance.randrange(100)}]",
        f"{one}.{two}@{chance.choice(['mail', 'example', one])}.{chance.choice(['org', 'com', 'eu', 'de'])}",
        f"http{chance.choice(['', 's'])}://{one}.{chance.choice(['org', 'com', 'net'])}/{two}",
        f"www.{one}-{two}.{chance.choice(['org', 'com', 'fr'])}",
        f"${one.upper()}",
        f"<{one}>",
        f"{one}{chance.choice('=+*|&:<>')}{two}",
        f"{one.capitalize()}{two.capitalize()}{chance.choice(['Id', 'IO', 'Ill', ''])}",
        f'"{one}"',
        f"\\{one}",
        f"{{{one}}}",
        f"0x{chance.getrandbits(24):x}",
    )
    return chance.choice(forms)


def number(_word: Word, chance: random.Random) -> str:
    """A count, a price, a date, a time, a measure, an account."""
    count = chance.randint(0, 10 ** chance.randint(1, 7))
    cents, day, month, hour = (chance.randrange(limit) for limit in (100, 31, 12, 24))
    year, currency = chance.randint(1900, 2030), chance.choice(CURRENCIES)
    european = f"{count:,}".replace(",", chance.choice(". "))
    forms = (
        str(count),
        f"{count:,}",
        f"{count}.{cents:02d}",
        f"{currency}{count:,}.{cents:02d}",
        f"{european},{cents:02d} {currency}",
        f"{day + 1}/{month + 1}/{year}",
        f"{year}-{month + 1:02d}-{day + 1:02d}",
        f"{day + 1:02d}.{month + 1:02d}.{year}",
        f"{day + 1} {MONTHS[month]} {year}",
        f"{hour:02d}:{chance.randrange(60):02d}",
        f"{chance.choice('+-~#')}{count}",
        f"{count}{chance.choice(['%', 'kg', 'px', 'MB', 'th', 'x', 'm²', 'cm³', '°C'])}",
        f"[{day}]",
        f"({day})",
        f"{hour}.{month}.{day}",
        f"{chance.choice('©®')}{year}",
        f"{day} / {count}",
        f"{day}–{day + month}",
        f"+{day + 1} {_digits(chance, 3)} {_digits(chance, 4)}{_digits(chance, 3)}",
        f"{chance.choice(['DE', 'FR', 'NL', 'GB'])}{' '.join(_digits(chance, 4) for _ in range(4))}",
    )
    return chance.choice(forms)


def _from_corpus(word: Word, _chance: random.Random) -> str:
    return word()


def _swapped(word: Word, chance: random.Random) -> str:
    """A word with two neighbours swapped, left out or doubled: not the word that a reader expects."""
    letters = list(word())
    place = chance.randrange(max(1, len(letters) - 1))
    spoil = chance.random()
    if spoil < 0.6:
        letters[place : place + 2] = reversed(letters[place : place + 2])
    elif spoil < 0.8:
        letters.insert(place, letters[place])
    elif len(letters) > 2:
        del letters[place]
    return "".join(letters)


def _run(word: Word, chance: random.Random) -> str:
    """One character several times, or a rule of signs as plain text has it; few enough to count, something behind."""
    character = chance.choice([*LETTERS, *DIGITS, *RULES])
    if character in JOINED and chance.random() < 0.5:
        corner = chance.choice("+|*")
        run = corner + corner.join(character * chance.randint(1, 4) for _ in range(chance.randint(1, 3))) + corner
    else:
        run = character * chance.randint(2, 3 if character in JOINED else 5)
    before = _letters(word, chance)[:3] if chance.random() < 0.3 else ""
    return before + run + _letters(word, chance)[:3]


def _alike(_word: Word, chance: random.Random) -> str:
    """Characters that look like one another."""
    return "".join(chance.choices(chance.choice(ALIKE), k=chance.randint(1, 6)))


def _letters(_word: Word, chance: random.Random) -> str:
    return "".join(chance.choices([*LETTERS, *DIGITS], k=chance.randint(1, 9)))


def _single(_word: Word, chance: random.Random) -> str:
    return chance.choice([*LETTERS, *DIGITS])


def _signs(_word: Word, chance: random.Random) -> str:
    return "".join(chance.choices(PRINTABLE, k=chance.randint(1, 7)))


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choices(DIGITS, k=count))


def _plain(word: Word) -> str:
    return "".join(filter(str.isalnum, word())).lower() or "x"


_MAKERS: Mapping[Callable[[Word, random.Random], str], float] = {
    _from_corpus: 0.34,
    _swapped: 0.12,
    number: 0.20,
    code: 0.12,
    _letters: 0.10,
    _run: 0.05,
    _alike: 0.04,
    _single: 0.03,
    _signs: 0.05,
}
"""What a string that nobody can guess is made of, and how often."""
