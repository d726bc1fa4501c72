"""Loops: the watch against its slow twin, runaways that are stopped, honest repetition that is left alone."""

import random
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepocr_cli.engine import loops
from deepocr_cli.engine.loops import LoopWatch

few_tokens = st.lists(st.integers(0, 2), max_size=80)

CELL, CELL_END, ROW, ROW_END, LINE_END = 1, 2, 3, 4, 5
CELLS = frozenset({CELL, CELL_END})
DIGITS = frozenset(range(1000, 2000))
"""1000 stands for the digits 000, 1999 for 999."""
LIMIT = 8192


def looped_slowly(ids: list[int]) -> int | None:
    """How many tokens to keep where the end of a text repeats a period, computed anew from the whole text."""
    for period in range(1, loops.LONGEST_PERIOD + 1):
        repeated = 0
        while repeated + period < len(ids) and ids[-1 - repeated] == ids[-1 - repeated - period]:
            repeated += 1
        if repeated >= max(loops.PATIENCE, period * loops.TURNS):
            return len(ids) - repeated
    return None


@settings(max_examples=200)
@given(start=few_tokens, turn=st.lists(st.integers(0, 2), min_size=1, max_size=6), turns=st.integers(0, 12))
def test_the_watch_sees_what_its_slow_twin_sees(start: list[int], turn: list[int], turns: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("LONGEST_PERIOD", 5), ("TURNS", 3), ("PATIENCE", 8), ("LOOK_EVERY", 1)):
            patch.setattr(loops, name, value)
        patch.setattr(loops, "PERIODS", loops.PERIODS[:5])
        watch, ids = LoopWatch(), []
        for token_id in start + turn * turns:
            ids.append(token_id)
            found = watch.append(token_id)
            assert found == looped_slowly(ids)
            if found is not None:
                return


def first_loop(ids: Iterable[int]) -> tuple[int, int] | None:
    """After how many tokens a loop is seen, and how many are kept."""
    watch = LoopWatch(CELLS, DIGITS)
    for count, token_id in enumerate(ids, start=1):
        kept = watch.append(token_id)
        if kept is not None:
            return count, kept
    return None


def number(value: int) -> list[int]:
    """A number as tokenizers write it: three digits a token."""
    groups = f"{value:,}".split(",")
    return [1000 + int(group) for group in groups]


def row_of(*cells: list[int]) -> list[int]:
    return [ROW, *(token for cell in cells for token in (CELL, *cell, CELL_END)), ROW_END]


def flat(lines: Iterable[list[int]]) -> list[int]:
    return [token for line in lines for token in line]


def test_a_loop_is_seen_early_and_one_turn_is_kept() -> None:
    text, turn = list(range(200, 400)), list(range(20, 80))
    seen, kept = first_loop(text + turn * 100) or (0, 0)
    assert kept == len(text) + len(turn)
    assert seen <= kept + max(loops.PATIENCE, loops.TURNS * len(turn)) + loops.LOOK_EVERY


chance = random.Random(4)
HONEST = {
    "two hundred like rows": flat(row_of([7, 8], number(index), [9]) for index in range(200)),
    "two hundred equal rows": row_of([7], [8, 9]) * 200,
    "two hundred rows of ten numbers": flat(
        row_of(*(number(chance.randrange(10**6)) for _ in range(10))) for _ in range(200)
    ),
    "a year of dates": flat(
        [*number(2024), 20, *number(day // 31 + 1), 20, *number(day % 31 + 1), LINE_END] for day in range(365)
    ),
    "a list of 400 numbered lines": flat([*number(index), 21, 30 + index % 500, LINE_END] for index in range(400)),
    "a page of dot leaders": flat([100 + line, *[22] * 80, *number(line), LINE_END] for line in range(60)),
    "a thousand digits": [1000 + chance.randrange(1000) for _ in range(334)],
}


@pytest.mark.parametrize("ids", HONEST.values(), ids=HONEST.keys())
def test_honest_repetition_is_left_alone(ids: list[int]) -> None:
    assert first_loop(ids) is None


RUNAWAYS = {
    "dashes": [23] * LIMIT,
    "one digit": [1000] * LIMIT,
    "digits": [1000 + chance.randrange(1000) for _ in range(LIMIT)],
    "a row without end": [ROW, *[CELL, CELL_END] * LIMIT],
    "a row of numbers without end": flat([CELL, *number(chance.randrange(10**4)), CELL_END] for _ in range(LIMIT)),
    "a table without end": row_of([7], [8, 9], [7]) * LIMIT,
    "a table that counts": flat(row_of(number(index), [8]) for index in range(LIMIT)),
    "1. 2. 3.": flat([*number(index), 21, 20] for index in range(LIMIT)),
    "1.1.1.1": flat([1001, 21] for _ in range(LIMIT)),
}


@pytest.mark.parametrize("ids", RUNAWAYS.values(), ids=RUNAWAYS.keys())
def test_a_runaway_is_stopped_and_little_of_it_is_kept(ids: list[int]) -> None:
    text = [200 + chance.randrange(300) for _ in range(150)]
    seen, kept = first_loop(text + ids) or (LIMIT, LIMIT)
    assert seen < 5000
    assert len(text) <= kept <= len(text) + 40
