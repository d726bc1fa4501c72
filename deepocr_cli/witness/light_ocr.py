"""A page image in, its text as blocks out: the independent reader for pages without a usable text layer.

RapidOCR with the PP-OCRv6 models inside its wheel finds and reads the lines; `reading_order` puts them in order.
"""

import logging
import os
from typing import Any

import numpy as np

from deepocr_cli.document import Block, PageImage
from deepocr_cli.witness.reading_order import Line, arrange

LONGEST_SIDE = 2000
"""Pages are shown to the detector at no more than this many pixels; larger letters are not read better."""


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
        return [
            _line(corners, text) for corners, text in zip(found.boxes, found.txts, strict=True) if str(text).strip()
        ]


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
        }
    )


def _line(corners: Any, text: str) -> Line:
    (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
    return Line(str(text).strip(), float(left), float(top), float(right), float(bottom))
