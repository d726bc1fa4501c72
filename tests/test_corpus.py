"""Texts in the published syntax, whole, sloppy and broken, become the blocks that their golden files list."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from deepocr_cli.document import Block
from deepocr_cli.exact_json import from_plain, to_plain
from deepocr_cli.reading.grounding import parse_blocks

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.txt"))
MARKUP = ["<", ">", "|", "[", "]", "</td>", "$", "\\", ""]
NAMES = [path.stem for path in CORPUS]


def plain_blocks(text: str) -> str:
    return json.dumps([to_plain(block) for block in parse_blocks(text)], ensure_ascii=False, indent=1) + "\n"


@pytest.mark.parametrize("path", CORPUS, ids=NAMES)
def test_a_text_of_the_corpus_becomes_its_blocks(path: Path, golden: Callable[[str, str], None]) -> None:
    golden(f"corpus/{path.stem}.json", plain_blocks(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", CORPUS, ids=NAMES)
def test_blocks_come_back_from_json_with_all_that_they_hold(path: Path) -> None:
    blocks = parse_blocks(path.read_text(encoding="utf-8"))
    restored = tuple(from_plain(Block, json.loads(json.dumps(to_plain(block)))) for block in blocks)
    assert restored == blocks
    assert [block.coordinates for block in restored] == [block.coordinates for block in blocks]


@pytest.mark.parametrize("path", CORPUS, ids=NAMES)
def test_a_text_cut_anywhere_swallows_nothing_that_follows(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for cut in range(0, len(text), 7):
        shown = " ".join(block.text for block in parse_blocks(text[:cut] + "\n\nzebra"))
        assert "zebra" in shown


@pytest.mark.parametrize("path", CORPUS, ids=NAMES)
def test_damaged_texts_are_read_and_keep_their_letters(path: Path) -> None:
    """Characters of markup go astray; a word put between them comes out, wherever it stands."""
    text = path.read_text(encoding="utf-8")
    chance = random.Random(path.stem)
    for _ in range(60):
        letters = list(text)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(letters))
            letters[place : place + chance.randint(0, 3)] = chance.choice(
                ["<", ">", "|", "[", "]", "</td>", "$", "\\", ""]
            )
        words = " ".join(block.text for block in parse_blocks("".join(letters) + "\n\nzebra crossing"))
        assert "zebra crossing" in " ".join(words.split())
