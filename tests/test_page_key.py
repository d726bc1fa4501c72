"""The names of readings in the cache: all that a reading follows from, and nothing else."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from deepocr_cli.document import (
    Box,
    EstimateOrigin,
    PageImage,
    Plan,
    Source,
    SourceKind,
    TextEstimate,
    TextLayer,
    Word,
)
from deepocr_cli.model.catalog import NANO, CatalogEntry
from deepocr_cli.settings import Dial, Fallback, Settings, Task, Verify
from deepocr_cli.store.page_key import PageKeys

PAPER = PageImage(
    Source("a.pdf", SourceKind.PDF, 9),
    1,
    Image.new("RGB", (40, 30), "white"),
    144,
    TextLayer((Word("tide", Box(0.1, 0.1, 0.2, 0.2)),)),
)
DEFAULTS = Settings()
PLAN = Plan(NANO.modes, TextEstimate(9, 9, EstimateOrigin.INK), 16, 12, 0.75, 0.98, "cheapest")


def name_of(
    paper: PageImage = PAPER, settings: Settings = DEFAULTS, model: CatalogEntry = NANO, asks_model: bool = True
):
    return PageKeys(settings, model, Path("/nonexistent")).name(paper, PLAN, asks_model=asks_model)


def test_the_place_of_a_page_is_not_in_its_name() -> None:
    assert name_of(replace(PAPER, number=7, source=Source("b.pdf", SourceKind.PDF, 3))) == name_of()


@pytest.mark.parametrize(
    "paper",
    [
        replace(PAPER, image=Image.new("RGB", (40, 30), (255, 255, 254))),
        replace(PAPER, image=Image.new("RGB", (30, 40), "white")),
        replace(PAPER, text_layer=None),
        replace(PAPER, text_layer=TextLayer((Word("tide", Box(0.1, 0.1, 0.2, 0.2), is_visible=False),))),
        replace(PAPER, text_layer=TextLayer((Word("tide", Box(0.1, 0.1, 0.2, 0.3)),))),
        replace(PAPER, source=Source("a.png", SourceKind.IMAGE, 1)),
    ],
)
def test_all_of_a_page_is_in_its_name(paper: PageImage) -> None:
    assert name_of(paper) != name_of()


@pytest.mark.parametrize(
    "settings",
    [
        Settings(verify=Verify.OFF),
        Settings(fallback=Fallback.NONE),
        Settings(task=Task.TEXT),
        Settings(prompt="Read."),
        Settings(task=Task.FIND, find="total"),
        Settings(dial=Dial(precision=0.5)),
        Settings(max_new_tokens=10),
        Settings(dtype="bfloat16"),
        Settings(device="cuda"),
    ],
)
def test_settings_that_change_a_reading_are_in_its_name(settings: Settings) -> None:
    assert name_of(settings=settings) != name_of()


@pytest.mark.parametrize(
    "settings", [Settings(batch_pages=1), Settings(strict=True), Settings(cuts_figures=True), Settings(pages="1")]
)
def test_settings_that_change_no_reading_are_not(settings: Settings) -> None:
    assert name_of(settings=settings) == name_of()


def test_a_network_that_was_asked_for_by_name_may_stand_where_it_would_not_else() -> None:
    named = replace(DEFAULTS, model="nano")
    assert name_of(settings=named) != name_of()
    assert name_of(settings=named, asks_model=False) == name_of(asks_model=False)


def test_the_weights_count_where_the_model_is_asked(tmp_path: Path) -> None:
    for file in ("config.json", "model.safetensors"):
        (tmp_path / file).write_bytes(b"{}")
    other = replace(NANO, folder=tmp_path)
    assert name_of(model=other) != name_of()
    assert name_of(model=other, asks_model=False) == name_of(asks_model=False)
    before = name_of(model=other)
    (tmp_path / "model.safetensors").write_bytes(b"[]")
    assert name_of(model=other) != before


def test_the_digest_of_weights_is_remembered_until_they_change(tmp_path: Path) -> None:
    from deepocr_cli.store.weights_digest import weights_digest

    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"first")
    os.utime(weights, (1, 1))
    before = weights_digest(tmp_path, tmp_path / "memory")
    weights.write_bytes(b"other")
    os.utime(weights, (1, 1))
    assert weights_digest(tmp_path, tmp_path / "memory") == before, "known by size and date, not read again"
    os.utime(weights, (2, 2))
    assert weights_digest(tmp_path, tmp_path / "memory") != before
