"""The flags that let a server read, once, as `options` has those of reading on this machine."""

from typing import Annotated

from typer import Option

_WITH = "With what"
_LIMITS = "Limits"
_MANNERS = "Manners"

Engine = Annotated[
    str | None,
    Option(
        metavar="URL",
        help="Let an OpenAI-compatible server of the model read (vLLM, SGLang, llama.cpp); DEEPOCR_API_KEY is its key.",
        rich_help_panel=_WITH,
        show_default=False,
    ),
]
EngineModel = Annotated[
    str | None,
    Option(
        metavar="NAME",
        help="The server's name for the model; by default the only one that it lists.",
        rich_help_panel=_WITH,
        show_default=False,
    ),
]
EngineTimeout = Annotated[
    float,
    Option(
        metavar="SECONDS",
        help="Longest that the model may compute a page, or a server take over it with all tries; it is failed then.",
        rich_help_panel=_LIMITS,
    ),
]
Offline = Annotated[
    bool,
    Option("--offline", help="Use no network: --engine takes a server on this machine only.", rich_help_panel=_MANNERS),
]
