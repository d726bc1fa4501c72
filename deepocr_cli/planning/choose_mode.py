"""The dial: from what the user will spend and what the page holds to a ladder of modes, cheapest first."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from deepocr_cli.document import Plan, TextEstimate
from deepocr_cli.errors import UsageError
from deepocr_cli.model.catalog import Curve
from deepocr_cli.modes import PIXELS_PER_TOKEN_SIDE, Fit, Mode, TileGrid
from deepocr_cli.planning.calibration import predict_precision
from deepocr_cli.settings import Dial

CurveOf = Callable[[Mode], Curve | None]
"""The calibration of a mode; None where nothing was measured."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A mode priced for one page."""

    mode: Mode
    vision_tokens: int
    valid_tokens: int
    ratio: float
    precision: float | None


def choose_mode(
    size: tuple[int, int],
    estimate: TextEstimate,
    modes: Sequence[Mode],
    curve_of: CurveOf,
    dial: Dial,
    ratio_limit: float | None = None,
) -> Plan:
    """Plan a page of `size` (width, height) pixels.

    Args:
        modes: those that the model offers, from the least capable to the most.
        curve_of: the calibration of each mode; None predicts nothing of it. Where nothing is predicted, a precision
            asks for the most capable mode.
        ratio_limit: what this document's pages have taught: modes of this ratio and above are passed over.

    Raises:
        UsageError: the model has no such mode, or none that is cheap enough.
    """
    if dial.mode is not None:
        chosen = (named_mode(modes, dial.mode),)
        return _plan(_offer(chosen[0], size, estimate, curve_of), chosen, estimate, f"--mode {dial.mode}")
    if dial.tokens is not None:
        mode = _most_capable_within(modes, size, estimate, dial.tokens)
        return _plan(_offer(mode, size, estimate, curve_of), (mode,), estimate, f"at most {dial.tokens} vision tokens")
    offers = [_offer(mode, size, estimate, curve_of) for mode in modes]
    if dial.ratio is not None:
        enough = (offer.ratio <= dial.ratio for offer in offers)
        wish = f"ratio at most {dial.ratio:g}"
    else:
        enough = (offer.precision is not None and offer.precision >= dial.target_precision for offer in offers)
        wish = f"predicted precision at least {dial.target_precision:g}"
    if ratio_limit is not None:
        enough = (
            is_enough and offer.ratio < ratio_limit for is_enough, offer in zip(list(enough), offers, strict=True)
        )
        wish = f"{wish}, ratio below {ratio_limit:.1f} as the pages before needed"
    return _climb(offers, list(enough), estimate, wish)


def _climb(offers: Sequence[Offer], enough: Sequence[bool], estimate: TextEstimate, wish: str) -> Plan:
    """The cheapest offer that is enough, with the dearer ones behind it; else the most capable one alone."""
    fitting = [offer for offer, is_enough in zip(offers, enough, strict=True) if is_enough]
    if not fitting:
        best = offers[-1]
        return _plan(best, (best.mode,), estimate, f"no mode has a {wish}; the most capable one")
    first = min(fitting, key=lambda offer: offer.vision_tokens)
    dearer = [offer.mode for offer in offers if offer.vision_tokens > first.vision_tokens]
    return _plan(first, (first.mode, *dearer), estimate, wish)


def _most_capable_within(
    modes: Sequence[Mode], size: tuple[int, int], estimate: TextEstimate, token_limit: int
) -> Mode:
    """The last mode that spends at most `token_limit` vision tokens, with as many tiles as fit."""
    affordable = [
        fitted
        for mode in modes
        if (fitted := _limit_tiles(mode, token_limit)) is not None
        and fitted.vision_token_count(_grid(fitted, size, estimate)) <= token_limit
    ]
    if not affordable:
        cheapest = min(mode.vision_token_count(_least_grid(mode, estimate)) for mode in modes)
        raise UsageError(
            f"--tokens {token_limit} is too few: the cheapest mode spends {cheapest} vision tokens a page",
            hint=f"try --tokens {cheapest}",
        )
    return affordable[-1]


def _limit_tiles(mode: Mode, token_limit: int) -> Mode | None:
    """The mode with no more tiles than the limit pays for; None where it pays for too few."""
    if mode.tile_size is None:
        return mode
    tile_tokens = (mode.tile_size // PIXELS_PER_TOKEN_SIDE) ** 2
    affordable = (token_limit - mode.vision_token_count()) // tile_tokens
    return replace(mode, max_tiles=min(mode.max_tiles, affordable)) if affordable >= mode.min_tiles else None


def named_mode(modes: Iterable[Mode], name: str) -> Mode:
    """The mode of that name.

    Raises:
        UsageError: there is none.
    """
    known = {mode.name: mode for mode in modes}
    if name not in known:
        raise UsageError(f"--mode {name}: the model has no such mode", hint=f"its modes are {', '.join(known)}")
    return known[name]


def _offer(mode: Mode, size: tuple[int, int], estimate: TextEstimate, curve_of: CurveOf) -> Offer:
    vision_tokens = mode.vision_token_count(_grid(mode, size, estimate))
    valid_tokens = vision_tokens if mode.fit is Fit.STRIPS else mode.valid_token_count(*size)
    ratio = estimate.text_tokens / valid_tokens
    curve = curve_of(mode)
    precision = None if curve is None else predict_precision(curve, ratio)
    return Offer(mode, vision_tokens, valid_tokens, ratio, precision)


def _grid(mode: Mode, size: tuple[int, int], estimate: TextEstimate) -> TileGrid | None:
    """How a page is cut in a mode: into tiles by its size, or into strips by its lines."""
    return _least_grid(mode, estimate) if mode.fit is Fit.STRIPS else mode.grid_for(*size)


def _least_grid(mode: Mode, estimate: TextEstimate) -> TileGrid | None:
    return mode.strips_for(estimate.rows_at(mode.letter_size)) if mode.fit is Fit.STRIPS else None


def _plan(offer: Offer, ladder: tuple[Mode, ...], estimate: TextEstimate, reason: str) -> Plan:
    return Plan(
        modes=ladder,
        estimate=estimate,
        vision_tokens=offer.vision_tokens,
        valid_tokens=offer.valid_tokens,
        ratio=offer.ratio,
        precision=offer.precision,
        reason=reason,
    )
