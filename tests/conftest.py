"""What the tests share: golden files, and a document with everything that writers must cope with."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from PIL import Image, ImageDraw

from deepocr_cli.document import (
    Attempt,
    Document,
    Ending,
    EstimateOrigin,
    Fidelity,
    Page,
    PageImage,
    Plan,
    Reader,
    Source,
    SourceKind,
    TextEstimate,
)
from deepocr_cli.modes import DEEPSEEK_OCR_MODES
from deepocr_cli.reading.figures import cut_figures
from deepocr_cli.reading.grounding import parse_blocks

settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("DEEPOCR_HYPOTHESIS", "steady"))

GOLDEN_FOLDER = Path(__file__).parent / "golden"

FIRST_PAGE = """\
<|ref|>header<|/ref|><|det|>[[80, 20, 920, 40]]<|/det|>
Quarterly notes

<|ref|>title<|/ref|><|det|>[[80, 60, 920, 110]]<|/det|>
# Tides & Currents

<|ref|>text<|/ref|><|det|>[[80, 120, 920, 200]]<|/det|>
A berth costs $5 a day or $10 with *power*, if a < b and the draught is \\(d_{max} < 3\\,\\text{m}\\).

<|ref|>equation<|/ref|><|det|>[[300, 210, 700, 250]]<|/det|>
\\[ h(t) = h_0
+ A \\cos(\\omega t) \\]

<|ref|>image<|/ref|><|det|>[[100, 260, 600, 500]]<|/det|>
<|ref|>image_caption<|/ref|><|det|>[[100, 510, 600, 530]]<|/det|>
<center>Figure 1: The harbour [north] </center>

<|ref|>table_caption<|/ref|><|det|>[[80, 540, 920, 560]]<|/det|>
Table 1: High water

<|ref|>table<|/ref|><|det|>[[80, 560, 920, 700]]<|/det|>
<table><tr><th rowspan="2">Port</th><th colspan="2">Height</th></tr><tr><th>m</th><th>ft</th></tr>\
<tr><td>A &amp; B</td><td>3.1</td><td>10.2</td></tr><tr><td>北港</td><td>2.4</td><td>&lt; 8</td></tr></table>

<|ref|>footer<|/ref|><|det|>[[80, 960, 920, 980]]<|/det|>
1
"""

SECOND_PAGE = """\
## Notes to mariners

- Keep [clear](javascript:alert(1)) of the <script>alert(1)</script> buoy.
- See [the chart](https://example.org/chart?a=1&b=2).

<table><tr><td>cut of
"""


@pytest.fixture(scope="session")
def sample_document() -> Document:
    """Two pages: one read well by the model, one that looped and has nothing but hostile text."""
    base = next(mode for mode in DEEPSEEK_OCR_MODES if mode.name == "base")
    fidelity = Fidelity(0.98765, 0.99, 0.0123456, Reader.TEXT_LAYER)
    estimate = TextEstimate(900, 3600, EstimateOrigin.TEXT_LAYER)
    first_blocks, second_blocks = parse_blocks(FIRST_PAGE), parse_blocks(SECOND_PAGE)
    first = Page(
        number=1,
        size=(1191, 1684),
        blocks=first_blocks,
        ending=Ending.COMPLETE,
        reader=Reader.MODEL,
        plan=Plan((base,), estimate, 256, 182, 4.945054, 0.97, "the cheapest mode that reaches 0.97"),
        mode=base,
        fidelity=fidelity,
        figures=cut_figures(_harbour(), first_blocks, "notes"),
        attempts=(Attempt(base, 256, 870, 12.3456, Ending.COMPLETE, fidelity),),
        vision_tokens=256,
        text_tokens=870,
    )
    second = Page(2, (1191, 1684), second_blocks, Ending.LOOPED, Reader.MODEL, note="stopped after 3 rounds")
    return Document("notes.pdf", (first, second))


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with tests/golden/NAME; with --rewrite-golden the file becomes the text."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN_FOLDER / name
        if request.config.getoption("--rewrite-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        assert path.exists(), f"{path} is missing: run pytest --rewrite-golden and read it"
        assert text == path.read_bytes().decode()

    return compare


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write the golden files anew; then read the diff")


def _harbour() -> PageImage:
    image = Image.new("RGB", (1191, 1684), "white")
    ImageDraw.Draw(image).ellipse((200, 500, 600, 800), fill="navy")
    return PageImage(Source("notes.pdf", SourceKind.PDF, 2), 1, image, 144)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test finds or leaves anything in the cache of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEEPOCR_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Small networks compute on one core, as the program lets them."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
