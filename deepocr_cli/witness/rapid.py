"""RapidOCR as the readers of this package open it: silent, and on as many threads as they are told."""

import logging
from collections.abc import Mapping
from typing import Any


def open_rapidocr(thread_count: int, parameters: Mapping[str, Any]) -> Any:
    """A `RapidOCR` with the models inside its wheel; `parameters` are its own, as "Det.box_thresh"."""
    logger = logging.getLogger("RapidOCR")
    from rapidocr import RapidOCR

    logger.setLevel(logging.CRITICAL)  # importing it has set another
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": thread_count,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            **parameters,
        }
    )
