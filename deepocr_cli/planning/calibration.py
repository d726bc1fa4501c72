"""What precision to expect of a mode: a measured curve of (ratio, precision), read between its points."""

from itertools import accumulate, pairwise

from deepocr_cli.model.catalog import Curve


def predict_precision(curve: Curve, ratio: float) -> float:
    """The precision that a curve gives for a ratio.

    Linear between the points, flat before the first; after the last it goes on falling as steeply as from the first
    to the last, and never below 0. The curve is made monotone first: a denser page is never expected to read better.

    Raises:
        ValueError: the curve has no points.
    """
    points = make_monotone(curve)
    if ratio <= points[0][0]:
        return points[0][1]
    for (left, high), (right, low) in pairwise(points):
        if ratio <= right:
            return high + (low - high) * (ratio - left) / (right - left)
    (first, best), (last, worst) = points[0], points[-1]
    steepness = (best - worst) / (last - first) if last > first else 0.0
    return max(0.0, worst - steepness * (ratio - last))


def make_monotone(curve: Curve) -> Curve:
    """The curve sorted by ratio, each precision lowered to the least before it; equal ratios are merged."""
    if not curve:
        raise ValueError("a calibration curve needs at least one point")
    ordered = sorted(curve)
    lowest = accumulate((precision for _, precision in ordered), min)
    merged = dict(zip((ratio for ratio, _ in ordered), lowest, strict=True))
    return tuple(merged.items())
