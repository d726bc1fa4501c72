"""What a network can be asked for: one that was trained without words reads pages, and figures where it has modes for
them."""

import json

from deepocr_cli.errors import WeightsError
from deepocr_cli.model.catalog import CatalogEntry


def require_figures(entry: CatalogEntry, wish: str) -> None:
    """Make sure that a network reads figures: in modes for them, or because it understands the question.

    Raises:
        WeightsError: it does not, or its files are not on the disk.
    """
    if not entry.figure_modes:
        require_words(entry, wish)


def require_words(entry: CatalogEntry, wish: str) -> None:
    """Make sure that a network understands a question.

    Args:
        wish: what it is to do, as "find words".

    Raises:
        WeightsError: it cannot, or its files are not on the disk.
    """
    if entry.server is not None:
        return
    path = entry.require_folder() / "config.json"
    try:
        prompt = json.loads(path.read_text(encoding="utf-8")).get("prompt", {})
        has_words = prompt.get("has_words", True)
    except (OSError, ValueError, AttributeError) as error:
        raise WeightsError(f"{path}: cannot be read: {error}", hint="download it again") from error
    if not has_words:
        raise WeightsError(
            f"the model {entry.name} reads pages, and cannot {wish}",
            hint="--model deepseek-ocr can, once deepocr models pull deepseek-ocr has fetched it; or --model FOLDER",
        )
