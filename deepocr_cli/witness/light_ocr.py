"""A page image in, its text as blocks out: the independent reader for pages without a usable text layer.

RapidOCR with the PP-OCRv6 models inside its wheel finds and reads the lines; `reading_order` puts them in order.
"""

import logging
import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from deepocr_cli.document import Block, PageImage
from deepocr_cli.witness.reading_order import Line, arrange

LONGEST_SIDE = 2000
"""Pages are shown to the detector at no more than this many pixels; larger letters are not read better."""
MAX_SKEW = math.radians(15)
"""A page slanted more than this is taken as it is."""


class LightOcr:
    """Reads pages with RapidOCR; its sessions are created at the first page."""

    def __init__(self) -> None:
        self._engine: Any = None

    def read(self, page: PageImage) -> tuple[Block, ...]:
        """The blocks of `page` in reading order, boxes as fractions of its image."""
        return arrange(self.read_lines(page), page.image.width, page.image.height)

    def read_lines(self, page: PageImage) -> list[Line]:
        """The lines of `page` as they were found, edges in pixels."""
        if self._engine is None:
            self._engine = _create_engine()
        pixels = np.asarray(page.image.convert("RGB"))[:, :, ::-1]
        found = self._engine(pixels, use_cls=False)
        if found.boxes is None:
            return []
        return straighten(np.asarray(found.boxes), found.txts)


def _create_engine() -> Any:
    logger = logging.getLogger("RapidOCR")
    from rapidocr import RapidOCR

    logger.setLevel(logging.CRITICAL)
    threads = max(1, min(4, len(os.sched_getaffinity(0))))
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": LONGEST_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            # Lines of a batch are padded to the longest: that is slower, and their text would depend on one another.
            "Rec.rec_batch_num": 1,
        }
    )


def straighten(corners: np.ndarray, texts: Sequence[str]) -> list[Line]:
    """Lines from the `corners` (N, 4, 2) of slanted boxes, turned about the origin by the page's skew.

    Corners run clockwise from the top left. The skew is the median slope of the lines, the long ones counting most.
    """
    baseline = (corners[:, 1] + corners[:, 2] - corners[:, 0] - corners[:, 3]) / 2
    lengths = np.hypot(baseline[:, 0], baseline[:, 1])
    heights = np.linalg.norm(corners[:, 3] + corners[:, 2] - corners[:, 0] - corners[:, 1], axis=1) / 2
    skew = _weighted_median(np.arctan2(baseline[:, 1], baseline[:, 0]), lengths)
    if abs(skew) > MAX_SKEW:
        skew = 0.0
    cosine, sine = np.cos(skew), np.sin(skew)
    centres = corners.mean(axis=1) @ np.array([[cosine, -sine], [sine, cosine]])
    halves = np.stack([lengths, heights], axis=1) / 2
    edges = np.concatenate([centres - halves, centres + halves], axis=1).tolist()
    return [Line(text.strip(), *box) for text, box in zip(texts, edges, strict=True) if text.strip()]


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
