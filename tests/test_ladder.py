"""Which mode is tried after which, within the budget, and which reading stands: a scripted model, the real pipeline."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pymupdf
import pytest

from deepocr_cli.document import Ending, Page, PageContent, Reader
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.isolation.crew import Crew
from deepocr_cli.isolation.paper import open_paper
from deepocr_cli.pipeline import Pipeline
from deepocr_cli.settings import Dial, Fallback, Settings
from deepocr_cli.shortcoming import shortcoming_of
from deepocr_cli.store.page_cache import PageCache
from deepocr_cli.verdict import WIDE_WINDOW

WORDS = ("harbour", "pilot", "tide", "ledger", "garden", "lantern", "bridge", "orchard", "kettle", "signal", "gravel")


WIDTH, DPI = 595, 144
"""Points, and the resolution at which pages are drawn: a page is known again by its width, WIDTH and its number."""


def text_of_page(number: int, word_count: int = 120) -> str:
    chance = random.Random(number)
    return " ".join(
        chance.choice(WORDS) + str(chance.randrange(100)) * (chance.random() < 0.1) for _ in range(word_count)
    )


def broken(text: str) -> str:
    """A fifth of the text is missing."""
    return text[: len(text) * 4 // 5]


@dataclass
class ScriptedModel:
    """Reads as the script says: (page, mode) to the text and the ending; notes what it was asked."""

    script: Callable[[int, str], tuple[str, Ending]]
    asked: list[tuple[int, str, int | None]] = field(default_factory=list)

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        for request in requests:
            page = round(request.image.width * 72 / DPI) - WIDTH
            self.asked.append((page, request.mode.name, request.window))
            text, ending = self.script(page, request.mode.name)
            yield Completion(request.number, text, ending, 100, 50, 0.5)

    def modes_of(self, number: int) -> list[str]:
        return [mode for page, mode, _ in self.asked if page == number]


@dataclass
class Desk:
    """Reads a made book with a scripted model."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def read(
        self,
        script: Callable[[int, str], tuple[str, Ending]],
        *,
        texts: Sequence[str] = (text_of_page(1),),
        cache: PageCache | None = None,
        **wishes: object,
    ) -> tuple[list[Page], ScriptedModel, Settings]:
        model = ScriptedModel(script)
        self.monkeypatch.setattr("deepocr_cli.engine.engine.load_engine", lambda *_, **__: model)
        path = self.folder / "book.pdf"
        if not path.exists():
            _book(path, texts)
        settings = Settings(model=str(self.folder / "weights"), **wishes)  # type: ignore[arg-type]
        with closing(Crew(60)) as crew:
            opened = open_paper(crew, str(path))
            numbers = range(1, opened.source.page_count + 1)
            return list(Pipeline(settings, cache).read(opened, numbers)), model, settings


def _book(path: Path, texts: Sequence[str]) -> None:
    with pymupdf.open() as document:
        for number, text in enumerate(texts, start=1):
            document.new_page(width=WIDTH + number).insert_textbox((50, 50, 545, 800), text, fontsize=11)
        document.save(path)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "config.json").write_text('{"model_type": "deepseek_vl_v2"}')
    (weights / "model.safetensors").write_bytes(b"")
    return Desk(tmp_path, monkeypatch)


TINY_UP = Dial(ratio=1000.0)
"""A plan of all modes, from the cheapest."""


def sound_from(*modes: str) -> Callable[[int, str], tuple[str, Ending]]:
    """A model that reads well in these modes and leaves out a fifth in all others."""
    return lambda number, mode: (
        text_of_page(number) if mode in modes else broken(text_of_page(number)),
        Ending.COMPLETE,
    )


# ------------------------------------------------------------------------------------------------ ladder


def test_a_sound_reading_is_the_last(desk: Desk) -> None:
    (page,), model, settings = desk.read(sound_from("tiny"), dial=TINY_UP)
    assert model.asked == [(1, "tiny", None)]
    assert (page.reader, page.mode and page.mode.name) == (Reader.MODEL, "tiny")
    assert page.fidelity is not None and page.fidelity.score > 0.99
    assert shortcoming_of(page, settings) is None


def test_a_page_that_lacks_text_goes_up_mode_by_mode(desk: Desk) -> None:
    (page,), model, _ = desk.read(sound_from("base"), dial=TINY_UP, attempts=5)
    assert model.modes_of(1) == ["tiny", "small", "base"]
    assert page.mode is not None and page.mode.name == "base"
    assert [attempt.mode.name for attempt in page.attempts] == ["tiny", "small", "base"]
    assert [attempt.fidelity.lost > 0.1 for attempt in page.attempts if attempt.fidelity] == [True, True, False]
    assert page.vision_tokens == 300


