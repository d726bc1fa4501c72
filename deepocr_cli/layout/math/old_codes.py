"""The signs of TeX's fonts from before Unicode, by the codes and private characters that a PDF gives for them."""

from deepocr_cli.layout.math.atoms import Role, Sign

_PAIRS = "() 00 10 12 20 [] 02 68 14 22 ⌊⌋ 04 6a 16 24 ⌈⌉ 06 6c 18 26 {} 08 6e 1a 28 ⟨⟩ 0a 44 1c 2a"
"""Brackets and the codes of their opening halves, from small to large; each closing half follows."""
_LATEX = {
    "(": "(", ")": ")", "[": "[", "]": "]", "{": r"\{", "}": r"\}", "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil",
    "⌉": r"\rceil", "⟨": r"\langle", "⟩": r"\rangle",
}  # fmt: skip
_OPERATORS = (
    "46 bigsqcup 47 bigsqcup 4a bigodot 4b bigodot 4c bigoplus 4d bigoplus 4e bigotimes 4f bigotimes 50 sum 51 prod "
    "53 bigcup 54 bigcap 55 biguplus 56 bigwedge 57 bigvee 58 sum 59 prod 5b bigcup 5c bigcap 5d biguplus 5e bigwedge "
    "5f bigvee 60 coprod 61 coprod"
)
_PIECES = {
    "(": "\uf8eb\uf8ec\uf8ed⎛⎜⎝",
    ")": "\uf8f6\uf8f7\uf8f8⎞⎟⎠",
    "[": "\uf8ee\uf8ef\uf8f0⎡⎢⎣",
    "]": "\uf8f9\uf8fa\uf8fb⎤⎥⎦",
    r"\{": "\uf8f1\uf8f2\uf8f3⎧⎨⎩",
    r"\}": "\uf8fc\uf8fd\uf8fe⎫⎬⎭",
    "brace": "\uf8f4⎪",
    "|": "\x0c\uf8e6",
    r"\|": "\rw",
}


def _extension() -> dict[str, Sign]:
    signs: dict[str, Sign] = {}
    pair = ""
    for word in _PAIRS.split():
        if not word.isalnum():
            pair = word
            continue
        opening, closing = pair[0], pair[1]
        signs[chr(int(word, 16))] = _LATEX[opening], Role.OPEN
        signs[chr(int(word, 16) + 1)] = _LATEX[closing], Role.CLOSE
    words = _OPERATORS.split()
    for code, name in zip(words[::2], words[1::2], strict=True):
        signs[chr(int(code, 16))] = f"\\{name}", Role.LIMIT
    signs.update(dict.fromkeys("HI", (r"\oint", Role.INTEGRAL)))
    signs.update(dict.fromkeys("RZ", (r"\int", Role.INTEGRAL)))
    signs.update(dict.fromkeys("bcd", (r"\widehat", Role.ACCENT)))
    signs.update(dict.fromkeys("efg", (r"\widetilde", Role.ACCENT)))
    signs.update(dict.fromkeys("pqrstuv", (r"\sqrt", Role.RADICAL)))
    signs.update(dict.fromkeys("z{|}", (r"\brace", Role.BRACE)))
    signs.update(dict.fromkeys("\x0e\x1e,.", ("/", Role.ORDINARY)))
    signs.update(dict.fromkeys("\x0f\x1f-/", (r"\backslash", Role.BINARY)))
    for latex, pieces in _PIECES.items():
        signs.update(dict.fromkeys(pieces, (latex, Role.PIECE)))
    return signs


EXTENSION = _extension()
"""CMEX and its kin: tall brackets and their pieces, large operators, wide accents."""

ITALIC: dict[str, Sign] = {
    "\x0f": (r"\epsilon", Role.ORDINARY),
    "▷": (r"\triangleright", Role.BINARY),
    "◁": (r"\triangleleft", Role.BINARY),
    "⋆": (r"\star", Role.BINARY),
    "⌣": (r"\smile", Role.RELATION),
    "⌢": (r"\frown", Role.RELATION),
    ",": (",", Role.PUNCTUATION),
    "\x2d": ("hook", Role.PIECE),
}
"""CMMI and its kin, where they differ from Unicode."""

SYMBOLS: dict[str, Sign] = {
    "7": (r"\mapstochar", Role.SLASH),
    "|": ("|", Role.FENCE),
    "\\": (r"\setminus", Role.BINARY),
    "△": (r"\triangle", Role.BINARY),
    "∐": (r"\amalg", Role.BINARY),
    "⨿": (r"\amalg", Role.BINARY),
    "⊥": (r"\bot", Role.ORDINARY),
    "⊤": (r"\top", Role.ORDINARY),
    "≃": (r"\simeq", Role.RELATION),
    "∫": (r"\smallint", Role.ORDINARY),
}
"""CMSY and its kin, where they differ from Unicode."""

SYMBOLS_B: dict[str, Sign] = {
    "κ": (r"\varkappa", Role.ORDINARY),
    "∅": (r"\varnothing", Role.ORDINARY),
    "p": (r"\shortmid", Role.RELATION),
    "q": (r"\shortparallel", Role.RELATION),
    "∖": (r"\smallsetminus", Role.BINARY),
    "∼": (r"\thicksim", Role.RELATION),
    "≈": (r"\thickapprox", Role.RELATION),
    "\u05d2": (r"\gimel", Role.ORDINARY),
}
"""MSBM and its kin, where they differ from Unicode."""
