r"""A sign of a formula in, the boxes of its ink out, as in Computer Modern and its likes.

In letter heights (em), y falls from the baseline on.
"""

from collections.abc import Mapping


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SMALL, TALL, CAPITAL, DIGIT, DEPTH = -0.44, -0.70, -0.69, -0.65, 0.20

_LETTERS: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys("acemnorsuvwxz", (SMALL, 0.0)),
    **dict.fromkeys("bdhkl", (TALL, 0.0)),
    **dict.fromkeys("gpqy", (SMALL, DEPTH)),
    **dict.fromkeys("ABCDEFGHIJKLMNOPRSTUVWXYZ", (CAPITAL, 0.0)),
    **dict.fromkeys("0123456789", (DIGIT, 0.0)),
    "Q": (CAPITAL, DEPTH),
    "f": (TALL, DEPTH),
    "t": (-0.61, 0.0),
}
_NAMED: Mapping[str, tuple[float, float, float]] = {
    **dict.fromkeys(
        _words(r"\alpha \epsilon \varepsilon \iota \kappa \nu \upsilon \sigma \tau \pi \omega"), (SMALL, 0.0, 0.58)
    ),
    **dict.fromkeys(_words(r"\gamma \eta \mu \rho \chi \varphi"), (SMALL, DEPTH, 0.56)),
    **dict.fromkeys(_words(r"\delta \lambda \theta \vartheta \partial \hbar \ell"), (TALL, 0.0, 0.54)),
    **dict.fromkeys(_words(r"\beta \zeta \xi \psi \phi"), (TALL, DEPTH, 0.6)),
    **dict.fromkeys(
        _words(r"\Gamma \Delta \Theta \Lambda \Pi \Sigma \Upsilon \Phi \Psi \Omega \nabla \forall \exists"),
        (CAPITAL, 0.0, 0.74),
    ),
    r"\infty": (SMALL, 0.01, 0.95),
    "+": (-0.58, 0.08, 0.67),
    r"\pm": (-0.62, 0.05, 0.67),
    r"\times": (-0.49, -0.01, 0.5),
    r"\neq": (-0.72, 0.22, 0.67),
    r"\ne": (-0.72, 0.22, 0.67),
    **dict.fromkeys(("<", ">"), (-0.54, 0.04, 0.67)),
    r"\in": (-0.54, 0.04, 0.55),
    r"\sim": (-0.36, -0.14, 0.67),
    **dict.fromkeys((r"\rightarrow", r"\to", r"\leftarrow"), (-0.5, 0.01, 0.9)),
    **dict.fromkeys(("(", ")", "[", "]"), (-0.75, 0.25, 0.28)),
    **dict.fromkeys(("|", r"\mid"), (-0.75, 0.25, 0.03)),
    **dict.fromkeys((r"\{", r"\}"), (-0.75, 0.25, 0.38)),
    "/": (-0.75, 0.25, 0.4),
    ",": (-0.1, 0.19, 0.12),
    ".": (-0.1, 0.0, 0.1),
    r"\cdot": (-0.3, -0.2, 0.1),
    "*": (-0.46, -0.03, 0.4),
    r"\circ": (SMALL, -0.05, 0.4),
    **dict.fromkeys((r"\otimes", r"\oplus"), (-0.58, 0.08, 0.67)),
    **dict.fromkeys((r"\cup", r"\cap"), (-0.6, 0.02, 0.56)),
    **dict.fromkeys((r"\wedge", r"\vee"), (-0.6, 0.02, 0.56)),
    r"\subset": (-0.54, 0.04, 0.67),
    r"\notin": (-0.72, 0.22, 0.56),
    r"\Rightarrow": (-0.52, 0.02, 0.92),
    r"\mapsto": (-0.51, 0.01, 0.9),
    **dict.fromkeys((r"\langle", r"\rangle"), (-0.75, 0.25, 0.28)),
    "'": (-0.75, -0.2, 0.2),
    r"\prime": (-0.75, -0.2, 0.2),
    "-": (-0.27, -0.23, 0.67),
}
"""Top, bottom and width of signs that are one piece of ink."""
_RELATIONS = frozenset(
    (
        *("=", "<", ">", ":"),
        *_words(r"\leq \le \geq \ge \neq \ne \approx \in \notin \sim \rightarrow \to \leftarrow \equiv \simeq \cong"),
        *_words(r"\subset \subseteq \Rightarrow \mapsto \mid"),
    )
)
_OPERATORS = frozenset((*("+", "-", "*"), *_words(r"\times \cdot \pm \circ \otimes \oplus \cup \cap \wedge \vee")))
_NARROW = frozenset("tfrsIJ")
_WIDE = frozenset("mwMWNHKABDEGOQUVXYRPCFZ")

