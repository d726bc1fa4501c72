"""The network against an independent implementation, `unlimited_ocr` of transformers, at toy size and in float32.

A random network is written by transformers under the released names and loaded by `load_model`. The same comparisons
are then shown to fail, by ten times the tolerance, for every fault of `MUTATIONS`.
"""

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from seeded_faults import MUTATIONS, Fault
from torch import Tensor

from deepocr_cli.engine.kv_cache import UNBOUNDED, KeyValueCache
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.views import PageViews
from deepocr_cli.model.weights import load_model
from deepocr_cli.modes import TileGrid

TOLERANCE = 1e-4
"""Largest difference of float32 features of size about 50 and logits of size about 4; measured 4e-6."""
FAULT = 10 * TOLERANCE

IMAGE_ID = 150
GRIDS = [TileGrid(columns, rows) for columns, rows in product(range(1, 4), repeat=2) if columns * rows > 1]
VIEW_SIZES = (128, 192, 256, 320)
"""The tables are made for 256 pixels; the others resize them, 192 and 320 pad the windows of 5 patches."""

Reference = Any


@dataclass(frozen=True, slots=True)
class Page:
    """Random pixels of a page: an overview, and tiles where it has a grid."""

    overview: Tensor
    tiles: Tensor | None
    grid: TileGrid | None


def random_page(size: int, grid: TileGrid | None = None, tile_size: int = 128) -> Page:
    generator = torch.Generator().manual_seed(size)
    overview = torch.randn(3, size, size, generator=generator)
    if grid is None:
        return Page(overview, None, None)
    return Page(overview, torch.randn(grid.tile_count, 3, tile_size, tile_size, generator=generator), grid)


@pytest.fixture(scope="module")
def reference() -> Reference:
    from transformers import UnlimitedOcrConfig, UnlimitedOcrForConditionalGeneration

    sam_config = {
        "hidden_size": 32,
        "output_channels": 16,
        "num_hidden_layers": 4,
        "num_attention_heads": 2,
        "image_size": 256,
        "window_size": 5,
        "global_attn_indexes": [1, 3],
        "mlp_dim": 64,
        "downsample_channels": [24, 40],
    }
    clip_config = {
        "hidden_size": 40,
        "intermediate_size": 80,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "image_size": 56,
        "patch_size": 14,
    }
    text_config = {
        "vocab_size": 200,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "n_routed_experts": 6,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 20,
        "n_shared_experts": 2,
        "sliding_window": 4096,
    }
    config = UnlimitedOcrConfig(
        vision_config={"sam_config": sam_config, "encoder_config": clip_config},
        text_config=text_config,
        image_token_id=IMAGE_ID,
    )
    model = UnlimitedOcrForConditionalGeneration(config).eval()
    generator = torch.Generator().manual_seed(1)
    for parameter in model.parameters():
        # Norm weights about 1, all else wide enough that every part shows in the logits.
        centre, spread = (1.0, 0.1) if parameter.dim() == 1 else (0.0, 0.2)
        parameter.data = centre + spread * torch.randn(parameter.shape, generator=generator)
    return model


@pytest.fixture(scope="module")
def folder(reference: Reference, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("released")
    reference.save_pretrained(target, save_original_format=True)
    return target


@pytest.fixture
def model(folder: Path) -> DeepOcr:
    return load_model(folder)


@torch.no_grad()
def their_vision(reference: Reference, page: Page) -> Tensor:
    with_tiles: dict[str, Any] = {}
    if page.tiles is not None and page.grid is not None:
        with_tiles = {
            "pixel_values_local": page.tiles,
            "num_local_patches": [page.grid.tile_count],
            "patches_grid": [[page.grid.columns, page.grid.rows]],
        }
    features: Tensor = reference.model.get_image_features(page.overview[None], **with_tiles).pooler_output[0]
    return features


@torch.no_grad()
def their_logits(reference: Reference, ids: list[int], vision: Tensor) -> Tensor:
    embeddings = reference.get_input_embeddings()(torch.tensor([ids]))
    embeddings[0, 1 : 1 + len(vision)] = vision
    logits: Tensor = reference(inputs_embeds=embeddings).logits[0]
    return logits


def prompt_of(vision: Tensor, words: tuple[int, ...] = (7, 8, 9, 10)) -> list[int]:
    return [0, *[IMAGE_ID] * len(vision), *words]


def difference(ours: Tensor, theirs: Tensor) -> float:
    assert ours.shape == theirs.shape
    return float((ours - theirs).abs().max())


# ---------------------------------------------------------------------------------------------- encoder


@pytest.mark.parametrize("size", VIEW_SIZES)
@torch.no_grad()
def test_every_stage_of_the_encoder(reference: Reference, model: DeepOcr, size: int) -> None:
    pixels = random_page(size).overview[None]
    tower = reference.model.vision_tower
    compressed = tower.sam_encoder(pixels).last_hidden_state
    assert difference(model.encoder.sam(pixels), compressed) < TOLERANCE
    seen = tower.vision_encoder(compressed).last_hidden_state[:, 1:]
    assert difference(model.encoder.clip(compressed), seen) < TOLERANCE
    projected = reference.model.multi_modal_projector(tower(pixels).last_hidden_state)
    assert difference(model.encoder(pixels).flatten(1, 2), projected) < TOLERANCE


@pytest.mark.parametrize("size", VIEW_SIZES)
def test_the_sequence_of_a_page_without_tiles(reference: Reference, model: DeepOcr, size: int) -> None:
    page = random_page(size)
    assert difference(model.encode(page.overview), their_vision(reference, page)) < TOLERANCE


@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: f"{grid.columns}x{grid.rows}")
def test_the_sequence_of_a_page_with_tiles(reference: Reference, model: DeepOcr, grid: TileGrid) -> None:
    page = random_page(192, grid)
    ours = model.encode(page.overview, page.tiles, (grid.columns, grid.rows))
    assert difference(ours, their_vision(reference, page)) < TOLERANCE


