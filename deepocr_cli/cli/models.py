"""`deepocr models`: which networks there are, what is known of them, fetching them, and putting one to the test."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from deepocr_cli.cli import model_options, options
from deepocr_cli.cli.console import Console, protected_stdout
from deepocr_cli.errors import ExitCode, MemoryExhaustedError, UsageError, WeightsError
from deepocr_cli.settings import Quantization
from deepocr_cli.store.files import write_stdout

if TYPE_CHECKING:
    from deepocr_cli.model.catalog import CatalogEntry

models_commands = typer.Typer(
    name="models", help="List, describe, fetch and check the networks that read.", no_args_is_help=True
)


@models_commands.command(name="list")
def list_known(as_json: options.AsJson = False) -> ExitCode:
    """List the known networks: their licence, what they take, where they are, their modes."""
    from deepocr_cli.cli.model_facts import as_table, plain_entry
    from deepocr_cli.model.catalog import list_models

    entries = list_models()
    print(_as_json([plain_entry(entry) for entry in entries]) if as_json else as_table(entries))
    return ExitCode.COMPLETE


@models_commands.command()
def show(model: model_options.Network, as_json: options.AsJson = False) -> ExitCode:
    """Show what is known of a network: its modes with their vision tokens, its calibration, its prompts."""
    from deepocr_cli.cli.model_facts import as_text, plain_facts
    from deepocr_cli.model.catalog import find_model

    facts = plain_facts(find_model(model))
    print(_as_json(facts) if as_json else as_text(facts))
    return ExitCode.COMPLETE


@models_commands.command()
def pull(
    name: model_options.KnownNetwork,
    revision: model_options.Revision = None,
    folder: model_options.ToFolder = None,
    offline: model_options.Offline = False,
    quiet: options.Quiet = False,
) -> ExitCode:
    """Fetch a network from the Hugging Face hub, or the rest of it, and print its folder; nothing else ever fetches."""
    console = Console(is_quiet=quiet)
    entry = _known(name)
    with protected_stdout() as stdout:
        if entry.repository is None or offline:
            fetched = entry.require_folder() if entry.repository is None else _already_there(entry, revision, folder)
        else:
            fetched = _fetch(entry.repository, entry.licence, revision, folder, console)
        write_stdout(stdout, os.fsencode(fetched) + b"\n")
    return ExitCode.COMPLETE


@models_commands.command()
def check(
    model: model_options.Network,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    quantize: options.QuantizeWish = Quantization.NONE,
) -> ExitCode:
    """Check the files of a network: config, weights, tokenizer, every tensor, and a page read."""
    from deepocr_cli.model.catalog import find_model

    entry = find_model(model)
    with protected_stdout() as stdout:
        for line in _check(entry, device, dtype, quantize):
            write_stdout(stdout, line.encode() + b"\n")
    return ExitCode.COMPLETE


@models_commands.command()
def quantize(
    model: model_options.Network,
    folder: model_options.QuantizedFolder,
    kind: model_options.QuantizedKind = Quantization.INT8,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> ExitCode:
    """Write a network with weights of 8 or 4 bits into a folder, which --model then takes; print the folder."""
    from deepocr_cli.cli.model_facts import megabytes
    from deepocr_cli.model.catalog import find_model

    source = find_model(model).require_folder()
    if source.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{folder}: the weights to be quantised lie there", hint="name another folder")
    with protected_stdout() as stdout:
        byte_count = _quantize(source, folder, kind, force)
        Console(is_quiet=quiet).say(f"{folder}: {megabytes(byte_count)} of weights, {kind}")
        write_stdout(stdout, os.fsencode(folder) + b"\n")
    return ExitCode.COMPLETE


def _known(name: str) -> "CatalogEntry":
    from deepocr_cli.model.catalog import list_models

    entries = {entry.name: entry for entry in list_models()}
    if name not in entries:
        raise UsageError(f"{name}: not a known network", hint=f"known are {', '.join(entries)}")
    return entries[name]


def _already_there(entry: "CatalogEntry", revision: str | None, folder: Path | None) -> Path:
    """What can be said without the network: where the checkpoint is, if it does not matter at which revision."""
    if entry.folder is None or revision is not None or folder is not None:
        raise WeightsError(f"{entry.name}: cannot be fetched, --offline forbids it", hint="leave out --offline")
    return entry.folder


def _fetch(repository: str, licence: str, revision: str | None, folder: Path | None, console: Console) -> Path:
    from tqdm import tqdm

    from deepocr_cli.cli.model_facts import megabytes
    from deepocr_cli.model.catalog import cache_folder
    from deepocr_cli.model.download import Destination
    from deepocr_cli.model.hub import find_remote, hub_address

    remote = find_remote(repository, revision)
    destination = Destination(remote, cache_folder(), folder)
    missing = destination.missing()
    byte_count = destination.bytes_to_come(missing)
    console.say(
        f"{repository} at {remote.commit[:12]} from {hub_address()}, licence {licence}: "
        f"{len(remote.files) - len(missing)} of {len(remote.files)} files are there, {megabytes(byte_count)} to fetch "
        f"into {destination.folder}"
    )
    destination.require_room(byte_count)
    with tqdm(total=byte_count, unit="B", unit_scale=True, leave=False, disable=not console.shows_progress) as bar:
        for file in missing:
            destination.fetch(file, bar.update)
    destination.link()
    return destination.folder


def _quantize(source: Path, folder: Path, kind: Quantization, force: bool) -> int:
    from deepocr_cli.model.quantized_checkpoint import FILE_NAME, quantize_checkpoint
    from deepocr_cli.store.folders import new_folder

    if kind is Quantization.NONE:
        raise UsageError("--quantize none changes nothing", hint="try --quantize int8")
    with new_folder(folder, force=force, likeness=("config.json", FILE_NAME)) as part:
        return quantize_checkpoint(source, part, kind)


def _check(entry: "CatalogEntry", device: str, dtype: str, quantize: Quantization) -> Iterator[str]:
    from deepocr_cli.engine.checkup import checks_of

    for name, run_check in checks_of(entry, device, dtype, quantize):
        try:
            yield f"ok      {name}: {run_check()}"
        except (WeightsError, MemoryExhaustedError):
            yield f"failed  {name}"
            raise


def _as_json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2)
