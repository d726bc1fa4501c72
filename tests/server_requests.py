"""How the tests of servers ask the one on loopback."""

from dataclasses import replace

import loopback_server as stub
from PIL import Image

from deepocr_cli.engine.connection import Patience
from deepocr_cli.engine.readers import choose_model
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.engine.server import ServerReader
from deepocr_cli.model.catalog import DEEPSEEK_OCR
from deepocr_cli.settings import Settings

TEXT = "<|ref|>text<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\nA berth costs $5 a day."
GUNDAM = DEEPSEEK_OCR.modes[-1]
QUICK = Patience(page=10, connect=2, tries=3, first_wait=0.001, longest_wait=0.01)


def page(number: int = 1, size: tuple[int, int] = (900, 1200), **changes: object) -> Request:
    return replace(Request(number, Image.new("RGB", size, "white"), GUNDAM), **changes)


def open_stub(server: stub.Server, patience: Patience = QUICK, batch_pages: int = 4) -> ServerReader:
    settings = Settings(engine=server.address, batch_pages=batch_pages)
    return ServerReader(choose_model(settings, {}), None, batch_pages, patience)


def read(server: stub.Server, *requests: Request, patience: Patience = QUICK) -> list[Completion]:
    return list(open_stub(server, patience).run(requests or [page()]))
