"""The alphabet becomes a tokenizer.json of single characters; a sample's text becomes ids with places.

The format is that of byte-level BPE, whose merges put every character of several bytes together again.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from deepocr_cli.training.alphabet import LATIN_SIGNS, PRINTABLE
from deepocr_cli.training.sample import Sample

MARKUP = (
    "<pad>", "<bos>", "<eos>", "\n\n", "\n- ", "- ", "## ", "# ", "**",
    "<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>",
)  # fmt: skip
"""The first ids; "\\n\\n" ends a paragraph."""
BOS_ID, EOS_ID, PARAGRAPH_ID = 1, 2, 3
TABLE_MARKUP = MARKUP[9:]


def build_tokenizer() -> Tokenizer:
    """A tokenizer in which every character of the alphabet is one id, the space and the line break too."""
    vocabulary = {token: number for number, token in enumerate(MARKUP)}
    for character in (*PRINTABLE, "\n", " "):
        vocabulary.setdefault(_byte_letters(character), len(vocabulary))
    spelled = [_byte_letters(sign) for sign in LATIN_SIGNS]
    for letter in "".join(spelled):
        vocabulary.setdefault(letter, len(vocabulary))
    merges = []
    for letters in spelled:
        for count in range(1, len(letters)):
            merged = letters[: count + 1]
            if merged not in vocabulary:
                vocabulary[merged] = len(vocabulary)
                merges.append((letters[:count], letters[count]))
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in MARKUP])
    return tokenizer


def write_tokenizer(folder: Path) -> None:
    """Write tokenizer.json into `folder`."""
    build_tokenizer().save(str(folder / "tokenizer.json"))


def character_ids(tokenizer: Tokenizer) -> dict[str, int]:
    """The id of every character, of the paragraph's end, and of the markup of tables.

    Raises:
        ValueError: the tokenizer does not know a character as one id.
    """
    ids = {"\n\n": PARAGRAPH_ID, **{mark: MARKUP.index(mark) for mark in TABLE_MARKUP}}
    for character in (*PRINTABLE, *LATIN_SIGNS, "\n", " "):
        token_id = tokenizer.token_to_id(_byte_letters(character))
        if token_id is None:
            raise ValueError(f"the tokenizer has no id for {character!r}")
        ids[character] = token_id
    return ids


def encode_sample(sample: Sample, ids: dict[str, int]) -> tuple[list[int], NDArray[np.float32]]:
    """The ids of a sample's text, and the middle (ids, 2) of each in pixels."""
    encoded, places, start = [], [], 0
    while start < len(sample.text):
        piece = _piece(sample, start)
        encoded.append(ids[piece])
        places.append(start)
        start += len(piece)
    return encoded, sample.positions[places]


def _piece(sample: Sample, start: int) -> str:
    """What is one id from `start` on; markup that is drawn as it is written is read letter by letter."""
    if sample.text.startswith("\n\n", start):
        return "\n\n"
    if sample.text[start] == "<" and sample.is_glyph is not None and not sample.is_glyph[start]:
        return next((mark for mark in TABLE_MARKUP if sample.text.startswith(mark, start)), "<")
    return sample.text[start]


def decode_ids(token_ids: Sequence[int], tokenizer: Tokenizer) -> str:
    """The text of ids up to the end of the sequence."""
    ids = list(token_ids)
    written = ids[: ids.index(EOS_ID)] if EOS_ID in ids else ids
    text: str = tokenizer.decode([token_id for token_id in written if token_id >= EOS_ID], skip_special_tokens=False)
    return text


def _byte_letters(character: str) -> str:
    """A character's bytes in the letters that byte-level BPE writes for them."""
    return "".join(_BYTE_LETTERS[byte] for byte in character.encode())


def _make_byte_letters() -> list[str]:
    """Printable bytes are their own letters, the others take those from U+0100 on (GPT-2's table)."""
    own = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte if byte in own else next(others)) for byte in range(256)]


_BYTE_LETTERS = _make_byte_letters()
