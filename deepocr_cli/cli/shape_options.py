"""The flags for the shape of a result and for single questions, once, as `options` has those of reading."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from deepocr_cli.style import Headers, MathStyle, TableStyle

_READ = "What to read"
_SHAPE = "Shape of the result"
_KEEP = "What to keep"

TablesWish = Annotated[
    TableStyle,
    Option(
        "--tables",
        metavar="|".join(TableStyle),
        help="Tables in markdown: HTML, pipes where no span is lost, or HTML and a CSV file of each beside the output.",
        rich_help_panel=_SHAPE,
    ),
]
NoJoinTables = Annotated[
    bool,
    Option("--no-join-tables", help="Leave a table that goes on across pages in pieces.", rich_help_panel=_SHAPE),
]
MathWish = Annotated[
    MathStyle,
    Option(
        "--math",
        metavar="|".join(MathStyle),
        help="What stands around formulas in markdown.",
        rich_help_panel=_SHAPE,
    ),
]
HeadersWish = Annotated[
    Headers,
    Option(
        "--headers",
        metavar="|".join(Headers),
        help="Running headers, footers and page numbers that recur on several pages; JSON has them in any case.",
        rich_help_panel=_SHAPE,
    ),
]
FrontMatter = Annotated[
    bool,
    Option(
        "--front-matter",
        help="Begin markdown with title, source, pages, model, modes, tokens, ratio and precision as YAML.",
        rich_help_panel=_SHAPE,
    ),
]
PageAnchors = Annotated[
    bool,
    Option(
        "--page-anchors",
        help="Put an anchor before every page in markdown, so that #page-3 is a place; HTML has them in any case.",
        rich_help_panel=_SHAPE,
    ),
]
Overlay = Annotated[
    Path | None,
    Option(
        "--overlay",
        metavar="OUT.pdf",
        help="Write the pages with boxes drawn around what was read.",
        rich_help_panel=_KEEP,
        show_default=False,
    ),
]
Searchable = Annotated[
    Path | None,
    Option(
        "--searchable",
        metavar="OUT.pdf",
        help="Write the pages with their text in an invisible layer, to be searched and copied.",
        rich_help_panel=_KEEP,
        show_default=False,
    ),
]
ParseFigures = Annotated[
    bool,
    Option(
        "--parse-figures",
        help="Ask the model about every picture: charts become numbers, molecules SMILES, drawings coordinates.",
        rich_help_panel=_READ,
    ),
]
OneInput = Annotated[str, Argument(metavar="FILE", help="A PDF or image file, or - for standard input.")]
WordsToFind = Annotated[str, Argument(metavar="WORDS", help="The words to locate.")]
AnswerAsJson = Annotated[bool, Option("--json", help="Print JSON instead of text.")]
