"""Every flag of the command line, once: help, man page and completion are made from this table.

Flags come in the order and under the headings in which `deepocr convert --help` shows them.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from deepocr_cli.settings import Fallback, Format, Quantization, Task, Verify


class ProgressWish(StrEnum):
    """When progress is shown on stderr."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


_SPEND = "How much to spend (one of the four)"
_READ = "What to read"
_WITH = "With what"
_KEEP = "What to keep"
_TRUST = "Trust"
_LIMITS = "Limits"
_MANNERS = "Manners"

Inputs = Annotated[
    list[str],
    Argument(metavar="INPUT", help="PDF or image files, folders of them, or - for standard input.", show_default=False),
]
Output = Annotated[
    str | None,
    Option(
        "--output",
        "-o",
        metavar="PATH",
        help="Write here; - is standard output, the default. Several inputs need a folder/.",
        show_default=False,
    ),
]
OutputFormat = Annotated[
    Format | None,
    Option(
        "--to",
        "-t",
        metavar="FORMAT",
        help="markdown, html, json, jsonl or text; by default what the output's suffix says, else markdown.",
        show_default=False,
    ),
]
PageRanges = Annotated[
    str | None, Option("--pages", metavar="RANGES", help="Pages to read, as in 1-3,7,-2,end.", show_default=False)
]
Recursive = Annotated[bool, Option("--recursive", help="Look for documents in the folders of folders too.")]

Tokens = Annotated[
    int | None,
    Option(
        metavar="N",
        help="The most capable mode that spends at most N vision tokens on a page.",
        rich_help_panel=_SPEND,
        show_default=False,
    ),
]
Ratio = Annotated[
    float | None,
    Option(
        metavar="R",
        help="The cheapest mode whose ratio, estimated text tokens / valid vision tokens, is at most R.",
        rich_help_panel=_SPEND,
        show_default=False,
    ),
]
ModeName = Annotated[
    str,
    Option(
        "--mode",
        metavar="NAME",
        help="One mode of the model by name; auto is --precision 0.97.",
        rich_help_panel=_SPEND,
    ),
]
Precision = Annotated[
    float | None,
    Option(
        metavar="P",
        help="The cheapest mode predicted to get this share of the text right, stepped up while a page is found worse.",
        rich_help_panel=_SPEND,
        show_default=False,
    ),
]

TaskName = Annotated[
    Task,
    Option(
        "--task",
        metavar="TASK",
        help="What the model is asked for: document, text, figure, describe or find.",
        rich_help_panel=_READ,
    ),
]
FindWords = Annotated[
    str | None,
    Option(
        "--find",
        metavar="WORDS",
        help="With --task find: the words to locate.",
        rich_help_panel=_READ,
        show_default=False,
    ),
]
CustomPrompt = Annotated[
    str | None,
    Option("--prompt", metavar="TEXT", help="Ask this instead of a task.", rich_help_panel=_READ, show_default=False),
]

Model = Annotated[
    str,
    Option(
        "--model",
        metavar="NAME|PATH",
        help="nano, deepseek-ocr, or a folder of weights; auto is DeepSeek-OCR where it is on the disk, else nano.",
        rich_help_panel=_WITH,
    ),
]
Device = Annotated[str, Option("--device", metavar="NAME", help="auto, cpu, cuda or mps.", rich_help_panel=_WITH)]
Dtype = Annotated[
    str, Option("--dtype", metavar="NAME", help="auto, float32, bfloat16 or float16.", rich_help_panel=_WITH)
]
QuantizeWish = Annotated[
    Quantization,
    Option(
        "--quantize",
        metavar="|".join(Quantization),
        help="Keep weights in 8 or 4 bits: less memory, faster on a CPU, a little less exact.",
        rich_help_panel=_WITH,
    ),
]

FiguresFolder = Annotated[
    Path | None,
    Option(
        "--figures",
        metavar="DIR",
        help="Cut pictures out and keep them here.",
        rich_help_panel=_KEEP,
        show_default=False,
    ),
]
ReportFile = Annotated[
    Path | None,
    Option(
        "--report",
        metavar="FILE",
        help="Write one line of JSON a page: reader, mode, tokens, fidelity, attempts, texts; deepocr report shows it.",
        rich_help_panel=_KEEP,
        show_default=False,
    ),
]

