"""Relatives of DeepSeek-OCR through transformers, at toy size: what they write is what the network's logits say."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image, ImageDraw
from safetensors.torch import load_file, save_file
from test_prompt import write_tokenizer

from deepocr_cli.cli.main import main
from deepocr_cli.document import Ending
from deepocr_cli.engine.relatives import RelativeReader, Watch, load_relative, position_count
from deepocr_cli.engine.request import Request
from deepocr_cli.errors import ExitCode, UsageError, WeightsError
from deepocr_cli.model.catalog import CatalogEntry, NgramGuard, find_model
from deepocr_cli.model.config import ViewConfig
from deepocr_cli.model.views import prepare_views
from deepocr_cli.settings import Task

IMAGE_ID, BOS_ID, EOS_ID = 258, 256, 257
SAM = {
    "hidden_size": 16,
    "output_channels": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 1024,
    "window_size": 8,
    "global_attn_indexes": [1],
    "mlp_dim": 32,
    "downsample_channels": [12, 24],
}
DECODER = {
    "vocab_size": 320,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 20,
    "max_position_embeddings": 4096,
    "bos_token_id": BOS_ID,
    "eos_token_id": EOS_ID,
}


def second() -> Any:
    from transformers import DeepseekOcr2Config, DeepseekOcr2ForConditionalGeneration

    encoder = {
        "vocab_size": 8,
        "hidden_size": 24,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
    }
    config = DeepseekOcr2Config(
        vision_config={"sam_config": SAM, "encoder_config": encoder},
        text_config=DECODER | {"mlp_layer_types": ["dense", "sparse"]},
        image_token_id=IMAGE_ID,
    )
    return DeepseekOcr2ForConditionalGeneration(config)


def unlimited() -> Any:
    from transformers import UnlimitedOcrConfig, UnlimitedOcrForConditionalGeneration

    encoder = {
        "hidden_size": 24,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": 224,
        "patch_size": 14,
    }
    config = UnlimitedOcrConfig(
        vision_config={"sam_config": SAM, "encoder_config": encoder},
        text_config=DECODER | {"n_shared_experts": 2, "sliding_window": 64},
        image_token_id=IMAGE_ID,
    )
    return UnlimitedOcrForConditionalGeneration(config)


@pytest.fixture(scope="module", params=[second, unlimited])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp(request.param.__name__)
    make: Callable[[], Any] = request.param
    model = make()
    generator = torch.Generator().manual_seed(7)
    for parameter in model.parameters():
        centre, spread = (1.0, 0.1) if parameter.dim() == 1 else (0.0, 0.2)
        parameter.data = centre + spread * torch.randn(parameter.shape, generator=generator)
    model.save_pretrained(target)
    write_tokenizer(target)
    return target


@pytest.fixture(scope="module")
def entry(folder: Path) -> CatalogEntry:
    return find_model(str(folder))


@pytest.fixture(scope="module")
def reader(entry: CatalogEntry) -> RelativeReader:
    unguarded = replace(entry, guard=NgramGuard(10_000, 10_000))
    return load_relative(unguarded, "cpu", "float32")


def page(width: int, height: int) -> Image.Image:
    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).text((40, 40), "The quick brown fox", font_size=60, fill="black")
    return image


@torch.inference_mode()
def plain_greedy(reader: RelativeReader, request: Request, ids: list[int], count: int) -> list[int]:
    """The likeliest tokens, the whole sequence computed anew for each, and nothing of our generation used."""
    views = prepare_views(request.image, request.mode, ViewConfig())
    pictures: dict[str, Any] = {"pixel_values": views.overview[None]}
    if views.tiles is not None and views.grid is not None:
        pictures |= {"pixel_values_local": views.tiles, "num_local_patches": [views.grid.tile_count]}
        if reader.entry.relative == "unlimited_ocr":
            pictures["patches_grid"] = [[views.grid.columns, views.grid.rows]]
    features = torch.cat(reader.model.model.get_image_features(**pictures).pooler_output)
    written: list[int] = []
    for _ in range(count):
        embedded = reader.model.get_input_embeddings()(torch.tensor([[*ids, *written]]))
        embedded[0, 1 : 1 + len(features)] = features
        logits = reader.model(inputs_embeds=embedded, use_cache=False).logits
        written.append(int(logits[0, -1].argmax()))
    return written


@pytest.mark.parametrize("size", [(600, 500), (1280, 640)])
def test_what_is_written_is_what_the_logits_say(reader: RelativeReader, size: tuple[int, int]) -> None:
    mode = reader.entry.modes[-1]
    request = Request(5, page(*size), mode, max_new_tokens=6)
    (completion,) = reader.run([request])
    grid = mode.grid_for(*size)
    assert completion.number == 5
    assert completion.vision_tokens == mode.vision_token_count(grid)
    prompt = reader._prompt(request, position_count(reader.entry, mode, grid))
    expected = plain_greedy(reader, request, prompt, 6)
    assert completion.text == reader.codec.decode(expected[: completion.text_tokens])
    assert completion.ending is (Ending.COMPLETE if EOS_ID in expected else Ending.TOO_LONG)


def test_a_task_that_was_not_taught_is_refused(reader: RelativeReader) -> None:
    request = Request(1, page(600, 500), reader.entry.modes[0], Task.DESCRIBE, max_new_tokens=2)
    if reader.entry.relative == "unlimited_ocr":
        with pytest.raises(UsageError, match="--task describe"):
            list(reader.run([request]))
    else:
        assert len(list(reader.run([request]))) == 1


def test_a_page_with_no_room_for_text_fails_alone(reader: RelativeReader) -> None:
    questions = [
        Request(number, page(600, 500), reader.entry.modes[0], custom=custom, max_new_tokens=2)
        for number, custom in ((1, "w" * 5000), (2, "short"))
    ]
    first, last = reader.run(questions)
    assert (first.ending, last.ending is not Ending.FAILED) == (Ending.FAILED, True)
    assert "no room" in str(first.note)


def test_the_watch_ends_loops_and_bans_what_the_guard_bans(reader: RelativeReader) -> None:
    def take(watch: Watch, ids: list[int]) -> list[bool]:
        return [bool(watch.take(torch.tensor([[token_id]]), None)) for token_id in ids]

    entry = replace(reader.entry, guard=NgramGuard(3, 100))
    request = Request(1, page(600, 500), entry.modes[0])
    loop = Watch(entry, reader.codec, request)
    assert any(take(loop, [token_id])[0] for token_id in [1, 2, 3, *[7, 8] * 400])
    assert (loop.ending, loop.ids[:5]) == (Ending.LOOPED, [1, 2, 3, 7, 8])
    guarded = Watch(entry, reader.codec, request)
    take(guarded, [4, 5, 6, 4, 5])
    assert guarded.bar(torch.empty(0), torch.zeros(1, 320)).argmin() == 6
    whole = Watch(entry, reader.codec, request)
    assert take(whole, [4, EOS_ID]) == [False, True]
    assert (whole.ending, whole.ids) == (Ending.COMPLETE, [4])
    broken = Watch(entry, reader.codec, request)
    broken.bar(torch.empty(0), torch.full((1, 320), torch.nan))
    assert take(broken, [4]) == [True]
    assert (broken.ending, broken.note) == (Ending.FAILED, "the network computed no finite number")


def test_a_page_that_looped_is_read_with_a_wider_window(entry: CatalogEntry, reader: RelativeReader) -> None:
    """Within 3 tokens nothing comes again in this text; within 100 its second token would."""
    narrow = RelativeReader(replace(entry, guard=NgramGuard(1, 3)), reader.model, reader.codec)
    request = Request(1, page(600, 500), entry.modes[0], max_new_tokens=24)
    (narrowly,), (widely,) = narrow.run([request]), narrow.run([replace(request, window=100)])
    assert narrowly.text != widely.text


def test_a_checkpoint_that_lacks_a_tensor_is_not_made_up(folder: Path, tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    tensors = load_file(folder / "model.safetensors")
    del tensors["lm_head.weight"]
    save_file(tensors, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(WeightsError, match=r"1 tensors are missing or misshapen, lm_head\.weight"):
        load_relative(find_model(str(tmp_path)))
    (tmp_path / "model.safetensors").write_bytes(b"no tensors")
    with pytest.raises(WeightsError, match="cannot be loaded"):
        load_relative(find_model(str(tmp_path)))


def test_no_code_of_a_checkpoint_is_run(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    config["auto_map"] = {"AutoModel": "trap.Trap", "AutoConfig": "trap.Trap"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "trap.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')")
    load_relative(find_model(str(tmp_path)), "cpu", "float32")
    assert not (tmp_path / "sprung").exists()


def test_the_program_reads_and_checks_with_a_relative(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Heads so narrow are nothing for torch's attention in bfloat16.
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict, raising=False)
    picture = tmp_path / "page.png"
    page(600, 500).save(picture)
    assert main(["models", "check", str(folder), "--device", "cpu"]) == ExitCode.COMPLETE
    assert "every tensor is there" in capfd.readouterr().out
    command = ["convert", str(picture), "--model", str(folder), "--max-new-tokens", "4", "--fallback", "none"]
    code = main([*command, "--verify", "off", "-t", "json", "--device", "cpu", "--no-cache"])
    (read,) = json.loads(capfd.readouterr().out)["pages"]
    assert code in (ExitCode.COMPLETE, ExitCode.INCOMPLETE)
    assert read["attempts"][0]["vision_tokens"] == 256
