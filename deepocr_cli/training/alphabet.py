"""The characters that the embedded network reads, in the order of the classes that its probes name."""

import re
import unicodedata

PRINTABLE = "".join(map(chr, range(33, 127)))
"""ASCII without the space."""

TYPOGRAPHIC = "–—‘’“”‚„•…·°©®™§¶†‡«»‹›×÷±−£€¥¢½¼¾²³¹µ¿¡ºª→←≤≥≠≈∞√■□▪●○✓"

_LATIN_1 = [chr(code) for code in range(0xC0, 0x100) if code not in (0xD7, 0xF7)]
_LATIN_EXTENDED = [chr(code) for code in range(0x100, 0x180) if chr(code) not in "ĿŀŉſĸŦŧ"]
LATIN_SIGNS = TYPOGRAPHIC + "".join(_LATIN_1) + "".join(_LATIN_EXTENDED) + "ȘșȚț"
"""Everything beyond ASCII: typography and the letters of Europe's Latin scripts."""

CHARACTERS = PRINTABLE + LATIN_SIGNS
CLASS_OF = {character: number for number, character in enumerate(CHARACTERS)}

_REPLACED = str.maketrans(
    {
        "\u00a0": " ",
        "\u2002": " ",
        "\u2003": " ",
        "\u2009": " ",
        "\u2010": "-",
        "\u2011": "-",
        "\u223c": "~",
        "\u2219": "·",
    }
)


def clean(text: str) -> str:
    """Text on one line in characters of the alphabet; what cannot be written so is left out."""
    spaced = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text.translate(_REPLACED))).strip()
    return "".join(character for character in spaced if character == " " or character in CLASS_OF)


def spell(character: str) -> str | None:
    """A character of a PDF in characters of the alphabet (ligatures become letters), or None where there are none."""
    plain = character.translate(_REPLACED)
    for spelled in (plain, unicodedata.normalize("NFKC", plain)):
        if spelled and all(part == " " or part in CLASS_OF for part in spelled):
            return spelled
    return None
