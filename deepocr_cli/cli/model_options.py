"""The flags and arguments of `deepocr models`, once, as `options` has those of the other commands."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from deepocr_cli.settings import Quantization

Network = Annotated[
    str, Argument(metavar="NAME|PATH", help="A known network, or a folder with a checkpoint.", show_default=False)
]
KnownNetwork = Annotated[str, Argument(metavar="NAME", help="A network that `models list` shows.", show_default=False)]
Revision = Annotated[
    str | None,
    Option(metavar="NAME", help="Branch, tag or commit of the repository; by default main.", show_default=False),
]
ToFolder = Annotated[
    Path | None,
    Option("--to", metavar="DIR", help="Fetch into this folder, not into the Hugging Face cache.", show_default=False),
]
QuantizedFolder = Annotated[
    Path, Argument(metavar="DIR", help="Where the quantised network goes; the folder is made.", show_default=False)
]
QuantizedKind = Annotated[Quantization, Option("--quantize", metavar="int8|int4", help="Bits a weight is kept in.")]
Offline = Annotated[bool, Option("--offline", help="Use no network: print where the files are, or fail.")]
