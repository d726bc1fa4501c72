"""The report of a run as a web page: worst first, nothing of a document obeyed, whole in a browser."""

import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepocr_cli.cli.main import main
from deepocr_cli.reporting.lines import read_report
from deepocr_cli.reporting.page_html import PagePicture
from deepocr_cli.reporting.report_html import report_html, worst_first

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium")
HOSTILE = "</div><script>alert(1)</script><img src=http://evil.example/x onerror=alert(1)> \"' & \u202e\x1b[31m"


def line(number: int = 1, **changes: Any) -> dict[str, Any]:
    score = changes.pop("score", 0.99)
    shares = {"score": score, "coverage": 0.9, "invented": 0.05, "witness": "text-layer"}
    fidelity = None if score is None else shares
    attempt = {"mode": "small", "vision_tokens": 100, "text_tokens": 400, "seconds": 1.5, "ending": "complete"}
    return {
        "source": "tide.pdf",
        "page": number,
        "reader": "model",
        "ending": "complete",
        "mode": "small",
        "vision_tokens": 100,
        "text_tokens": 400,
        "ratio": 4.0,
        "fidelity": fidelity,
        "attempts": [{**attempt, "fidelity": fidelity}],
        "plan": {"reason": "the cheapest mode that reaches 0.97"},
        "seconds": 1.5,
        "text": "# Tides\n\nThe moon pulls the sea.",
        "witness_text": "Tides\n\nThe moon pulls the water.",
        **changes,
    }


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    monkeypatch.chdir(tmp_path)

    def write(*lines: dict[str, Any] | str) -> Path:
        path = tmp_path / "run.jsonl"
        path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines))
        return path

    return write


# ---------------------------------------------------------------------------------------------------- page


