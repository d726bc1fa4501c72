"""What the paper reports of DeepSeek-OCR: table 2 of arXiv 2510.18234, the benchmark Fox in English."""

from collections.abc import Mapping
from dataclasses import dataclass

from deepocr_cli.model.catalog import FOX_CURVE, CatalogEntry


@dataclass(frozen=True, slots=True)
class Published:
    """A precision, and the ratio of text tokens to vision tokens that it was measured at."""

    precision: float
    ratio: float


FOX_TABLE: Mapping[tuple[str, str], Published] = {
    ("tiny", "600-700"): Published(0.965, 10.5),
    ("tiny", "700-800"): Published(0.938, 11.8),
    ("tiny", "800-900"): Published(0.838, 13.2),
    ("tiny", "900-1000"): Published(0.859, 15.1),
    ("tiny", "1000-1100"): Published(0.793, 16.5),
    ("tiny", "1100-1200"): Published(0.764, 17.7),
    ("tiny", "1200-1300"): Published(0.591, 19.7),
    ("small", "600-700"): Published(0.985, 6.7),
    ("small", "700-800"): Published(0.973, 7.5),
    ("small", "800-900"): Published(0.968, 8.5),
    ("small", "900-1000"): Published(0.968, 9.7),
    ("small", "1000-1100"): Published(0.915, 10.6),
    ("small", "1100-1200"): Published(0.898, 11.3),
    ("small", "1200-1300"): Published(0.871, 12.6),
}
"""By mode and by the text tokens of a page; tiny has 64 vision tokens, small has 100."""


def published_of(entry: CatalogEntry) -> Mapping[tuple[str, str], Published]:
    """The paper's figures where the network is the paper's, else none."""
    return FOX_TABLE if entry.curve == FOX_CURVE else {}
