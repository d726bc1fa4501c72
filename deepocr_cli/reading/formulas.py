"""Blocks in, the same blocks with the formulas of displayed equations understood out."""

from collections.abc import Iterable
from dataclasses import replace

from deepocr_cli.document import Block
from deepocr_cli.latex import read_formula
from deepocr_cli.math_spans import MathSpan, split_math
from deepocr_cli.structures import Formula

_FORMULA_KINDS = frozenset({"equation", "formula"})


def understand_formulas(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Gives every block that is one displayed formula its `Formula`; the text stays as the model wrote it."""
    return tuple(replace(block, data=_formula_of(block) or block.data) for block in blocks)


def _formula_of(block: Block) -> Formula | None:
    if block.kind not in _FORMULA_KINDS or block.data is not None or not block.text.strip():
        return None
    pieces = [piece for piece in split_math(block.text) if isinstance(piece, MathSpan) or piece.strip()]
    if len(pieces) != 1:
        return None
    (piece,) = pieces
    latex = piece.latex if isinstance(piece, MathSpan) else piece
    return read_formula(" ".join(latex.split()), is_displayed=True)