class Outline(HTMLParser):
    """Elements with their attributes, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))


def page_of(path: Path) -> str:
    return report_html("run.jsonl", read_report(path), {})


def test_the_worst_pages_come_first(run: Callable[..., Path]) -> None:
    pages = read_report(
        run(
            line(1, score=0.99),
            line(2, score=0.5),
            line(3, ending="looped", score=0.97),
            line(4, score=None),
            line(5, ending="failed", reader="none", score=None),
            line(6, ending="too_long"),
        )
    )
    assert [page.number for page in worst_first(pages)] == [5, 3, 6, 2, 4, 1]


def test_every_page_can_be_gone_to(run: Callable[..., Path]) -> None:
    """The map is in the order of the documents; its links lead to the articles, which stand worst first."""
    lines = (
        line(1, score=0.99),
        line(2, score=0.5),
        line(1, source="a.pdf", ending="failed", reader="none", score=None),
    )
    outline = Outline(page_of(run(*lines)))
    links = [(found["href"], found["title"]) for tag, found in outline.elements if tag == "a" and "title" in found]
    assert links == [
        ("#p1", "page 1: failed, not checked"),
        ("#p3", "page 1: complete, fidelity 0.990"),
        ("#p2", "page 2: complete, fidelity 0.500"),
    ]
    articles = [(found["id"], found["aria-label"]) for tag, found in outline.elements if tag == "article"]
    assert articles == [("p1", "a.pdf, page 1"), ("p2", "tide.pdf, page 2"), ("p3", "tide.pdf, page 1")]


def test_what_went_wrong_is_told_in_words(run: Callable[..., Path]) -> None:
    gaps = {"score": 0.8, "coverage": 0.7, "invented": 0.0, "witness": "ocr", "lost": 0.3, "added": 0.0}
    attempt = {"mode": "small", "vision_tokens": 100, "ending": "complete", "fidelity": gaps}
    page = page_of(
        run(
            line(1, fidelity=gaps),
            line(2, reader="ocr", attempts=[attempt], fidelity=None, confidence=0.93),
            line(3, reader="none", ending="failed", fidelity=None, note="the page is damaged"),
            line(4, content="blank", reader="ocr", text="", fidelity=None),
            line(5, reader="ocr", attempts=[], fidelity=None, text_layer_refused="its words are not those on the page"),
        )
    )
    for words in (
        "Doubted: it lacks 30% of what the light OCR has.",
        "What light OCR has stands here: the model's reading lacks 30% of what the light OCR has.",
        "93% sure of its letters",
        "The page is damaged.",
        "blank paper",
        "The text layer was not believed: its words are not those on the page.",
    ):
        assert words in page


def test_nothing_that_a_document_says_becomes_markup_or_an_address(run: Callable[..., Path]) -> None:
    hostile = line(
        source=f"{HOSTILE}.pdf",
        mode=HOSTILE,
        text=f"# {HOSTILE}\n\n{HOSTILE} again",
        witness_text=HOSTILE,
        plan={"reason": HOSTILE},
        note=HOSTILE,
        ending="failed",
        attempts=[{"mode": HOSTILE, "vision_tokens": 1, "ending": "complete", "fidelity": None}],
    )
    path = run(hostile)
    picture = {(f"{HOSTILE}.pdf", 1): PagePicture(None, note=HOSTILE)}
    page = report_html(HOSTILE, read_report(path), picture)
    outline = Outline(page)
    assert not {"script", "img", "iframe", "object", "link"} & {tag for tag, _ in outline.elements}
    attributes = {name for _, found in outline.elements for name in found}
    assert not {name for name in attributes if name.startswith("on") or name in ("src", "srcset", "action")}
    links = [found["href"] for _, found in outline.elements if "href" in found]
    assert links == ["#pages", "#p1"]
    assert "\x1b" not in page
    assert "\u202e" not in page.split("</head>")[1]


def test_the_page_needs_and_asks_for_nothing_from_outside(run: Callable[..., Path]) -> None:
    page = page_of(run(line()))
    (policy,) = [found["content"] for tag, found in Outline(page).elements if found.get("http-equiv")]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"url\(|@import|https?:", page)


# ------------------------------------------------------------------------------------------------- command


def picture_of(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (200, 300), colour).save(buffer, format="PNG")
    return buffer.getvalue()


def test_pictures_come_from_the_documents_and_what_became_of_them_is_told(run: Callable[..., Path]) -> None:
    for name in ("kept.png", "newer.png"):
        Path(name).write_bytes(picture_of("teal"))
    Path("broken.png").write_bytes(b"not a picture")
    names = ("kept.png", "newer.png", "broken.png", "gone.png", "-")
    path = run(*(line(source=name) for name in names), line(7, source="kept.png"))
    os.utime("newer.png", (path.stat().st_mtime + 60,) * 2)
    assert main(["report", str(path), "-o", "run.html"]) == 0
    page = Path("run.html").read_text()
    assert page.count("data:image/webp;base64,") == 2
    assert "changed since it was read" in page
    assert "gone.png is no longer there" in page
    assert "came through a pipe" in page
    assert page.count("No picture:") == 4


def test_a_run_can_be_shown_from_one_end_to_the_other(run: Callable[..., Path]) -> None:
    shutil.copy(Path(__file__).parent.parent / "samples" / "letter.pdf", "letter.pdf")
    assert main(["convert", "letter.pdf", "-o", "letter.md", "--report", "run.jsonl", "--quiet", "--no-cache"]) == 0
    (page,) = read_report(Path("run.jsonl"))
    assert page.text is not None
    assert page.witness_text is not None
    assert main(["report", "run.jsonl"]) == 0
    assert "data:image/webp" in Path("run.html").read_text()
    assert main(["report", "run.jsonl"]) == 6
    assert main(["report", "run.jsonl", "--force", "--pictures", "0"]) == 0
    assert "data:image/webp" not in Path("run.html").read_text()


BROKEN = {
    "not json": ("{", "line 2: not JSON"),
    "no object": ("[1]", "line 2: not the report of a page"),
    "a field is missing": ('{"source": "a.pdf"}', "line 2: not the report of a page: no 'page'"),
    "not a number": (json.dumps(line()).replace("0.99", "NaN"), "line 2: not the report of a page"),
    "an ending of another world": (json.dumps(line(ending="won")), "line 2: not the report of a page"),
    "text that is no text": (json.dumps(line(text=7)), "line 2: not the report of a page"),
    "too deep": ("[" * 100_000, "line 2"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_no_report_is_refused_by_its_line(
    run: Callable[..., Path], capsys: pytest.CaptureFixture[str], what: str
) -> None:
    text, expected = BROKEN[what]
    path = run(line(), text)
    assert main(["report", str(path)]) == 3
    said = capsys.readouterr().err
    assert expected in said
    assert "hint: " in said
    assert not path.with_suffix(".html").exists()


@pytest.mark.parametrize("name", ["none.jsonl", "empty.jsonl", "."])
def test_a_report_that_is_not_there_is_told_in_one_line(
    run: Callable[..., Path], capsys: pytest.CaptureFixture[str], name: str
) -> None:
    run()
    Path("empty.jsonl").touch()
    assert main(["report", name, "-o", "out.html"]) == 3
    assert capsys.readouterr().err.count("\n") == 2


# ------------------------------------------------------------------------------------------------- browser


def chromium(tmp_path: Path, *arguments: str) -> bytes:
    command = [str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    profile = f"--user-data-dir={tmp_path}/profile"
    return subprocess.run([*command, profile, *arguments], capture_output=True, timeout=120, check=True).stdout


@needs_chromium
def test_a_browser_shows_picture_beside_text_and_only_what_is_asked_for(
    run: Callable[..., Path], tmp_path: Path
) -> None:
    Path("blue.png").write_bytes(picture_of("#0000ff"))
    path = run(line(source="blue.png", text="The moon. " * 40), line(2, ending="looped", text=HOSTILE))
    assert main(["report", str(path), "-o", "run.html"]) == 0
    address = (tmp_path / "run.html").as_uri()
    dom = chromium(tmp_path, "--dump-dom", address).decode()
    articles = [found for tag, found in Outline(dom).elements if tag == "article"]
    assert [found["data-ending"] for found in articles] == ["looped", "complete"]
    assert "<script" not in dom
    shots = {name: tmp_path / f"{name}.png" for name in ("wide", "narrow", "looped")}
    chromium(tmp_path, f"--screenshot={shots['wide']}", "--window-size=1200,2400", address)
    chromium(tmp_path, f"--screenshot={shots['narrow']}", "--window-size=500,3600", address)
    choice = 'id="ending-is-{}" checked'
    page = Path("run.html").read_text()
    page = page.replace(choice.format("all"), 'id="ending-is-all"')
    (tmp_path / "looped.html").write_text(page.replace('id="ending-is-looped"', choice.format("looped")))
    looped = (tmp_path / "looped.html").as_uri()
    chromium(tmp_path, f"--screenshot={shots['looped']}", "--window-size=1200,2400", looped)
    assert max(blue_columns(shots["wide"])) < 600, "the picture stands beside the text, in the left half"
    narrow = blue_columns(shots["narrow"])
    assert abs((narrow[0] + narrow[-1]) / 2 - 250) < 30, "on a phone it stands in the middle, above the text"
    assert blue_columns(shots["looped"]) == [], "the page that is complete is hidden"


def blue_columns(path: Path) -> list[int]:
    """The columns with pixels of the blue picture."""
    image = Image.open(path).convert("RGB").reduce(4)
    pixels = np.asarray(image).astype(int)
    is_blue = (pixels[:, :, 2] > 200) & (pixels[:, :, 0] < 60) & (pixels[:, :, 1] < 60)
    return [4 * int(column) for column in np.flatnonzero(is_blue.any(axis=0))]