Depfile = Annotated[
    Path | None,
    Option(
        "--depfile",
        metavar="FILE",
        help="Write rules for make: every output depends on its input.",
        rich_help_panel=_KEEP,
        show_default=False,
    ),
]
CacheFolder = Annotated[
    Path | None,
    Option(
        "--cache",
        metavar="DIR",
        help="Keep readings of pages here, and read no page twice; by default $XDG_CACHE_HOME/deepocr.",
        rich_help_panel=_KEEP,
        show_default=False,
    ),
]
NoCache = Annotated[
    bool, Option("--no-cache", help="Read every page anew, and keep no reading.", rich_help_panel=_KEEP)
]

VerifyWish = Annotated[
    Verify,
    Option(
        "--verify", metavar="|".join(Verify), help="Which independent reader checks a page.", rich_help_panel=_TRUST
    ),
]
FallbackWish = Annotated[
    Fallback,
    Option(
        "--fallback",
        metavar="|".join(Fallback),
        help="What stands for a page that the model read badly: the witness's reading, or none.",
        rich_help_panel=_TRUST,
    ),
]
Strict = Annotated[
    bool,
    Option(
        "--strict",
        help="Count a page that the model did not read itself, or that nothing checked, as incomplete.",
        rich_help_panel=_TRUST,
    ),
]

Attempts = Annotated[
    int, Option("--attempts", metavar="N", help="Readings that the model may take of a page.", rich_help_panel=_TRUST)
]

MaxNewTokens = Annotated[
    int, Option("--max-new-tokens", metavar="N", help="Longest text of a page, in tokens.", rich_help_panel=_LIMITS)
]
Dpi = Annotated[
    float, Option("--dpi", metavar="N", help="Resolution at which PDF pages are drawn.", rich_help_panel=_LIMITS)
]
MaxPixels = Annotated[
    int,
    Option(
        "--max-pixels", metavar="N", help="Largest page, in pixels; larger ones are reduced.", rich_help_panel=_LIMITS
    ),
]
MaxPages = Annotated[
    int,
    Option(
        "--max-pages",
        metavar="N",
        help="Longest document, in pages to be read; longer ones are refused.",
        rich_help_panel=_LIMITS,
    ),
]
PageTimeout = Annotated[
    float,
    Option(
        "--page-timeout",
        metavar="SECONDS",
        help="Longest that opening a document, drawing a page or its text layer or light OCR may take; it fails alone.",
        rich_help_panel=_LIMITS,
    ),
]
Memory = Annotated[
    int | None,
    Option(
        "--memory",
        metavar="MIB",
        help="Memory for what the network remembers of the pages it reads; by default half of what is free. "
        "A page for which there is none left waits.",
        rich_help_panel=_LIMITS,
        show_default=False,
    ),
]
Deterministic = Annotated[
    bool,
    Option(
        "--deterministic",
        help="Read every page as if it were alone: the same text, to the letter, whatever else is read.",
        rich_help_panel=_TRUST,
    ),
]
BatchPages = Annotated[int, Option("--batch-pages", metavar="N", help="Pages read at once.", rich_help_panel=_LIMITS)]
Jobs = Annotated[
    int, Option("--jobs", "-j", metavar="N", min=1, max=64, help="Documents read at once.", rich_help_panel=_LIMITS)
]

Force = Annotated[bool, Option("--force", help="Replace outputs that exist.", rich_help_panel=_MANNERS)]
IfChanged = Annotated[
    bool,
    Option(
        "--if-changed",
        help="Replace outputs only where their content changes; others keep their time.",
        rich_help_panel=_MANNERS,
    ),
]
SkipExisting = Annotated[
    bool, Option("--skip-existing", help="Pass over documents whose output exists.", rich_help_panel=_MANNERS)
]
Quiet = Annotated[bool, Option("--quiet", "-q", help="Say nothing but errors.", rich_help_panel=_MANNERS)]
Verbose = Annotated[bool, Option("--verbose", "-v", help="Say more; show tracebacks.", rich_help_panel=_MANNERS)]
Progress = Annotated[
    ProgressWish,
    Option("--progress", metavar="|".join(ProgressWish), help="Progress on standard error.", rich_help_panel=_MANNERS),
]
PasswordFile = Annotated[
    Path | None,
    Option(
        "--password-file",
        metavar="FILE",
        help="Passwords for encrypted PDFs, one a line; DEEPOCR_PASSWORD holds another.",
        rich_help_panel=_MANNERS,
        show_default=False,
    ),
]
AsJson = Annotated[bool, Option("--json", help="Print JSON instead of a table.")]
