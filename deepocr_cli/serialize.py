"""Nouns in, plain dictionaries out: the shapes that the JSON writer and the run's report have in common."""

from dataclasses import asdict
from typing import Any

from deepocr_cli.document import Attempt, BlockData, Fidelity, Page, Plan, Table
from deepocr_cli.modes import Fit
from deepocr_cli.structures import Chart, Formula, Geometry, Molecule

Plain = dict[str, Any]
"""What the json module writes: strings, numbers, booleans, None, lists, and dictionaries of these."""


def plain_fidelity(fidelity: Fidelity) -> Plain:
    return {
        "score": round(fidelity.score, 4),
        "coverage": round(fidelity.coverage, 4),
        "invented": round(fidelity.invented, 4),
        "witness": fidelity.witness.value,
        "order": round(fidelity.order, 4),
        "lost": round(fidelity.lost, 4),
        "added": round(fidelity.added, 4),
        "numbers": None if fidelity.numbers is None else round(fidelity.numbers, 4),
        "scored": round(fidelity.scored, 4),
    }


def plain_attempt(attempt: Attempt) -> Plain:
    return {
        "mode": attempt.mode.name,
        "vision_tokens": attempt.vision_tokens,
        "ending": attempt.ending.value,
        "window": attempt.window,
        "fidelity": None if attempt.fidelity is None else plain_fidelity(attempt.fidelity),
    }


def plain_plan(plan: Plan) -> Plain:
    estimate = plan.estimate
    return {
        "modes": [mode.name for mode in plan.modes],
        "estimate": {
            "text_tokens": estimate.text_tokens,
            "characters": estimate.characters,
            "origin": estimate.origin.value,
        },
        "vision_tokens": plan.vision_tokens,
        "valid_tokens": plan.valid_tokens,
        "ratio": round(plan.ratio, 2),
        "precision": None if plan.precision is None else round(plan.precision, 4),
        "reason": plan.reason,
    }


def plain_reading(page: Page) -> Plain:
    """Who read the page, how far it came, what it cost and how far it can be trusted."""
    ratio = compression_ratio(page)
    return {
        "reader": page.reader.value,
        "ending": page.ending.value,
        "content": page.content.value,
        "mode": None if page.mode is None else page.mode.name,
        "vision_tokens": page.vision_tokens,
        "text_tokens": page.text_tokens,
        "ratio": None if ratio is None else round(ratio, 2),
        "fidelity": None if page.fidelity is None else plain_fidelity(page.fidelity),
        "confidence": None if page.confidence is None else round(page.confidence, 4),
        "text_layer_refused": page.refusal,
        "full_size": page.full_size,
        "attempts": [plain_attempt(attempt) for attempt in page.attempts],
        "plan": None if page.plan is None else plain_plan(page.plan),
    }


def compression_ratio(page: Page) -> float | None:
    """Text tokens that the model wrote / vision tokens that showed it the page, over all attempts; None without any."""
    shown = sum(
        attempt.vision_tokens if attempt.mode.fit is Fit.STRIPS else attempt.mode.valid_token_count(*page.size)
        for attempt in page.attempts
    )
    return page.text_tokens / shown if shown else None


def plain_data(data: BlockData | None) -> Plain:
    """One key for every kind of data that a block can have; all but the one that it has are None."""
    return {
        "table": plain_table(data) if isinstance(data, Table) else None,
        "formula": _plain_formula(data) if isinstance(data, Formula) else None,
        "chart": asdict(data) if isinstance(data, Chart) else None,
        "molecule": _plain_molecule(data) if isinstance(data, Molecule) else None,
        "geometry": asdict(data) if isinstance(data, Geometry) else None,
    }


def plain_table(table: Table) -> Plain:
    return {
        "rows": [[asdict(cell) for cell in row] for row in table.rows],
        "header_rows": table.header_row_count,
        "joints": [asdict(joint) for joint in table.joints],
    }


def _plain_formula(formula: Formula) -> Plain:
    return {"latex": formula.latex, "mathml": formula.mathml, "valid": formula.is_valid, "reason": formula.reason}


def _plain_molecule(molecule: Molecule) -> Plain:
    return {
        "smiles": molecule.smiles,
        "valid": molecule.is_valid,
        "reason": molecule.reason,
        "checked_by": molecule.checked_by,
    }
