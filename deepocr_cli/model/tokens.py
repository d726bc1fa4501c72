"""Text to token ids and back, with the tokenizer of a checkpoint; markup tokens are kept, words never become markup."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from deepocr_cli.errors import WeightsError
from deepocr_cli.model.config import PromptConfig

IMAGE_TOKEN = "<image>"
MARKUP_TOKENS = ("<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "<|grounding|>")
"""What a tokenizer must know when the network is asked in words (README of the release)."""
CELL_TOKENS = ("<td>", "</td>")
"""Tokens that repeat in every honest table, and so are exempt from the n-gram guard."""


@dataclass(frozen=True, slots=True)
class TokenCodec:
    """A checkpoint's tokenizer, with the ids that the network's config names."""

    tokenizer: Tokenizer
    prompt: PromptConfig
    markup: re.Pattern[str]
    """Matches every added token; what a user writes must match none."""

    def encode(self, text: str) -> list[int]:
        """Ids of our own text: markup tokens in it are tokens."""
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def encode_plain(self, text: str) -> list[int]:
        """Ids of somebody else's text: what looks like a markup token is spelled out."""
        return [token_id for piece in self._unmarked(text) for token_id in self.encode(piece)]

    def decode(self, token_ids: Sequence[int]) -> str:
        """The text of ids, markup tokens kept, the end of the sequence dropped."""
        kept = [token_id for token_id in token_ids if token_id != self.prompt.eos_id]
        text: str = self.tokenizer.decode(kept, skip_special_tokens=False)
        return text

    def cell_ids(self) -> frozenset[int]:
        """Ids of the tokens that enclose a table's cells, where the tokenizer has them."""
        ids = (self.tokenizer.token_to_id(token) for token in CELL_TOKENS)
        return frozenset(token_id for token_id in ids if token_id is not None)

    def digit_ids(self) -> frozenset[int]:
        """Ids of the tokens that are one to three digits and nothing else, as far as the tokenizer has them."""
        numbers = (f"{number:0{length}}" for length in (1, 2, 3) for number in range(10**length))
        ids = (self.tokenizer.token_to_id(number) for number in numbers)
        return frozenset(token_id for token_id in ids if token_id is not None)

    def _unmarked(self, text: str) -> list[str]:
        """The text cut after the first character of every markup token in it."""
        pieces, start = [], 0
        while found := self.markup.search(text, start):
            cut = found.start() + 1
            pieces.append(text[start:cut])
            start = cut
        return [*pieces, text[start:]]


def load_tokens(folder: Path, prompt: PromptConfig) -> TokenCodec:
    """The tokenizer.json of a checkpoint.

    Raises:
        WeightsError: it is missing, damaged, or lacks the tokens that the network is asked with.
    """
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise WeightsError(f"{folder}: no tokenizer.json", hint="resume or repeat the download")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    # The library raises bare Exceptions, with the reason as their text.
    except Exception as error:
        raise WeightsError(f"{path}: damaged: {error}", hint="download it again") from error
    if prompt.has_words:
        _check_markup(tokenizer, prompt, path)
    return TokenCodec(tokenizer, prompt, _markup_pattern(tokenizer))


def _check_markup(tokenizer: Tokenizer, prompt: PromptConfig, path: Path) -> None:
    missing = [token for token in MARKUP_TOKENS if tokenizer.token_to_id(token) is None]
    if missing:
        raise WeightsError(f"{path}: lacks the token {missing[0]}", hint="it belongs to another network")
    image_id = tokenizer.token_to_id(IMAGE_TOKEN)
    if image_id != prompt.image_id:
        raise WeightsError(
            f"{path}: {IMAGE_TOKEN} is {image_id}, but config.json says {prompt.image_id}",
            hint="it belongs to another network",
        )


def _markup_pattern(tokenizer: Tokenizer) -> re.Pattern[str]:
    """Every added token of two characters or more, longest first; one that nothing matches where there are none."""
    added = (token.content for token in tokenizer.get_added_tokens_decoder().values())
    contents = sorted((content for content in added if len(content) > 1), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, contents)) or r"(?!)")