@pytest.mark.parametrize(
    ("attempts", "modes"),
    [
        (1, ["tiny"]),
        (2, ["tiny", "gundam"]),
        (3, ["tiny", "small", "gundam"]),
        (9, ["tiny", "small", "base", "large", "gundam"]),
    ],
)
def test_the_budget_is_kept_and_its_last_try_goes_to_the_most_capable_mode(
    desk: Desk, attempts: int, modes: list[str]
) -> None:
    (page,), model, _ = desk.read(sound_from(), dial=TINY_UP, attempts=attempts)
    assert model.modes_of(1) == modes
    assert page.reader is Reader.TEXT_LAYER
    assert len(page.attempts) == len(modes)


def test_a_page_that_loops_is_guarded_by_a_wider_window(desk: Desk) -> None:
    def script(number: int, mode: str) -> tuple[str, Ending]:
        return text_of_page(number), Ending.LOOPED if mode == "tiny" else Ending.COMPLETE

    (page,), model, _ = desk.read(script, dial=TINY_UP)
    assert model.asked == [(1, "tiny", None), (1, "small", WIDE_WINDOW)]
    assert [attempt.window for attempt in page.attempts] == [None, WIDE_WINDOW]


def test_a_named_mode_that_loops_is_tried_once_more_with_a_wider_window(desk: Desk) -> None:
    (page,), model, _ = desk.read(lambda *_: ("over and over", Ending.LOOPED), dial=Dial(mode="base"))
    assert model.asked == [(1, "base", None), (1, "base", WIDE_WINDOW)]
    assert page.reader is Reader.TEXT_LAYER


def test_who_bounds_the_tokens_of_a_page_pays_once(desk: Desk) -> None:
    _, model, _ = desk.read(lambda *_: ("over and over", Ending.LOOPED), dial=Dial(tokens=300))
    assert len(model.asked) == 1


def test_precision_is_reached_or_the_page_is_named(desk: Desk) -> None:
    def script(number: int, mode: str) -> tuple[str, Ending]:
        words = text_of_page(number).split()
        return " ".join(words[: {"gundam": 118}.get(mode, 112)]), Ending.COMPLETE

    (page,), model, settings = desk.read(script, dial=Dial(precision=0.98), attempts=9)
    assert model.modes_of(1)[-1] == "gundam"
    assert page.fidelity is not None and page.fidelity.score >= 0.98
    assert shortcoming_of(page, settings) is None
    (page,), _, settings = desk.read(script, dial=Dial(precision=0.999), attempts=9, fallback=Fallback.NONE)
    assert "less than the 0.999 asked for" in str(shortcoming_of(page, settings))
    assert page.mode is not None and page.mode.name == "gundam", "the best reading is kept"


# ------------------------------------------------------------------------------------------------ which stands


def test_without_fallback_the_best_of_bad_readings_stands_and_is_named(desk: Desk) -> None:
    def script(number: int, mode: str) -> tuple[str, Ending]:
        share = {"tiny": 0.5, "small": 0.8, "gundam": 0.6}[mode]
        return text_of_page(number)[: int(len(text_of_page(number)) * share)], Ending.COMPLETE

    (page,), _, settings = desk.read(script, dial=TINY_UP, fallback=Fallback.NONE)
    assert page.mode is not None and page.mode.name == "small"
    assert "lacks" in str(shortcoming_of(page, settings))


def test_light_ocr_decides_between_a_reading_and_a_layer_that_contradict_each_other(desk: Desk) -> None:
    """The layer is read in another alphabet than the page is printed in: its font names its glyphs wrongly."""
    printed = " ".join(text_of_page(7, 60).split())
    desk.monkeypatch.setattr(
        "deepocr_cli.isolation.paper.Paper.read_text_layer", lambda *_, **__: _as_blocks("zq xw vk jj " * 30)
    )
    (page,), _, _ = desk.read(lambda *_: (printed, Ending.COMPLETE), texts=[printed], dial=Dial(mode="base"))
    assert page.reader is Reader.MODEL
    assert page.fidelity is not None and page.fidelity.witness is Reader.OCR
    (page,), _, _ = desk.read(lambda *_: ("nothing of the kind " * 20, Ending.COMPLETE), dial=Dial(mode="base"))
    assert page.reader is Reader.TEXT_LAYER


