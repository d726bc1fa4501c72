"""Faults to seed into a loaded network, one function each: a comparison worth its name shows every one of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from deepocr_cli.model import decoder, encoder, positions, sam
from deepocr_cli.model.config import DecoderConfig
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.modes import TileGrid

Fault = Callable[[DeepOcr, pytest.MonkeyPatch], None]


def swap_experts(model: DeepOcr, _: pytest.MonkeyPatch) -> None:
    weights = model.decoder.layers[1].feed_forward.experts.gate_and_up
    weights[[0, 1]] = weights[[1, 0]].clone()


def swap_queries_and_keys(model: DeepOcr, _: pytest.MonkeyPatch) -> None:
    weights, width = model.decoder.layers[0].attention.qkv.weight, model.config.decoder.width
    weights[: 2 * width] = weights[: 2 * width].roll(width, dims=0).clone()


def swap_gate_and_values(model: DeepOcr, _: pytest.MonkeyPatch) -> None:
    weights = model.decoder.layers[0].feed_forward.gate_and_up.weight
    weights.copy_(weights.roll(len(weights) // 2, dims=0))


def shift_patch_positions(model: DeepOcr, _: pytest.MonkeyPatch) -> None:
    model.encoder.sam.positions.copy_(model.encoder.sam.positions.roll(1, dims=2))


def shift_token_positions(model: DeepOcr, _: pytest.MonkeyPatch) -> None:
    model.encoder.clip.positions.copy_(model.encoder.clip.positions.roll(1, dims=0))


def swap_relative_axes(model: DeepOcr, _: pytest.MonkeyPatch) -> None:
    attention = model.encoder.sam.blocks[0].attention
    attention.row_positions, attention.column_positions = attention.column_positions, attention.row_positions


def drop_a_newline(model: DeepOcr, _: pytest.MonkeyPatch) -> None:
    model.encoder.newline.zero_()


def swap_newline_and_separator(model: DeepOcr, _: pytest.MonkeyPatch) -> None:
    model.encoder.newline, model.encoder.separator = model.encoder.separator, model.encoder.newline


def overview_before_tiles(model: DeepOcr, patch: pytest.MonkeyPatch) -> None:
    def assemble(overview: Tensor, tiles: Tensor, grid: TileGrid) -> Tensor:
        separator = model.encoder.separator[None]
        return torch.cat(
            [
                model.encoder._with_newlines(overview),
                model.encoder._with_newlines(encoder.join_tiles(tiles, grid)),
                separator,
            ]
        )

    patch.setattr(model.encoder, "assemble", assemble)


def tiles_column_by_column(_: DeepOcr, patch: pytest.MonkeyPatch) -> None:
    join = encoder.join_tiles

    def joined(tiles: Tensor, grid: TileGrid) -> Tensor:
        by_column = tiles.unflatten(0, (grid.columns, grid.rows)).transpose(0, 1).flatten(0, 1)
        return join(by_column, grid)

    patch.setattr(encoder, "join_tiles", joined)


def gelu_in_clip(model: DeepOcr, _: pytest.MonkeyPatch) -> None:
    model.encoder.clip.blocks[0].feed_forward.activate = F.gelu


def tanh_gelu_in_sam(model: DeepOcr, _: pytest.MonkeyPatch) -> None:
    for block in model.encoder.sam.blocks:
        block.feed_forward.activate = lambda features: F.gelu(features, approximate="tanh")


def positions_without_antialiasing(_: DeepOcr, patch: pytest.MonkeyPatch) -> None:
    def fitted(table: Tensor, height: int, width: int, _: object) -> Tensor:
        return F.interpolate(table.permute(0, 3, 1, 2), (height, width), mode="bicubic").permute(0, 2, 3, 1)

    patch.setattr(sam, "fit_positions", fitted)


def relative_positions_cut_instead_of_interpolated(_: DeepOcr, patch: pytest.MonkeyPatch) -> None:
    def distances(table: Tensor, size: int) -> Tensor:
        places = torch.arange(size)
        return table[(places[:, None] - places[None, :] + size - 1).clamp(max=len(table) - 1)]

    patch.setattr(positions, "_distances", distances)


def windows_filled_from_the_left(_: DeepOcr, patch: pytest.MonkeyPatch) -> None:
    cut = sam.cut_windows

    def from_the_left(patches: Tensor, size: int) -> Tensor:
        filled = F.pad(patches, (0, 0, -patches.shape[2] % size, 0, -patches.shape[1] % size, 0))
        return cut(filled, size)

    patch.setattr(sam, "cut_windows", from_the_left)


def renormalised_scores(model: DeepOcr, _: pytest.MonkeyPatch) -> None:
    for layer in list(model.decoder.layers)[1:]:
        mixture = layer.feed_forward
        route = mixture.route

        def renormalised(tokens: Tensor, route: Callable[..., Any] = route) -> tuple[Tensor, Tensor]:
            scores, experts = route(tokens)
            return scores / scores.sum(-1, keepdim=True), experts

        mixture.route = renormalised


def one_expert_fewer(model: DeepOcr, _: pytest.MonkeyPatch) -> None:
    model.decoder.layers[2].feed_forward.active_expert_count -= 1


def neighbours_paired_in_rotation(_: DeepOcr, patch: pytest.MonkeyPatch) -> None:
    def rotate(heads: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
        cosines, sines = rotation
        first, second = heads[..., ::2], heads[..., 1::2]
        return torch.stack([first * cosines - second * sines, second * cosines + first * sines], -1).flatten(-2)

    patch.setattr(decoder, "rotate", rotate)


def another_rope_theta(_: DeepOcr, patch: pytest.MonkeyPatch) -> None:
    rotation = decoder._rotation

    def wrong(positions: Tensor, config: DecoderConfig, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        return rotation(positions, replace(config, rope_theta=500.0), dtype)

    patch.setattr(decoder, "_rotation", wrong)


def a_position_skipped_after_the_image(_: DeepOcr, patch: pytest.MonkeyPatch) -> None:
    rotation = decoder._rotation

    def wrong(positions: Tensor, config: DecoderConfig, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        return rotation(positions + (positions > positions.shape[1] - 4), config, dtype)

    patch.setattr(decoder, "_rotation", wrong)


MUTATIONS: list[Fault] = [
    swap_experts,
    swap_queries_and_keys,
    swap_gate_and_values,
    shift_patch_positions,
    shift_token_positions,
    swap_relative_axes,
    drop_a_newline,
    swap_newline_and_separator,
    overview_before_tiles,
    tiles_column_by_column,
    gelu_in_clip,
    tanh_gelu_in_sam,
    positions_without_antialiasing,
    relative_positions_cut_instead_of_interpolated,
    windows_filled_from_the_left,
    renormalised_scores,
    one_expert_fewer,
    neighbours_paired_in_rotation,
    another_rope_theta,
    a_position_skipped_after_the_image,
]
