"""`deepocr schema`: the JSON schema of what `-t json` writes."""

import sys

from deepocr_cli.errors import ExitCode
from deepocr_cli.store.files import write_stdout


def schema() -> ExitCode:
    """Print the JSON schema of documents; each line of -t jsonl is a page of it with the version and the source."""
    from importlib.resources import files

    write_stdout(sys.stdout.buffer, files("deepocr_cli.writers").joinpath("document.schema.json").read_bytes())
    return ExitCode.COMPLETE