@pytest.mark.parametrize(
    ("wishes", "slips", "formula", "reader"),
    [
        ({"model": "auto"}, 0, "", Reader.MODEL),
        ({"model": "auto"}, 3, "", Reader.OCR),
        ({"model": "auto"}, 3, r"\[ x^2 = y \]", Reader.MODEL),
        ({"model": "auto"}, 140, r"\[ x^2 = y \]", Reader.OCR),
        ({"model": "nano"}, 3, "", Reader.MODEL),
        ({"model": "nano"}, 140, "", Reader.OCR),
        ({"model": "auto", "fallback": Fallback.NONE}, 3, "", Reader.MODEL),
        ({"model": "auto", "dial": Dial(precision=0.9)}, 3, "", Reader.MODEL),
        ({"model": "nano", "dial": Dial(precision=1.0)}, 3, "", Reader.OCR),
    ],
)
def test_the_embedded_model_gives_way_to_light_ocr_unless_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wishes: dict, slips: int, formula: str, reader: Reader
) -> None:
    """Light OCR errs less: a page on which the two differ in a few words is no reason to doubt either, but OCR's."""
    _scan(tmp_path / "scan.png", printed := text_of_page(3, 150))
    words = printed.split()
    words[:slips] = [word[:-1] for word in words[:slips]]
    model = ScriptedModel(lambda *_: (f"{' '.join(words)}\n\n{formula}", Ending.COMPLETE))
    monkeypatch.setattr("deepocr_cli.pipeline.open_reader", lambda *_: model)
    settings = Settings(**wishes)
    with closing(Crew(60)) as crew:
        (page,) = Pipeline(settings).read(open_paper(crew, str(tmp_path / "scan.png")), [1])
    assert page.reader is reader
    sizes = [attempt.mode.letter_size for attempt in page.attempts]
    assert len(set(sizes)) == len(sizes), "more strips of the same letters show nothing new"
    assert ("less than the 1 asked for" in str(shortcoming_of(page, settings))) is (settings.dial.precision == 1)


def _scan(path: Path, text: str) -> None:
    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_textbox((50, 50, 545, 800), text, fontsize=12)
        page.get_pixmap(dpi=144).save(path)


def _as_blocks(text: str) -> tuple:
    from deepocr_cli.document import Block

    return (Block("text", text),)


def test_empty_paper_is_known_without_asking_anyone(desk: Desk) -> None:
    (page,), model, settings = desk.read(sound_from(), texts=[""], dial=Dial(precision=0.99))
    assert model.asked == []
    assert (page.content, page.ending, page.blocks) == (PageContent.BLANK, Ending.COMPLETE, ())
    assert shortcoming_of(page, settings) is None


# ------------------------------------------------------------------------------------------------ learning

BOOK = [text_of_page(number) for number in range(1, 13)]


def test_pages_after_a_lesson_begin_where_those_before_arrived(desk: Desk) -> None:
    _, model, _ = desk.read(sound_from("base"), texts=BOOK, dial=TINY_UP, attempts=5)
    assert [model.modes_of(number)[0] for number in range(1, 13)] == ["tiny"] * 4 + ["base"] * 8


def test_what_is_deterministic_learns_nothing(desk: Desk) -> None:
    _, model, _ = desk.read(sound_from("base"), texts=BOOK, dial=TINY_UP, attempts=5, deterministic=True)
    assert {model.modes_of(number)[0] for number in range(1, 13)} == {"tiny"}


def test_an_illegible_page_teaches_nothing(desk: Desk) -> None:
    _, model, _ = desk.read(
        lambda number, _mode: (broken(text_of_page(number)) if number < 5 else text_of_page(number), Ending.COMPLETE),
        texts=BOOK,
        dial=TINY_UP,
    )
    assert {model.modes_of(number)[0] for number in range(5, 13)} == {"tiny"}


def test_lessons_depend_neither_on_the_batch_nor_on_what_was_kept(desk: Desk, tmp_path: Path) -> None:
    wishes = {"texts": BOOK, "dial": TINY_UP, "attempts": 5}
    pages = [desk.read(sound_from("base"), batch_pages=batch, **wishes)[0] for batch in (1, 4, 12)]
    assert pages[0] == pages[1] == pages[2]
    cache = PageCache(tmp_path / "cache")
    assert desk.read(sound_from("base"), cache=cache, **wishes)[0] == pages[0]
    kept = sorted(path for path in (tmp_path / "cache" / "pages").rglob("*") if path.is_file())
    assert len(kept) == 12
    for path in kept[::2]:
        path.unlink()
    resumed, model, _ = desk.read(sound_from("base"), cache=cache, batch_pages=3, **wishes)
    assert resumed == pages[0]
    assert len({number for number, _, _ in model.asked}) == 6