def test_pages_of_all_sizes_together(reference: Reference, model: DeepOcr) -> None:
    pages = [random_page(256), random_page(192, TileGrid(2, 3)), random_page(128), random_page(192, TileGrid(3, 1))]
    together = model.encode_many([PageViews(page.overview, page.tiles, page.grid) for page in pages])
    for page, ours in zip(pages, together, strict=True):
        assert difference(ours, their_vision(reference, page)) < TOLERANCE


@pytest.mark.parametrize("grid", [None, TileGrid(2, 1)])
def test_tiles_that_do_not_fill_their_grid_are_refused(model: DeepOcr, grid: TileGrid | None) -> None:
    page = random_page(128, TileGrid(3, 1))
    with pytest.raises(ValueError, match="3 tiles do not fill"):
        model.encode(page.overview, page.tiles, grid)


# ---------------------------------------------------------------------------------------------- decoder


@pytest.mark.parametrize("page", [random_page(256), random_page(128, TileGrid(2, 3))], ids=["overview", "tiles"])
def test_the_logits_of_a_prompt(reference: Reference, model: DeepOcr, page: Page) -> None:
    vision = model.encode(page.overview, page.tiles, page.grid)
    ids = prompt_of(vision)
    assert (
        difference(model.logits(ids, vision), their_logits(reference, ids, their_vision(reference, page))) < TOLERANCE
    )


@torch.inference_mode()
def continue_greedily(
    model: DeepOcr, prompts: list[tuple[list[int], Tensor]], count: int
) -> list[tuple[list[int], Tensor]]:
    """Tokens and logits (count, vocabulary) of every prompt, computed with one cache, a position at a time."""
    cache: KeyValueCache[int] = KeyValueCache(model.config.decoder, UNBOUNDED, model.device, model.dtype)
    rows = []
    for row, (ids, vision) in enumerate(prompts):
        memory = cache.open_rows([row], len(ids))
        features = model.decoder(model.embed_prompt(ids, vision)[None], torch.arange(len(ids))[None], memory)
        rows.append(model.decoder.logits(features[:, -1]))
    steps = [torch.cat(rows)]
    for _ in range(count - 1):
        latest = steps[-1].argmax(-1, keepdim=True)
        cache.make_room()
        memory_of_all = cache.next_positions(range(len(prompts)))
        features = model.decoder(model.decoder.embed(latest), memory_of_all.positions[:, None], memory_of_all)
        cache.keep(range(len(prompts)))
        steps.append(model.decoder.logits(features[:, 0]))
    logits = torch.stack(steps, dim=1)
    return [(row.argmax(-1).tolist(), row) for row in logits]


def test_greedy_tokens_of_unequal_pages_in_one_batch(reference: Reference, model: DeepOcr) -> None:
    pages = [random_page(256), random_page(128, TileGrid(3, 1)), random_page(192)]
    visions = [model.encode(page.overview, page.tiles, page.grid) for page in pages]
    prompts = [(prompt_of(vision, (number,)), vision) for number, vision in enumerate(visions)]
    for prompt, (tokens, logits) in zip(prompts, continue_greedily(model, prompts, 128), strict=True):
        ((alone, alone_logits),) = continue_greedily(model, [prompt], 128)
        assert tokens == alone
        assert difference(logits, alone_logits) < TOLERANCE
        ids, vision = prompt
        theirs = their_logits(reference, ids + tokens, vision)[len(ids) - 1 : -1]
        assert theirs.argmax(-1).tolist() == tokens
        assert difference(logits, theirs) < TOLERANCE


# ------------------------------------------------------------------------------------------- seeded faults


@pytest.mark.parametrize("fault", MUTATIONS, ids=lambda fault: fault.__name__)
def test_a_seeded_fault_shows(
    reference: Reference, model: DeepOcr, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = random_page(192, TileGrid(2, 3))
    theirs = their_vision(reference, page)
    ids = prompt_of(theirs)
    fault(model, monkeypatch)
    ours = model.encode(page.overview, page.tiles, page.grid)
    logits = model.logits(ids, ours)
    assert max(difference(ours, theirs), difference(logits, their_logits(reference, ids, theirs))) > FAULT
