"""The report of a run: one line of JSON a page, with exactly the promised fields."""

import json
from dataclasses import replace

from deepocr_cli.document import Document
from deepocr_cli.serialize import compression_ratio
from deepocr_cli.store.report import report_lines

FIELDS = (
    "source page reader ending content mode vision_tokens text_tokens ratio fidelity confidence text_layer_refused "
    "full_size attempts plan seconds note text witness_text"
)


def test_every_page_is_one_line_with_the_promised_fields(sample_document: Document) -> None:
    lines = list(report_lines(sample_document))
    assert [line.count("\n") for line in lines] == [1, 1]
    first, second = map(json.loads, lines)
    assert " ".join(first) == " ".join(second) == FIELDS
    figures = {"score": 0.9877, "coverage": 0.99, "invented": 0.0123, "witness": "text-layer"}
    assert first["fidelity"] == {**figures, "order": 1, "lost": 0, "added": 0, "numbers": None, "scored": 1}
    attempt = {"mode": "base", "vision_tokens": 256, "ending": "complete", "window": None}
    assert first["attempts"] == [{**attempt, "fidelity": first["fidelity"], "text_tokens": 870, "seconds": 12.35}]
    assert first["seconds"] == 12.35
    assert (second["page"], second["ending"], second["mode"], second["ratio"]) == (2, "looped", None, None)


def test_the_ratio_counts_only_tokens_that_show_the_page_and_all_attempts(sample_document: Document) -> None:
    first, second = sample_document.pages
    assert compression_ratio(first) == 870 / 182  # A4 fills 182 of base's 256 tokens
    assert compression_ratio(replace(first, attempts=first.attempts * 2, text_tokens=1740)) == 870 / 182
    assert compression_ratio(second) is None


def test_names_stay_on_one_line_and_encode(sample_document: Document) -> None:
    (line,) = report_lines(Document("a\nb\udce9.pdf", sample_document.pages[:1]))
    assert json.loads(line.encode())["source"] == r"a\nb\udce9.pdf"
