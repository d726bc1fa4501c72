"""The months of the report in, its bar chart out: a PNG drawn with matplotlib."""

from pathlib import Path

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
VISITORS = (172, 231, 412, 871, 1240, 1127, 1391, 1864, 1139, 702, 318, 263)


def draw_visitors(target: Path) -> None:
    """Draw visitors by month, each bar with its figure on top."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.rcParams["font.family"] = "Carlito"
    figure, axes = pyplot.subplots(figsize=(6.2, 2.9), dpi=150)
    bars = axes.bar(MONTHS, VISITORS, color="#5b8c5a", width=0.72)
    axes.bar_label(bars, labels=[f"{count:,}" for count in VISITORS], padding=2, fontsize=10)
    axes.set_ylabel("Visitors", fontsize=11)
    axes.set_ylim(0, 2100)
    axes.tick_params(labelsize=10, length=3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(target, metadata={"Software": None}, pil_kwargs={"optimize": True})
    pyplot.close(figure)
