"""The kinds of blocks by what they are on a page; the words are those of the released model, and two of our own."""

HEADINGS = frozenset({"title", "sub_title"})
RUNNING = frozenset({"running_header", "running_footer", "page_number"})
"""What pages merely repeat; the first two are our words, for a `header` or `footer` that recurs."""
MARGINS = RUNNING | {"header", "footer"}
FOOTNOTES = frozenset({"footnote", "page_footnote"})
FLOATS = frozenset(
    {
        *("table", "table_caption", "table_footnote", "chart", "chart_caption"),
        *("image", "image_caption", "image_footnote", "figure", "figure_caption"),
    }
)
"""Figures and tables, and what belongs to them: they may stand in the midst of a sentence."""
