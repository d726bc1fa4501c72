"""`deepocr schema`: the JSON schema of what `-t json` writes."""

from deepocr_cli.errors import ExitCode


def schema() -> ExitCode:
    """Print the JSON schema of documents; each line of -t jsonl is a page of it with the version and the source."""
    from importlib.resources import files

    print(files("deepocr_cli.writers").joinpath("document.schema.json").read_text(encoding="utf-8"), end="")
    return ExitCode.COMPLETE
