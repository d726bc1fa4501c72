"""A Document in, the lines of YAML that stand before its markdown out."""

import json
from collections.abc import Iterator, Mapping

from deepocr_cli.document import Document
from deepocr_cli.errors import printable
from deepocr_cli.serialize import compression_ratio
from deepocr_cli.writers.block_text import title_of


def front_matter(document: Document) -> str:
    """Title, source, pages, model, modes, tokens, ratio and precision between two lines of dashes.

    Values are JSON, which is YAML too; what nobody knows is null.
    """
    lines = (f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in _entries(document).items())
    return "\n".join(["---", *lines, "---"])


def _entries(document: Document) -> Mapping[str, object]:
    pages = document.pages
    ratios = [ratio for page in pages if (ratio := compression_ratio(page)) is not None]
    scores = [page.fidelity.score for page in pages if page.fidelity is not None]
    return {
        "title": title_of(document),
        "source": printable(document.source),
        "pages": len(pages),
        "complete": document.is_complete,
        "model": document.model,
        "modes": list(dict.fromkeys(_modes(document))),
        "vision_tokens": sum(page.vision_tokens for page in pages),
        "text_tokens": sum(page.text_tokens for page in pages),
        "ratio": round(max(ratios), 2) if ratios else None,
        "precision": round(min(scores), 4) if scores else None,
    }


def _modes(document: Document) -> Iterator[str]:
    return (page.mode.name for page in document.pages if page.mode is not None)
