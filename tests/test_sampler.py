"""The next token: the likeliest that is allowed, and the guard against its slow twin."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from deepocr_cli.engine.sampler import NOT_FINITE, RepeatGuard, choose_tokens

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


def test_the_likeliest_token_that_is_not_banned() -> None:
    logits = torch.tensor([[0.0, 3.0, 2.0], [0.0, 3.0, 2.0], [0.0, float("nan"), 1.0]])
    repeating = RepeatGuard(size=1, window=5)
    repeating.append(1)
    assert choose_tokens(logits, [RepeatGuard(3, 9), repeating, RepeatGuard(3, 9)]) == [1, 2, NOT_FINITE]


def test_a_guard_that_bans_everything_ends_the_page() -> None:
    both = RepeatGuard(size=1, window=5)
    for token_id in (0, 1):
        both.append(token_id)
    assert choose_tokens(torch.zeros(1, 2), [both]) == [NOT_FINITE]
    assert choose_tokens(torch.zeros(1, 2), [both.anew()]) == [0]
