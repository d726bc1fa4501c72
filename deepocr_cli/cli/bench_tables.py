"""What was measured as a person or a program reads it: a table, or plain data for JSON."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from deepocr_cli.cli.text_table import table_lines

if TYPE_CHECKING:
    from deepocr_cli.bench.curve import Point
    from deepocr_cli.bench.page_scores import PageScore
    from deepocr_cli.bench.paper import Published
    from deepocr_cli.bench.row import Row

Plain = dict[str, Any]

_DIGITS = 5
"""Significant digits of a figure in JSON: no clock is better than that."""


def plain_speed(row: "Row") -> Plain:
    """A row of `bench speed`; `transformers` and `ratio` are null where it has no such stage."""
    return {
        "stage": row.stage,
        "size": row.size,
        "batch": row.batch,
        "dtype": row.dtype,
        "quantize": row.quantize,
        "ours": _rounded(row.ours),
        "transformers": _rounded(row.transformers),
        "ratio": _rounded(row.ratio),
        "unit": row.unit.value,
    }


def speed_table(rows: Sequence[Plain]) -> str:
    """One line a row; less is better where the unit is a time or a size, more where it is a rate."""
    cells = [
        (
            row["stage"],
            str(row["size"]),
            str(row["batch"]),
            figure(row["ours"]),
            figure(row["transformers"]),
            figure(row["ratio"], 2),
            row["unit"],
        )
        for row in rows
    ]
    headings = ("stage", "size", "batch", "ours", "transformers", "ratio", "unit")
    return _draw(headings, cells, ("stage", "unit"), _speed_caption(rows))


def plain_point(point: "Point") -> Plain:
    """A row of `bench curve`."""
    return {
        "mode": point.mode,
        "bucket": point.bucket,
        "pages": point.pages,
        "vision_tokens": round(point.vision_tokens, 1),
        "ratio": round(point.ratio, 2),
        "characters_per_token": round(point.characters_per_token, 2),
        "precision": round(point.precision, 4),
        "word_precision": round(point.word_precision, 4),
    }


def curve_table(rows: Sequence[Plain], published: Mapping[tuple[str, str], "Published"]) -> str:
    """One line a mode and bucket; the paper's figures stand beside it where there are any."""
    headings = ["mode", "text tokens", "pages", "vision tokens", "ratio", "characters/token", "precision", "words"]
    cells = [
        [
            row["mode"],
            row["bucket"],
            str(row["pages"]),
            f"{row['vision_tokens']:.0f}",
            f"{row['ratio']:.1f}",
            f"{row['characters_per_token']:.1f}",
            f"{row['precision']:.3f}",
            f"{row['word_precision']:.3f}",
        ]
        for row in rows
    ]
    if published:
        headings += ["paper: precision", "ratio"]
        for row, line in zip(rows, cells, strict=True):
            theirs = published.get((row["mode"], row["bucket"]))
            line += ["-", "-"] if theirs is None else [f"{theirs.precision:.3f}", f"{theirs.ratio:.1f}"]
    return _draw(headings, cells, ("mode",), None)


def plain_score(score: "PageScore") -> Plain:
    """A row of `bench pages`; `mode`, `vision_tokens` and `characters_per_token` are null of readers without."""
    return {
        "reader": score.reader,
        "source": score.source,
        "page": score.page,
        "mode": score.mode,
        "characters": score.characters,
        "error": round(score.error, 4),
        "word_precision": round(score.word_precision, 4),
        "fidelity": round(score.fidelity, 4),
        "vision_tokens": score.vision_tokens,
        "characters_per_token": _rounded(score.characters_per_token),
        "seconds": _rounded(score.seconds),
        "processor_seconds": _rounded(score.processor_seconds),
    }


def pages_table(scores: "Sequence[PageScore]") -> str:
    """One line a reader."""
    from deepocr_cli.bench.page_scores import ACCEPTED, CLOSE, summarise

    headings = (
        "reader",
        "pages",
        "error: median",
        "mean",
        f"within {CLOSE:.0%}",
        f"fidelity {ACCEPTED:g}",
        "words",
        "characters/token",
        "seconds",
        "of processor",
    )
    rows = [
        (
            summary.reader,
            str(summary.pages),
            f"{summary.median_error:.4f}",
            f"{summary.mean_error:.4f}",
            f"{summary.close:.0%}",
            f"{summary.accepted:.0%}",
            f"{summary.word_precision:.3f}",
            figure(summary.characters_per_token, 1),
            figure(summary.seconds, 2),
            figure(summary.processor_seconds, 2),
        )
        for summary in summarise(scores)
    ]
    return _draw(headings, rows, ("reader",), "mean and median of the pages; seconds a page, the readers by turns")


def _draw(headings: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[str], caption: str | None) -> str:
    return "\n".join(filter(None, table_lines(headings, rows, left=left, caption=caption))) + "\n"


def figure(value: float | None, digits: int | None = None) -> str:
    """A figure with about three digits that count, or with `digits` behind the point; a dash for none."""
    if value is None:
        return "-"
    if digits is None:
        digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 4
    return f"{value:,.{digits}f}"


def _speed_caption(rows: Sequence[Plain]) -> str | None:
    if not rows:
        return None
    quantize = "" if rows[0]["quantize"] == "none" else f", ours in {rows[0]['quantize']}"
    return f"{rows[0]['dtype']}{quantize}; ratio = ours / transformers"


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{_DIGITS}g}")
