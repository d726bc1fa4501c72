"""What the user chose in; the network that reads and the way to it out."""

import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace

from deepocr_cli.engine.figure_reader import FigureReader
from deepocr_cli.engine.request import PageReader
from deepocr_cli.engine.strip_reader import STRIPS_AT_ONCE, StripReader
from deepocr_cli.errors import UsageError, WeightsError
from deepocr_cli.model.catalog import DEEPSEEK_OCR, CatalogEntry, Server, find_model
from deepocr_cli.settings import Quantization, Settings

KEY_VARIABLE = "DEEPOCR_API_KEY"
"""The environment variable with a server's key; never on the command line, which others see."""


def choose_model(settings: Settings, environment: Mapping[str, str] = os.environ) -> CatalogEntry:
    """The network that reads: one of this machine, or with `--engine` one on a server, which is asked for its name.

    A server reads in the mode that it was started with: the network's most capable one, unless `--mode` says which.

    Raises:
        WeightsError: there is no such network; the server cannot be reached, or has not one model.
        UsageError: it is not an address, or the network is on no server.
    """
    if settings.engine is None:
        return find_model(settings.model)
    from deepocr_cli.engine.connection import Connection, Patience, plain_address

    address = plain_address(settings.engine, is_offline=settings.offline)
    entry = find_model(DEEPSEEK_OCR.name if settings.model == "auto" else settings.model)
    if entry.repository is None:
        raise UsageError(f"--engine: no server has {entry.name}", hint="leave out --engine, or --model")
    name = settings.engine_model
    if name is None:
        with closing(Connection(address, environment.get(KEY_VARIABLE) or None, Patience())) as connection:
            name = _only(connection.models(), address)
    modes = entry.modes[-1:] if settings.dial.mode is None else entry.modes
    return replace(entry, modes=modes, server=Server(address, name))


def open_reader(entry: CatalogEntry, settings: Settings, environment: Mapping[str, str] = os.environ) -> PageReader:
    """The reader of a network, ready to read.

    Raises:
        WeightsError: its checkpoint is missing, damaged or of another architecture.
        UsageError: weights are to be quantised that deepocr does not run.
    """
    is_own = entry.server is None and entry.relative is None
    if settings.quantize is not Quantization.NONE and not is_own:
        raise UsageError("--quantize is for networks that deepocr runs itself", hint="leave it out")
    if entry.server is not None:
        from deepocr_cli.engine.connection import Patience
        from deepocr_cli.engine.server import ServerReader

        patience = Patience(page=settings.engine_timeout)
        return ServerReader(entry, environment.get(KEY_VARIABLE) or None, settings.batch_pages, patience)
    if entry.relative is not None:
        from deepocr_cli.engine.relatives import load_relative

        return load_relative(entry, settings.device, settings.dtype)
    from deepocr_cli.engine.engine import load_engine

    memory = None if settings.memory is None else settings.memory << 20
    reads_strips = entry.strip_width is not None
    engine = load_engine(
        entry,
        settings.device,
        settings.dtype,
        STRIPS_AT_ONCE if reads_strips else settings.batch_pages,
        settings.quantize,
        memory,
        settings.deterministic,
    )
    if not reads_strips:
        return engine
    if not entry.figure_modes:
        return StripReader(engine)
    formula, chart = entry.figure_modes
    return FigureReader(StripReader(FigureReader(engine, formula), formula), chart, entry.modes[-1])


def _only(names: tuple[str, ...], address: str) -> str:
    if len(names) == 1:
        return names[0]
    known = ", ".join(names[:8]) or "none"
    raise WeightsError(f"{address}: has {len(names)} models: {known}", hint="choose one: --engine-model NAME")
