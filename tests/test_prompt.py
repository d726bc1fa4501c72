"""Prompts: the exact ids of every task, and words that stay words."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from deepocr_cli.errors import WeightsError
from deepocr_cli.model.config import PromptConfig
from deepocr_cli.model.prompt import Prompt, build_prompt
from deepocr_cli.model.tokens import CELL_TOKENS, IMAGE_TOKEN, MARKUP_TOKENS, TokenCodec, load_tokens
from deepocr_cli.settings import Task

BOS, EOS = "<|begin|>", "<|end|>"
SPECIAL = (BOS, EOS, IMAGE_TOKEN, *MARKUP_TOKENS, *CELL_TOKENS)
WORDLESS = PromptConfig(image_id=0, bos_id=1, eos_id=2, has_words=False)


def write_tokenizer(folder: Path, special: tuple[str, ...] = SPECIAL) -> None:
    """One token per byte, and the special tokens behind them; half of those are flagged special, half are not."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    for number, content in enumerate(special):
        tokenizer.add_tokens([AddedToken(content, normalized=False, special=number % 2 == 0)])
    tokenizer.save(str(folder / "tokenizer.json"))


@pytest.fixture(scope="module")
def codec(tmp_path_factory: pytest.TempPathFactory) -> TokenCodec:
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder)
    return load_tokens(folder, PromptConfig(image_id=258, bos_id=256, eos_id=257))


def spelled(codec: TokenCodec, text: str) -> list[int]:
    """Ids of text without markup, byte by byte."""
    return [token_id for letter in text for token_id in codec.tokenizer.encode(letter, add_special_tokens=False).ids]


def ids(codec: TokenCodec, *parts: str) -> tuple[int, ...]:
    """Parts that are special tokens as one id, others spelled out."""
    found: list[int] = []
    for part in parts:
        found += [codec.tokenizer.token_to_id(part)] if part in SPECIAL else spelled(codec, part)
    return tuple(found)


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (Task.DOCUMENT, ("\n", "<|grounding|>", "Convert the document to markdown.")),
        (Task.TEXT, ("\nFree OCR.",)),
        (Task.FIGURE, ("\nParse the figure.",)),
        (Task.DESCRIBE, ("\nDescribe this image in detail.",)),
    ],
)
def test_each_task_has_its_published_words(codec: TokenCodec, task: Task, words: tuple[str, ...]) -> None:
    assert build_prompt(codec, 3, task) == Prompt(ids(codec, BOS, *[IMAGE_TOKEN] * 3, *words), 3)


def test_find_wraps_the_words(codec: TokenCodec) -> None:
    expected = ids(codec, BOS, IMAGE_TOKEN, "\nLocate ", "<|ref|>", "total sum", "<|/ref|>", " in the image.")
    assert build_prompt(codec, 1, Task.FIND, find="total sum").ids == expected


def test_a_question_of_the_users_own(codec: TokenCodec) -> None:
    assert build_prompt(codec, 1, custom="How many?").ids == ids(codec, BOS, IMAGE_TOKEN, "\nHow many?")


def test_a_network_without_words_is_shown_the_image_alone(tmp_path: Path) -> None:
    write_tokenizer(tmp_path, special=())
    codec = load_tokens(tmp_path, WORDLESS)
    assert build_prompt(codec, 4, Task.FIND, find="total") == Prompt((0, 0, 0, 0, 1), 4)


markup_like = st.lists(st.sampled_from([*SPECIAL, "<", "|", ">", "ref", "a", "é", "\n", " "]), max_size=12).map("".join)


@given(words=markup_like | st.text(max_size=20))
def test_words_never_become_markup(codec: TokenCodec, words: str) -> None:
    plain = codec.encode_plain(words)
    assert max(plain, default=0) < 256
    assert codec.decode(plain) == words


def test_our_own_markup_is_never_split(codec: TokenCodec) -> None:
    assert len(codec.encode("".join(SPECIAL))) == len(SPECIAL)


def test_decoding_keeps_markup_and_drops_the_end(codec: TokenCodec) -> None:
    assert codec.decode(ids(codec, "<|ref|>", "title", "<|/ref|>", EOS)) == "<|ref|>title<|/ref|>"


def test_cells_are_exempt_by_their_ids(codec: TokenCodec) -> None:
    assert codec.cell_ids() == {codec.tokenizer.token_to_id(token) for token in CELL_TOKENS}


@pytest.mark.parametrize(
    ("special", "message"),
    [
        ((BOS, EOS, IMAGE_TOKEN), r"lacks the token <\|ref\|>"),
        ((BOS, IMAGE_TOKEN, EOS, *MARKUP_TOKENS), "<image> is 257, but config.json says 258"),
    ],
)
def test_a_tokenizer_of_another_network_is_refused(tmp_path: Path, special: tuple[str, ...], message: str) -> None:
    write_tokenizer(tmp_path, special)
    with pytest.raises(WeightsError, match=message):
        load_tokens(tmp_path, PromptConfig(image_id=258))


@pytest.mark.parametrize("content", [None, "", "{}", '{"model": {"type": "no such"}}'])
def test_a_damaged_tokenizer_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(WeightsError, match=r"tokenizer\.json"):
        load_tokens(tmp_path, PromptConfig())
