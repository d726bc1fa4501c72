"""The sentences that help and man page share: what the dial counts, and what the exit codes mean."""

from deepocr_cli.errors import ExitCode

DESCRIPTION = (
    "deepocr shows a page to an encoder that turns it into a few hundred vision tokens, and lets a decoder read the "
    "text back from them. Every page is compared with an independent reader, the PDF's text layer or a light OCR, and "
    "is replaced by that reader's text where the two disagree; the last line on standard error says who read what."
)

DIAL = (
    (
        "vision tokens",
        "What a page costs: a view of S x S pixels is (S / 64) squared tokens, and every tile adds its own, as the "
        "DeepSeek-OCR paper counts them; newline and separator positions in the decoder's sequence are not counted.",
    ),
    ("valid vision tokens", "Those that show the page; the grey border of a padded view is left out."),
    ("ratio", "Estimated text tokens / valid vision tokens: how far the page's text is compressed."),
    (
        "estimate",
        "The page's text tokens, counted in the PDF's text layer where it has a visible one, else judged from the ink.",
    ),
    (
        "precision",
        "The share of the text expected to be right at a ratio: for DeepSeek-OCR from the paper's table (Fox, "
        "English), for other models from their own calibration.",
    ),
)

EXIT_CODES = {
    ExitCode.COMPLETE: "every page is complete (also when the reader of a pipe went away)",
    ExitCode.UNEXPECTED: "unexpected error; --verbose shows the traceback",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.INPUT: "an input is missing, unreadable, encrypted or not a document",
    ExitCode.INCOMPLETE: (
        "output written, but a page is incomplete: looped, too long, failed, below the asked precision, or doubted by "
        "its witness"
    ),
    ExitCode.WEIGHTS: "weights are missing, corrupt or of another architecture",
    ExitCode.OUTPUT: "an output exists and --force was not given, or it cannot be written",
    ExitCode.MEMORY: "out of memory",
    ExitCode.INTERRUPTED: "interrupted; what was read is kept in the cache",
    ExitCode.TERMINATED: "terminated by a signal, likewise",
}

EXAMPLES = (
    ("deepocr convert paper.pdf", "Print a PDF as markdown."),
    ("deepocr convert paper.pdf -o paper.html --figures figures/", "Write a web page, with its pictures beside it."),
    ("curl -s URL | deepocr convert - -t json | jq .pages[0]", "Read from a pipe, write to a pipe."),
    ("deepocr convert scans/ -o text/ -t text", "Convert a folder."),
    ("deepocr models pull deepseek-ocr", "Fetch the released weights, 6.7 GB, or the rest of them."),
    ("deepocr plan book.pdf --ratio 10", "See what tenfold compression would cost, without reading."),
)


def dial_help() -> str:
    """The definitions as paragraphs for `--help`."""
    return "\n\n".join(f"{term}: {meaning}" for term, meaning in DIAL)
