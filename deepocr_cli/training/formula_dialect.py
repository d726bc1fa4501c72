r"""The LaTeX of a formula in, the same in the dialect that the network learns out, token by token.

The dialect writes what looks alike in one way: `\leq`, `\neq`, `\to`, `\mathrm` for upright words that are no names;
`\left( ` and ` \right)` for tall brackets; `\frac` and `\sum` whatever their size. Scripts have no braces where they
are one character. White is around what stands between two terms, behind commas and sums; in scripts signs of one
character have none.
"""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deepocr_cli.layout.math.atoms import UnreadableFormula
from deepocr_cli.layout.math.signs import BETWEEN_TERMS
from deepocr_cli.layout.math.words import FUNCTIONS, LIMITS

_TOKEN = re.compile(r"\\text\{[^{}]*\}|\\[A-Za-z]+|\\.|\S")
_SYNONYMS = {
    r"\le": r"\leq", r"\ge": r"\geq", r"\ne": r"\neq", r"\rightarrow": r"\to", r"\ast": "*", r"\colon": ":",
    r"\operatorname": r"\mathrm", r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\qquad": r"\quad",
    r"\bigl": r"\left", r"\Bigl": r"\left", r"\biggl": r"\left", r"\Biggl": r"\left",
    r"\bigr": r"\right", r"\Bigr": r"\right", r"\biggr": r"\right", r"\Biggr": r"\right",
}  # fmt: skip
_LEFT_OUT = frozenset({r"\limits", r"\nolimits", r"\!", r"\:", r"\;", r"\big", r"\Big", r"\bigg", r"\Bigg"})
_FOREIGN = frozenset(
    {r"\begin", r"\substack", r"\overset", r"\underset", r"\tag", r"\xrightarrow", "&", r"\not", r"\\", r"\mathtt"}
)
"""What the dialect has no words for."""
_BETWEEN = frozenset({*"+-=<>:*", r"\leq", r"\geq", r"\neq", *(f"\\{name}" for name in BETWEEN_TERMS)})
_UNARY = frozenset({"+", "-", r"\pm", r"\mp"})
_OPENING = frozenset({"(", "[", r"\{", r"\langle", r"\lfloor", r"\lceil", ",", ";"})
NAMES = frozenset(f"\\{name}" for name in FUNCTIONS | LIMITS)
_LARGE = frozenset({
    r"\sum", r"\prod", r"\coprod", r"\int", r"\iint", r"\iiint", r"\oint", r"\bigcap", r"\bigcup", r"\bigvee",
    r"\bigwedge", r"\bigoplus", r"\bigotimes", r"\bigsqcup",
})  # fmt: skip
_SCRIPTS = ("_", "^")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of LaTeX, and the sign of the formula that it came from; None where it draws nothing."""

    text: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """What stands between two braces."""

    nodes: "list[Token | Group]"


Node = Token | Group
WHITE = Token(" ")


def write_dialect(latex: str, names: Mapping[str, str]) -> list[Token]:
    """The tokens of the dialect, white among them.

    Args:
        names: the LaTeX of signs that stand for others in `latex`.

    Raises:
        UnreadableFormula: the dialect has no words for it.
    """
    tokens = [
        Token(_SYNONYMS.get(names.get(sign, sign), names.get(sign, sign)), sign) for sign in _TOKEN.findall(latex)
    ]
    foreign = next((token.text for token in tokens if token.text in _FOREIGN), None)
    if foreign is not None:
        raise UnreadableFormula(f"{foreign} is not in the dialect")
    nodes, _ = _parse([token for token in tokens if token.text not in _LEFT_OUT], 0)
    return _write(nodes, is_tight=False)


def _parse(tokens: Sequence[Token], start: int) -> tuple[list[Node], int]:
    """The nodes from `start` to the brace that closes, and the place behind it."""
    nodes: list[Node] = []
    place = start
    while place < len(tokens) and tokens[place].text != "}":
        if tokens[place].text == "{":
            inner, place = _parse(tokens, place + 1)
            nodes.append(Group(inner))
        else:
            nodes.append(tokens[place])
        place += 1
    return nodes, place


def _write(nodes: Sequence[Node], *, is_tight: bool) -> list[Token]:
    """The tokens of nodes; where they are tight, signs of one character have no white around them."""
    written: list[Token] = []
    rest = deque(nodes)
    is_head = False
    while rest:
        node = rest.popleft()
        if isinstance(node, Group):
            _append(written, _write(node.nodes, is_tight=is_tight))
        elif node.text in _SCRIPTS:
            _append(written, [node, *_braced(_write(_argument(rest), is_tight=True))])
        elif node.text in _BETWEEN:
            is_bare = (is_tight and len(node.text) == 1) or (node.text in _UNARY and _begins(written))
            _append(written, [node] if is_bare else [WHITE, node, WHITE])
        elif node.text == r"\quad" and _is_beside_sign(written, rest):
            # Rows that are aligned have much white there, which says nothing.
            _append(written, [WHITE])
        else:
            _append(written, _sign(node, rest, is_tight=is_tight))
        hangs_next = bool(rest) and rest[0] in (Token("_", "_"), Token("^", "^"))
        is_head = is_head or (isinstance(node, Token) and (node.text in _LARGE or (node.text in NAMES and hangs_next)))
        if is_head and not hangs_next:
            _append(written, [WHITE])
            is_head = False
    return written[:-1] if written[-1:] == [WHITE] else written


def _sign(sign: Token, rest: deque[Node], *, is_tight: bool) -> list[Token]:
    """A sign that does not stand between two terms, with its arguments, which are taken from the rest."""
    if sign.text in (",", ";"):
        return [sign] if is_tight else [sign, WHITE]
    if sign.text in (r"\,", r"\quad"):
        return [WHITE] if sign.text == r"\," else [WHITE, sign, WHITE]
    if sign.text in (r"\left", r"\right"):
        return _tall(sign.text, rest)
    if sign.text.startswith(r"\text{"):
        return [WHITE, *_words(sign.text[6:-1]), WHITE]
    written = [sign]
    if sign.text == r"\sqrt" and rest and rest[0] == Token("[", "["):
        rest.popleft()
        degree = list(iter(rest.popleft, Token("]", "]")))
        written += [Token("["), *_write(degree, is_tight=True), Token("]")]
    while sign.text[:1] == "\\" and len(sign.text) > 2 and rest and isinstance(rest[0], Group):
        inner = _write(_argument(rest), is_tight=False)
        written += [Token("{"), *inner, Token("}")]
    return written


def _argument(rest: deque[Node]) -> list[Node]:
    if not rest:
        raise UnreadableFormula("an argument is missing")
    node = rest.popleft()
    return node.nodes if isinstance(node, Group) else [node]


def _braced(tokens: list[Token]) -> list[Token]:
    """In braces, unless it is a single character."""
    return tokens if len("".join(token.text for token in tokens)) == 1 else [Token("{"), *tokens, Token("}")]


def _tall(side: str, rest: deque[Node]) -> list[Token]:
    """A bracket as high as what it holds."""
    if not rest or isinstance(rest[0], Group):
        raise UnreadableFormula("a bracket is missing")
    bracket = rest.popleft()
    assert isinstance(bracket, Token), "groups are refused above"
    before, after = ("", " ") if side == r"\left" else (" ", "")
    return [Token(f"{before}{side}{bracket.text}{after}", bracket.source)]


def _words(text: str) -> list[Token]:
    """Upright text: a word is that of a name."""
    command = r"\text" if " " in text.strip() else r"\mathrm"
    letters = [Token(letter, None if letter == " " else letter) for letter in text.strip()]
    return [Token(command), Token("{"), *letters, Token("}")]


def _begins(written: Sequence[Token]) -> bool:
    """Whether nothing stands before what comes next that it could be added to."""
    before = next((token for token in reversed(written) if token != WHITE), None)
    return before is None or before.text in _BETWEEN | _OPENING or before.text.startswith(r"\left")


def _is_beside_sign(written: Sequence[Token], rest: Sequence[Node]) -> bool:
    """Whether what was written ends, or what comes begins, with a sign that stands between two terms."""
    before = next((token for token in reversed(written) if token != WHITE), None)
    after = rest[0] if rest else None
    return any(isinstance(node, Token) and node.text in _BETWEEN for node in (before, after))


def _append(written: list[Token], added: Sequence[Token]) -> None:
    """Tokens behind others: white once, and where a command's name would run into a letter."""
    for token in added:
        before = written[-1].text if written else " "
        if token == WHITE:
            if before[-1] != " ":
                written.append(WHITE)
            continue
        is_name = before[:1] == "\\" and before[-1].isalpha() and "{" not in before
        if is_name and token.text[0].isalpha():
            written.append(WHITE)
        written.append(token)
