"""A character and the font that it is of in, its LaTeX and its role in a formula out."""

import re
import unicodedata
from functools import lru_cache

from deepocr_cli.layout.math.atoms import Role, Sign
from deepocr_cli.layout.math.fonts import Alphabet, alphabet_of
from deepocr_cli.layout.math.old_codes import EXTENSION, ITALIC, SYMBOLS, SYMBOLS_B


def _table(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_RELATIONS = _table(
    """
    ≤ le ≥ ge ≠ ne ≡ equiv ∼ sim ≃ simeq ≈ approx ≅ cong ∝ propto ≪ ll ≫ gg ≺ prec ≻ succ ⪯ preceq ⪰ succeq ⊂ subset
    ⊃ supset ⊆ subseteq ⊇ supseteq ⊊ subsetneq ⊋ supsetneq ∈ in ∋ ni ∉ notin ⊑ sqsubseteq ⊒ sqsupseteq ⊢ vdash ⊣ dashv
    ⊨ models ⊩ Vdash ∣ mid ∥ parallel ⊥ perp ≍ asymp ⌣ smile ⌢ frown ⋈ bowtie ≐ doteq ≜ triangleq ≔ coloneqq
    ≲ lesssim ≳ gtrsim ≶ lessgtr ≷ gtrless ⩽ leqslant ⩾ geqslant ≦ leqq ≧ geqq ≼ preccurlyeq ≽ succcurlyeq
    ≮ nless ≯ ngtr ≰ nleq ≱ ngeq ≁ nsim ≇ ncong ⊈ nsubseteq ⊉ nsupseteq ∤ nmid ∦ nparallel ⪅ lessapprox ⪆ gtrapprox
    ⊏ sqsubset ⊐ sqsupset ≓ risingdotseq ≒ fallingdotseq ≊ approxeq ⋘ lll ⋙ ggg ∽ backsim ≏ bumpeq ≎ Bumpeq
    → to ← leftarrow ↔ leftrightarrow ⇒ Rightarrow ⇐ Leftarrow ⇔ Leftrightarrow ↦ mapsto ⟶ longrightarrow
    ⟵ longleftarrow ⟷ longleftrightarrow ⟹ Longrightarrow ⟸ Longleftarrow ⟺ iff ⟼ longmapsto ↪ hookrightarrow
    ↩ hookleftarrow ↑ uparrow ↓ downarrow ↕ updownarrow ⇑ Uparrow ⇓ Downarrow ⇕ Updownarrow ↗ nearrow ↘ searrow
    ↙ swarrow ↖ nwarrow ⇌ rightleftharpoons ⇋ leftrightharpoons ↼ leftharpoonup ↽ leftharpoondown ⇀ rightharpoonup
    ⇁ rightharpoondown ⇝ rightsquigarrow ↠ twoheadrightarrow ↞ twoheadleftarrow ↣ rightarrowtail ↢ leftarrowtail
    ⇉ rightrightarrows ⇇ leftleftarrows ⇄ rightleftarrows ⇆ leftrightarrows ↛ nrightarrow ↚ nleftarrow
    ⇏ nRightarrow ⇍ nLeftarrow ⇎ nLeftrightarrow ↮ nleftrightarrow ↾ upharpoonright ↿ upharpoonleft
    ⊲ lhd ⊳ rhd ⊴ trianglelefteq ⊵ trianglerighteq ≬ between ⋔ pitchfork
    """
)
_BINARY = _table(
    """
    ± pm ∓ mp × times ÷ div ⋅ cdot · cdot ∗ ast ⋆ star ∘ circ ◦ circ ∙ bullet • bullet ∩ cap ∪ cup ⊎ uplus ⊓ sqcap
    ⊔ sqcup ∨ vee ∧ wedge ⊕ oplus ⊖ ominus ⊗ otimes ⊘ oslash ⊙ odot ∖ setminus ≀ wr ⨿ amalg † dagger ‡ ddagger
    ⋄ diamond △ triangle ▽ bigtriangledown ◁ triangleleft ▷ triangleright ⋉ ltimes ⋊ rtimes ⊞ boxplus ⊟ boxminus
    ⊠ boxtimes ⊡ boxdot ⊛ circledast ⊚ circledcirc ⊝ circleddash ∔ dotplus ⋓ Cup ⋒ Cap ⋎ curlyvee ⋏ curlywedge
    ⊼ barwedge ⊻ veebar ⊺ intercal ◯ bigcirc ⃝ bigcirc
    """
)
BETWEEN_TERMS = frozenset(_RELATIONS.values()) | frozenset(_BINARY.values())
"""The names of signs that stand between two terms."""
_OPERATORS = _table(
    """
    ∑ sum ∏ prod ∐ coprod ⋂ bigcap ⋃ bigcup ⋁ bigvee ⋀ bigwedge ⨀ bigodot ⨁ bigoplus ⨂ bigotimes ⨄ biguplus ⨆ bigsqcup
    """
)
_INTEGRALS = _table("∫ int ∬ iint ∭ iiint ⨌ iiiint ∮ oint ∯ oiint ∰ oiiint")
_ORDINARY = _table(
    """
    ∞ infty ∂ partial ∇ nabla ∀ forall ∃ exists ∄ nexists ∅ emptyset ¬ neg ⊤ top ℜ Re ℑ Im ℵ aleph ℶ beth ℷ gimel
    ℸ daleth ℓ ell ℘ wp ℏ hbar ħ hbar ′ prime ″ prime\\prime ∠ angle ∡ measuredangle ∢ sphericalangle … ldots ⋯ cdots
    ⋮ vdots ⋱ ddots □ square ■ blacksquare ◻ square ◊ lozenge ♢ diamondsuit ♣ clubsuit ♡ heartsuit ♠ spadesuit
    ♭ flat ♮ natural ♯ sharp ∁ complement ∴ therefore ∵ because ℧ mho ð eth ★ bigstar ✓ checkmark ✠ maltese
    ⧫ blacklozenge
    ı imath ȷ jmath § S ¶ P © copyright ® circledR £ pounds ‵ backprime ▲ blacktriangle ▼ blacktriangledown ϝ digamma
    ⌜ ulcorner ⌝ urcorner ⌞ llcorner ⌟ lrcorner ¥ yen ∎ blacksquare
    """
)
_BRACKETS: dict[str, Sign] = {
    "(": ("(", Role.OPEN),
    ")": (")", Role.CLOSE),
    "[": ("[", Role.OPEN),
    "]": ("]", Role.CLOSE),
    "{": (r"\{", Role.OPEN),
    "}": (r"\}", Role.CLOSE),
    "⟨": (r"\langle", Role.OPEN),
    "⟩": (r"\rangle", Role.CLOSE),
    "〈": (r"\langle", Role.OPEN),
    "〉": (r"\rangle", Role.CLOSE),
    "⌊": (r"\lfloor", Role.OPEN),
    "⌋": (r"\rfloor", Role.CLOSE),
    "⌈": (r"\lceil", Role.OPEN),
    "⌉": (r"\rceil", Role.CLOSE),
    "|": ("|", Role.FENCE),
    "∣": ("|", Role.FENCE),
    "∥": (r"\|", Role.FENCE),
    "‖": (r"\|", Role.FENCE),
}
_PLAIN: dict[str, Sign] = {
    "+": ("+", Role.BINARY),
    "-": ("-", Role.BINARY),
    "−": ("-", Role.BINARY),
    "–": ("-", Role.BINARY),
    "=": ("=", Role.RELATION),
    "<": ("<", Role.RELATION),
    ">": (">", Role.RELATION),
    ":": (":", Role.RELATION),
    ",": (",", Role.PUNCTUATION),
    ";": (";", Role.PUNCTUATION),
    ".": (".", Role.ORDINARY),
    "/": ("/", Role.ORDINARY),
    "!": ("!", Role.ORDINARY),
    "?": ("?", Role.ORDINARY),
    "\\": (r"\backslash", Role.BINARY),
    "*": ("*", Role.BINARY),
    "%": (r"\%", Role.ORDINARY),
    "&": (r"\&", Role.ORDINARY),
    "#": (r"\#", Role.ORDINARY),
    "$": (r"\$", Role.ORDINARY),
    "_": (r"\_", Role.ORDINARY),
    "'": ("'", Role.ORDINARY),
    "’": ("'", Role.ORDINARY),
    "√": (r"\sqrt", Role.RADICAL),
    "\u0338": (r"\not", Role.SLASH),
    "\u00b0": (r"{}^{\circ}", Role.ORDINARY),
}
_ACCENTS = {
    "ˆ": "hat",
    "^": "hat",
    "\u0302": "hat",
    "˜": "tilde",
    "~": "tilde",
    "\u0303": "tilde",
    "¯": "bar",
    "ˉ": "bar",
    "\u0304": "bar",
    "\u0305": "bar",
    "˙": "dot",
    "\u0307": "dot",
    "¨": "ddot",
    "\u0308": "ddot",
    "´": "acute",
    "\u0301": "acute",
    "`": "grave",
    "\u0300": "grave",
    "˘": "breve",
    "\u0306": "breve",
    "ˇ": "check",
    "\u030c": "check",
    "˚": "mathring",
    "\u030a": "mathring",
    "\u20d7": "vec",
}
_GREEK = {
    **_table(
        """
    α alpha β beta γ gamma δ delta ϵ epsilon ε varepsilon ζ zeta η eta θ theta ϑ vartheta ι iota κ kappa ϰ varkappa
    λ lambda μ mu µ mu ν nu ξ xi π pi ϖ varpi ρ rho ϱ varrho σ sigma ς varsigma τ tau υ upsilon ϕ phi φ varphi χ chi
    ψ psi ω omega Γ Gamma Δ Delta ∆ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Υ Upsilon ϒ Upsilon Φ Phi Ψ Psi
    ο omicron
    """
    ),
    "\u03a9": "Omega",
    "\u2126": "Omega",
}
NAMED_LETTERS = {name: letter for letter, name in _GREEK.items()}
"""Letters by the names that LaTeX has for them."""
_STYLED = re.compile(r"MATHEMATICAL (.*?)(?:SMALL|CAPITAL|DIGIT|NABLA|PARTIAL|EPSILON|THETA|KAPPA|PHI|RHO|PI|DOTLESS)")
_STYLES = {
    "ITALIC": "",
    "BOLD ITALIC": r"\boldsymbol",
    "BOLD": r"\mathbf",
    "DOUBLE-STRUCK": r"\mathbb",
    "SCRIPT": r"\mathcal",
    "BOLD SCRIPT": r"\boldsymbol",
    "FRAKTUR": r"\mathfrak",
    "BOLD FRAKTUR": r"\mathfrak",
    "SANS-SERIF": r"\mathsf",
    "MONOSPACE": r"\mathtt",
}
_LETTERLIKE = {
    **dict.fromkeys("ℂℍℕℙℚℝℤ", r"\mathbb"),
    **dict.fromkeys("ℬℰℱℋℐℒℳℛℊℯℴ", r"\mathcal"),
    **dict.fromkeys("ℭℌℨ", r"\mathfrak"),
    "ℎ": "",
}


@lru_cache(maxsize=4096)
def sign_of(char: str, font: str) -> tuple[str, Role, str] | None:
    """LaTeX, role and the command of the alphabet (empty where the LaTeX is whole); None where the sign is unknown."""
    alphabet = alphabet_of(font)
    sign = _coded(char, alphabet)
    if sign is not None:
        return *sign, ""
    if letter := _letter(char, alphabet):
        return letter
    for names, role in _ROLES:
        if char in names:
            return f"\\{names[char]}", role, ""
    if char in _ACCENTS:
        return f"\\{_ACCENTS[char]}", Role.ACCENT, ""
    return (*_PLAIN[char], "") if char in _PLAIN else None


_ROLES = (
    (_OPERATORS, Role.LIMIT),
    (_INTEGRALS, Role.INTEGRAL),
    (_RELATIONS, Role.RELATION),
    (_BINARY, Role.BINARY),
    (_ORDINARY, Role.ORDINARY),
)


def _coded(char: str, alphabet: Alphabet) -> Sign | None:
    """Signs of TeX's old fonts whose codes mean nothing elsewhere, and brackets, which look alike in all."""
    if alphabet is Alphabet.EXTENSION and char in EXTENSION:
        return EXTENSION[char]
    if alphabet is Alphabet.SYMBOL and char in SYMBOLS:
        return SYMBOLS[char]
    if alphabet is Alphabet.BLACKBOARD and char in SYMBOLS_B:
        return SYMBOLS_B[char]
    if alphabet in (Alphabet.ITALIC, Alphabet.BOLD_ITALIC) and char in ITALIC:
        return ITALIC[char]
    return _BRACKETS.get(char)


def _letter(char: str, alphabet: Alphabet) -> tuple[str, Role, str] | None:
    if char in _GREEK:
        return _greek(char, alphabet)
    if char.isascii() and char.isdigit():
        return char, Role.ORDINARY, alphabet.value if alphabet in _STYLED_DIGITS else ""
    if char.isascii() and char.isalpha():
        is_capital = char.isupper()
        if alphabet is Alphabet.SYMBOL:
            return (char, Role.ORDINARY, r"\mathcal") if is_capital else None
        if alphabet is Alphabet.BLACKBOARD and not is_capital and char != "k":
            return None
        if alphabet in (Alphabet.UNICODE, Alphabet.EXTENSION):
            return char, Role.LETTER, r"\mathrm"
        return char, Role.LETTER if alphabet in _UPRIGHT else Role.ORDINARY, alphabet.value
    if char in _LETTERLIKE:
        return unicodedata.normalize("NFKC", char), Role.ORDINARY, _LETTERLIKE[char]
    if ord(char) >= 0x1D400 and (match := _STYLED.match(unicodedata.name(char, ""))):
        return _styled(char, match[1].strip())
    if char.isalpha() and alphabet in _UPRIGHT and len(unicodedata.normalize("NFKD", char)) > 1:
        return char, Role.LETTER, alphabet.value
    return None


_UPRIGHT = (Alphabet.ROMAN, Alphabet.SANS, Alphabet.TYPEWRITER, Alphabet.BOLD, Alphabet.TEXT_ITALIC)
_STYLED_DIGITS = (Alphabet.BOLD, Alphabet.SANS, Alphabet.TYPEWRITER, Alphabet.BOLD_ITALIC)


def _greek(char: str, alphabet: Alphabet) -> tuple[str, Role, str]:
    name = _GREEK[char]
    if alphabet is Alphabet.ITALIC and name[0].isupper():
        name = f"var{name}"
    bold = alphabet in (Alphabet.BOLD, Alphabet.BOLD_ITALIC)
    return f"\\{name}", Role.ORDINARY, r"\boldsymbol" if bold else ""


def _styled(char: str, style: str) -> tuple[str, Role, str] | None:
    plain = unicodedata.normalize("NFKC", char)
    command = _STYLES.get(style)
    if command is None:
        return None
    if plain in _GREEK:
        return f"\\{_GREEK[plain]}", Role.ORDINARY, command and r"\boldsymbol"
    if plain in "∂∇":
        return f"\\{_ORDINARY[plain]}", Role.ORDINARY, command and r"\boldsymbol"
    return plain, Role.ORDINARY, command