BIG: Mapping[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    r"\sum": ((-0.95, 0.45, 1.33), (-0.75, 0.25, 0.95)),
    r"\prod": ((-0.95, 0.45, 1.17), (-0.75, 0.25, 0.85)),
    r"\int": ((-1.36, 0.86, 0.9), (-0.8, 0.3, 0.6)),
    r"\oint": ((-1.36, 0.86, 0.9), (-0.8, 0.3, 0.6)),
    r"\bigcup": ((-0.95, 0.45, 1.0), (-0.75, 0.25, 0.7)),
    r"\bigcap": ((-0.95, 0.45, 1.0), (-0.75, 0.25, 0.7)),
}
"""Top, bottom and width of large signs, displayed and within a line."""
FUNCTIONS = frozenset(
    _words(r"\sin \cos \tan \log \exp \ln \det \lim \max \min \sup \inf \arg \dim \ker \gcd \deg \arctan \Pr")
)
LIMITED = frozenset(_words(r"\sum \prod \lim \max \min \sup \inf \det \gcd \Pr \bigcup \bigcap"))
"""What has its scripts above and below, where it is displayed."""
ACCENTS: Mapping[str, tuple[float, float, float]] = {
    r"\hat": (0.16, 0.33, 0.09),
    r"\bar": (0.03, 0.4, 0.12),
    r"\vec": (0.17, 0.45, 0.09),
    r"\tilde": (0.11, 0.38, 0.12),
    r"\dot": (0.1, 0.1, 0.13),
    r"\check": (0.16, 0.33, 0.09),
}
"""Height, width and distance of marks above letters."""
PLAIN = frozenset(_words(r"\mathrm \mathbf \boldsymbol \mathit \operatorname \text \mathbb \mathcal"))
"""What changes the face of a letter, and not its size."""
SPACES: Mapping[str, float] = {
    r"\,": 0.17,
    r"\;": 0.28,
    r"\:": 0.22,
    r"\!": -0.17,
    r"\quad": 1.0,
    r"\qquad": 2.0,
    "~": 0.3,
}
DELIMITERS = frozenset(("(", ")", "[", "]", r"\{", r"\}", r"\langle", r"\rangle"))

Boxes = tuple[tuple[float, float, float, float], ...]


def sign_boxes(sign: str) -> tuple[Boxes, float] | None:
    """The boxes of a sign's pieces (left, top, right, bottom), and its width; None where it is not known."""
    if sign in _STACKED:
        ink, width = _STACKED[sign], max(box[2] for box in _STACKED[sign])
    elif sign in _NAMED:
        top, bottom, width = _NAMED[sign]
        ink = ((0.0, top, width, bottom),)
    elif sign in _LETTERS:
        top, bottom = _LETTERS[sign]
        width = 0.36 if sign in _NARROW else 0.72 if sign in _WIDE else 0.45
        ink = ((0.0, top, width, bottom),)
    else:
        return None
    margin = 0.33 if sign in _RELATIONS else 0.27 if sign in _OPERATORS else 0.05
    return tuple((left + margin, top, right + margin, bottom) for left, top, right, bottom in ink), width + 2 * margin


_STACKED: Mapping[str, Boxes] = {
    "=": ((0.0, -0.37, 0.67, -0.33), (0.0, -0.17, 0.67, -0.13)),
    **dict.fromkeys((r"\leq", r"\le", r"\geq", r"\ge"), ((0.0, -0.64, 0.67, -0.05), (0.0, 0.09, 0.67, 0.13))),
    r"\approx": ((0.0, -0.48, 0.67, -0.27), (0.0, -0.25, 0.67, -0.03)),
    "i": ((0.0, SMALL, 0.25, 0.0), (0.08, -0.66, 0.18, -0.56)),
    "j": ((0.0, SMALL, 0.3, DEPTH), (0.18, -0.66, 0.28, -0.56)),
    "!": ((0.0, -0.7, 0.1, -0.18), (0.0, -0.1, 0.1, 0.0)),
    ":": ((0.0, -0.43, 0.1, -0.33), (0.0, -0.1, 0.1, 0.0)),
    ";": ((0.0, -0.43, 0.1, -0.33), (0.0, -0.1, 0.1, 0.19)),
    r"\equiv": ((0.0, -0.46, 0.67, -0.42), (0.0, -0.27, 0.67, -0.23), (0.0, -0.08, 0.67, -0.04)),
    r"\simeq": ((0.0, -0.46, 0.67, -0.24), (0.0, -0.08, 0.67, -0.04)),
    r"\cong": ((0.0, -0.59, 0.67, -0.37), (0.0, -0.27, 0.67, -0.23), (0.0, -0.06, 0.67, -0.02)),
    r"\subseteq": ((0.0, -0.64, 0.67, -0.05), (0.0, 0.09, 0.67, 0.13)),
    r"\|": ((0.0, -0.75, 0.03, 0.25), (0.2, -0.75, 0.23, 0.25)),
    r"\ldots": tuple((0.44 * place, -0.1, 0.44 * place + 0.1, 0.0) for place in range(3)),
    r"\cdots": tuple((0.44 * place, -0.3, 0.44 * place + 0.1, -0.2) for place in range(3)),
}
"""Signs of several pieces."""
