"""Quantised weights: how near they stay, that every kernel agrees with the plain product, and that nano still reads."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein
from test_nano import BOUND, drawn
from test_page_key import name_of
from tiny_networks import WIDE
from torch import Tensor, nn

from deepocr_cli.cli.main import main
from deepocr_cli.model.moe import Experts
from deepocr_cli.model.quantize import FIELDS, GROUP_SIZE, dequantize_groups, dequantize_rows, quantize_matrix
from deepocr_cli.model.quantized_layers import Int4Matrix, Int8Matrix, QuantizedExperts, QuantizedLinear
from deepocr_cli.settings import Quantization, Settings

KINDS = (Quantization.INT8, Quantization.INT4)
ROUNDING = 2**-8
"""What bfloat16 may lose of a number, as a share of it."""

matrices = st.tuples(st.integers(1, 9), st.integers(1, 3), st.integers(0, 10_000), st.floats(-30, 4)).map(
    lambda drawn: (
        torch.randn(drawn[0], drawn[1] * GROUP_SIZE, generator=torch.Generator().manual_seed(drawn[2]))
        * torch.tensor(2.0) ** drawn[3]
    )
)


@given(matrices, st.floats(-1, 1))
def test_int8_errs_by_half_a_step_at_most(matrix: Tensor, shift: float) -> None:
    matrix = matrix + shift
    values, scales = quantize_matrix(matrix, Quantization.INT8)
    steps = scales.float()[:, None]
    assert ((dequantize_rows(values, scales) - matrix).abs() <= steps * 0.501).all()
    assert (steps[:, 0] * 127 <= matrix.abs().amax(dim=1) * (1 + 2 * ROUNDING) + 1e-36).all()


@given(matrices, st.floats(-1, 1))
def test_int4_errs_by_half_a_step_and_the_rounding_of_its_offset_at_most(matrix: Tensor, shift: float) -> None:
    matrix = matrix + shift
    values, scales, offsets = quantize_matrix(matrix, Quantization.INT4)
    error = (dequantize_groups(values, scales, offsets) - matrix).abs().view(*scales.shape, GROUP_SIZE)
    bound = scales.float() * 0.501 + offsets.float().abs() * ROUNDING
    assert (error <= bound[..., None]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_matrix_of_one_number_is_kept(kind: Quantization) -> None:
    for number in (0.0, 0.5):
        parts = quantize_matrix(torch.full((2, GROUP_SIZE), number), kind)
        widened = dequantize_rows(*parts) if kind is Quantization.INT8 else dequantize_groups(*parts)
        assert torch.allclose(widened, torch.full((2, GROUP_SIZE), number), rtol=0.01)


def filled(matrix: Int8Matrix | Int4Matrix, weight: Tensor, kind: Quantization) -> Tensor:
    """Fill a matrix, or a stack of them; what it then stands for, in float32."""
    stacks = [quantize_matrix(part, kind) for part in weight.reshape(-1, *weight.shape[-2:])]
    for (field, _), parts in zip(FIELDS[kind], zip(*stacks, strict=True), strict=True):
        shape = getattr(matrix, field).shape
        setattr(matrix, field, nn.Parameter(torch.stack(parts).view(shape), requires_grad=False))
    widen = dequantize_rows if kind is Quantization.INT8 else dequantize_groups
    return torch.stack([widen(*parts) for parts in stacks]).view(weight.shape)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("token_count", [1, 5, 40])
@pytest.mark.parametrize("rows", [48, 50])
def test_kernels_agree_with_the_plain_product(
    kind: Quantization, dtype: torch.dtype, token_count: int, rows: int
) -> None:
    generator = torch.Generator().manual_seed(token_count)
    plain = nn.Linear(96, rows).requires_grad_(False)
    layer = QuantizedLinear(plain.to(dtype), kind)
    weight = filled(layer.weight, torch.randn(rows, 96, generator=generator) / 10, kind)
    if kind is Quantization.INT4 and dtype is not torch.float16:
        layer.weight.pack()
        assert layer.weight.is_packed == (rows == 48)
    features = torch.randn(2, token_count, 96, generator=generator).to(dtype)
    expected = features.float() @ weight.T + plain.bias.float()
    assert layer(features).dtype is dtype
    assert torch.allclose(layer(features).float(), expected, atol=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_experts_do_what_experts_of_the_same_weights_do(kind: Quantization) -> None:
    generator = torch.Generator().manual_seed(1)
    plain = Experts(WIDE.decoder).requires_grad_(False)
    layer = QuantizedExperts(plain, kind)
    for name in ("gate_and_up", "down"):
        weight = torch.randn(getattr(plain, name).shape, generator=generator) / 10
        getattr(plain, name).copy_(filled(getattr(layer, name), weight, kind))
    tokens = torch.randn(40, WIDE.decoder.width, generator=generator)
    chosen = torch.rand(40, WIDE.decoder.expert_count, generator=generator).topk(2).indices
    scores = torch.rand(40, 2, generator=generator)
    assert torch.allclose(layer(tokens, scores, chosen), plain(tokens, scores, chosen), atol=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_nano_still_reads(kind: Quantization, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    page = drawn()
    page.image.save(tmp_path / "page.png")
    command = ["convert", str(tmp_path / "page.png"), "--model", "nano", "--quantize", kind, "--verify", "off"]
    assert main([*command, "--no-cache", "-q", "-t", "text"]) == 0
    truth = " ".join(text for text, _ in page.lines)
    assert Levenshtein.distance(" ".join(capfd.readouterr().out.split()), truth) / len(truth) < BOUND


def test_quantised_readings_have_names_of_their_own() -> None:
    assert len({name_of(settings=Settings(quantize=kind)) for kind in Quantization}) == 3
