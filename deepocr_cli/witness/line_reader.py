"""Cut-out lines of text in, whether they stand on their heads, and whether they can be read, out.

RapidOCR's classifier of orientation takes half a millisecond a line; its recogniser, asked in doubt only, some ten.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from deepocr_cli.witness.rapid import open_rapidocr

_LEGIBLE_SCORE = 0.9
"""Hebrew on its head is taken for something Latin with 0.8; what the recogniser knows has more."""
_READ_COUNT = 4
"""Lines that are read to know whether lines can be read."""


class RapidLineReader:
    """Judges lines of text, grey pixels (H, W) each; its models are loaded when they are first needed."""

    def __init__(self) -> None:
        self._engine: Any = None

    def are_on_their_heads(self, lines: Sequence[np.ndarray]) -> bool:
        """Whether most of the lines, by their scores, are upside down."""
        votes = [self._see(line, use_cls=True, use_rec=False).cls_res[0] for line in lines]
        return float(sum(score if label == "180" else -score for label, score in votes)) > 0

    def are_legible(self, lines: Sequence[np.ndarray]) -> bool:
        """Whether the recogniser is sure of what the lines say."""
        scores = [self._see(line, use_cls=False, use_rec=True).scores for line in lines[:_READ_COUNT]]
        return float(np.median([score[0] if score else 0.0 for score in scores])) >= _LEGIBLE_SCORE

    def read(self, lines: Sequence[np.ndarray]) -> list[tuple[str, float]]:
        """What the lines say, and how sure the recogniser is of it, from 0 to 1."""
        seen = [self._see(line, use_cls=False, use_rec=True) for line in lines]
        return [(result.txts[0], result.scores[0]) if result.txts else ("", 0.0) for result in seen]

    def _see(self, line: np.ndarray, *, use_cls: bool, use_rec: bool) -> Any:
        if self._engine is None:
            self._engine = open_rapidocr(1, {"Global.text_score": 0.0})
        colours = np.repeat(line[:, :, None], 3, axis=2)
        return self._engine(colours, use_det=False, use_cls=use_cls, use_rec=use_rec)
