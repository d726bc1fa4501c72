"""The next token: the guard against its slow twin, the watch for loops against its own, and honest repetition."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from deepocr_cli.engine import sampler
from deepocr_cli.engine.sampler import LoopWatch, RepeatGuard, choose_tokens

few_tokens = st.lists(st.integers(0, 2), max_size=80)


def banned_slowly(ids: list[int], size: int, window: int, exempt: frozenset[int]) -> set[int]:
    """What the released guard bans, computed anew from the whole text."""
    if len(ids) < size:
        return set()
    prefix = ids[len(ids) - size + 1 :]
    starts = range(max(0, len(ids) - window), len(ids) - size + 1)
    grams = [ids[start : start + size] for start in starts]
    return {gram[-1] for gram in grams if gram[:-1] == prefix} - exempt


@settings(max_examples=300)
@given(ids=few_tokens, size=st.integers(1, 6), window=st.integers(1, 30), exempt=st.frozensets(st.integers(0, 2)))
def test_the_guard_is_the_released_one(ids: list[int], size: int, window: int, exempt: frozenset[int]) -> None:
    guard = RepeatGuard(size, window, exempt)
    for count, token_id in enumerate(ids):
        assert guard.banned() == banned_slowly(ids[:count], size, window, exempt)
        guard.append(token_id)


def looped_slowly(ids: list[int]) -> int | None:
    """How many tokens to keep where the end of a text repeats a period, computed anew from the whole text."""
    for period in range(1, sampler.LOOP_LONGEST_PERIOD + 1):
        repeated = 0
        while repeated + period < len(ids) and ids[-1 - repeated] == ids[-1 - repeated - period]:
            repeated += 1
        if repeated >= max(sampler.LOOP_PATIENCE, period * sampler.LOOP_TURNS):
            return len(ids) - repeated
    return None


@settings(max_examples=200)
@given(start=few_tokens, turn=st.lists(st.integers(0, 2), min_size=1, max_size=6), turns=st.integers(0, 12))
def test_the_watch_sees_what_its_slow_twin_sees(start: list[int], turn: list[int], turns: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampler, "LOOP_LONGEST_PERIOD", 5)
        patch.setattr(sampler, "LOOP_TURNS", 3)
        patch.setattr(sampler, "LOOP_PATIENCE", 8)
        watch, ids = LoopWatch(), []
        for token_id in start + turn * turns:
            ids.append(token_id)
            found = watch.append(token_id)
            assert found == looped_slowly(ids)
            if found is not None:
                return


def first_loop(ids: list[int], cell_ids: frozenset[int] = frozenset()) -> tuple[int, int] | None:
    """After how many tokens a loop is seen, and how many are kept."""
    watch = LoopWatch(cell_ids)
    for count, token_id in enumerate(ids, start=1):
        kept = watch.append(token_id)
        if kept is not None:
            return count, kept
    return None


def test_a_loop_is_seen_early_and_one_turn_is_kept() -> None:
    text, turn = list(range(1000, 1200)), list(range(60))
    seen, kept = first_loop(text + turn * 100) or (0, 0)
    assert kept == len(text) + len(turn)
    assert seen <= kept + max(sampler.LOOP_PATIENCE, sampler.LOOP_TURNS * len(turn))


def test_honest_repetition_is_left_alone() -> None:
    like_rows = [[7, 1, 8, number, 9] for number in range(200)]
    dates = [[5, 100 + day // 31, 6, day % 31] for day in range(365)]
    leaders = [[*[3] * 80, 1000 + line] for line in range(60)]
    for lines in (like_rows, dates, leaders):
        assert first_loop([token_id for line in lines for token_id in line]) is None


def test_a_table_of_two_hundred_equal_rows_is_honest_and_one_without_end_is_not() -> None:
    row, cells = [10, 11, 5, 12, 11, 5, 12, 13], frozenset({11, 12})
    assert first_loop(row * 200, cells) is None
    assert first_loop(row * 2000, cells) == (sampler.TABLE_PATIENCE + len(row), len(row))


def test_the_likeliest_token_that_is_not_banned() -> None:
    logits = torch.tensor([[0.0, 3.0, 2.0], [0.0, 3.0, 2.0], [0.0, float("nan"), 1.0]])
    repeating = RepeatGuard(size=1, window=5)
    repeating.append(1)
    token_ids, are_finite = choose_tokens(logits, [RepeatGuard(3, 9), repeating, RepeatGuard(3, 9)])
    assert token_ids[:2] == [1, 2]
    assert are_finite == [True, True, False]
