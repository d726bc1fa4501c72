"""Pages read by a server, on loopback: what it is asked, what its answers become, and how it may misbehave."""

import base64
import io
import socket

import loopback_server as stub
import pytest
from PIL import Image
from server_requests import GUNDAM, TEXT, open_stub, page, read

from deepocr_cli.cli.main import main
from deepocr_cli.document import Ending
from deepocr_cli.engine.connection import plain_address
from deepocr_cli.engine.readers import choose_model
from deepocr_cli.engine.text_loops import TextLoops
from deepocr_cli.errors import ExitCode, UsageError, WeightsError
from deepocr_cli.model.catalog import DEEPSEEK_OCR
from deepocr_cli.settings import Dial, Settings, Task

# ------------------------------------------------------------------------------------------------ asking


def test_a_server_is_asked_with_the_published_words_and_the_picture() -> None:
    with stub.serve(stub.streamed(TEXT)) as server:
        read(server, page(size=(900, 1200)))
    (body,) = server.bodies
    picture, words = body["messages"][0]["content"]
    assert words == {"type": "text", "text": "<|grounding|>Convert the document to markdown."}
    kind, _, data = picture["image_url"]["url"].partition(",")
    assert kind == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (900, 1200)
    assert (body["model"], body["temperature"], body["skip_special_tokens"]) == (stub.MODEL, 0, False)
    assert body["vllm_xargs"] == {"ngram_size": 20, "window_size": 50, "whitelist_token_ids": [128821, 128822]}


def test_a_page_that_looped_is_asked_for_with_a_wider_window() -> None:
    with stub.serve(stub.streamed(TEXT)) as server:
        read(server, page(window=1024))
    assert server.bodies[0]["vllm_xargs"]["window_size"] == 1024


def test_the_text_asked_for_fits_behind_the_page() -> None:
    """vLLM answers 400 where the prompt and max_tokens are more than the positions of the network."""
    with stub.serve(stub.streamed(TEXT)) as server:
        read(server, page(max_new_tokens=8192), page(2, max_new_tokens=100))
    grid = GUNDAM.grid_for(900, 1200)
    limits = sorted(body["max_tokens"] for body in server.bodies)
    assert limits[0] == 100
    assert 7000 < limits[1] <= 8192 - GUNDAM.sequence_length(grid) - 20


@pytest.mark.parametrize(
    ("mode", "size", "sent"),
    [("gundam", (9000, 3000), (3840, 1280)), ("base", (900, 1200), (1024, 1024)), ("tiny", (90, 1200), (512, 512))],
)
def test_the_picture_is_what_the_mode_shows(mode: str, size: tuple[int, int], sent: tuple[int, int]) -> None:
    named = next(known for known in DEEPSEEK_OCR.modes if known.name == mode)
    with stub.serve(stub.streamed(TEXT)) as server:
        read(server, page(size=size, mode=named))
    data = server.bodies[0]["messages"][0]["content"][0]["image_url"]["url"].partition(",")[2]
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == sent


def test_what_looks_like_markup_in_the_users_words_stays_words() -> None:
    with stub.serve(stub.streamed(TEXT)) as server:
        read(server, page(task=Task.FIND, find="a <image> of <|det|>"), page(2, custom="What is <|ref|>?"))
    asked = {body["messages"][0]["content"][1]["text"] for body in server.bodies}
    assert asked == {"Locate <|ref|>a < image> of < |det|><|/ref|> in the image.", "What is < |ref|>?"}


def test_no_more_pages_than_asked_for_are_under_way() -> None:
    with stub.serve(stub.streamed(TEXT, pause=0.01)) as server:
        reader = open_stub(server, batch_pages=3)
        drawn: list[int] = []
        requests = (drawn.append(number) or page(number) for number in range(1, 9))
        numbers = sorted(completion.number for completion in reader.run(requests))
    assert numbers == drawn == list(range(1, 9))
    assert server.most_at_once <= 3


# --------------------------------------------------------------------------------------------- answers


@pytest.mark.parametrize(
    "answer", [stub.streamed(TEXT), stub.whole(TEXT), stub.streamed(TEXT + "<｜end▁of▁sentence｜>")]
)
def test_streams_and_whole_answers_become_the_same_text(answer: stub.Reply) -> None:
    with stub.serve(answer) as server:
        (completion,) = read(server)
    assert (completion.text, completion.ending, completion.note) == (TEXT, Ending.COMPLETE, None)
    assert completion.text_tokens == round(len(TEXT) / 4)
    assert completion.vision_tokens == GUNDAM.vision_token_count(GUNDAM.grid_for(900, 1200))


def test_the_servers_own_counts_go_into_the_accounts() -> None:
    grid = GUNDAM.grid_for(900, 1200)
    fitting = GUNDAM.sequence_length(grid) + 11
    with stub.serve(stub.streamed(TEXT, usage={"prompt_tokens": fitting, "completion_tokens": 42})) as server:
        (completion,) = read(server)
    assert (completion.text_tokens, completion.vision_tokens) == (42, GUNDAM.vision_token_count(grid))
    with stub.serve(stub.streamed(TEXT, usage={"prompt_tokens": 284, "completion_tokens": 42})) as server:
        (completion,) = read(server)
    assert completion.vision_tokens == 284
    assert "not the" in str(completion.note)


def test_half_a_character_spoils_no_file() -> None:
    with stub.serve(
        stub.raw(200, b'{"choices":[{"message":{"content":"a\\ud800b"},"finish_reason":"stop"}]}')
    ) as server:
        (completion,) = read(server)
    assert completion.text.encode() == "a\ufffdb".encode()


def test_a_text_cut_at_the_limit_is_too_long() -> None:
    with stub.serve(stub.streamed(TEXT, finish="length")) as server:
        (completion,) = read(server)
    assert completion.ending is Ending.TOO_LONG


def test_a_loop_is_left_while_it_is_written() -> None:
    with stub.serve(stub.streamed("Before. " + "All work and no play. " * 5000, finish="length")) as server:
        (completion,) = read(server)
    assert completion.ending is Ending.LOOPED
    assert completion.text.startswith("Before. All work and no play")
    assert len(completion.text) < 100


@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_pieces_of_any_length_loop_alike(step: int) -> None:
    text = "x y " + "0123456789" * 800
    loops = TextLoops()
    kept = [loops.append(text[start : start + step]) for start in range(0, len(text), step)]
    (found,) = {text for text in kept if text is not None and text.startswith("x y 0123456789")} & {
        next(text for text in kept if text is not None)
    }
    assert len(found) < 100


def test_a_table_of_like_rows_and_a_list_of_dates_are_no_loops() -> None:
    rows = "<table>" + "<tr><td>0</td><td>0</td></tr>" * 200 + "</table>"
    dates = "".join(f"{day} {month}\n" for month in ("January", "March", "May") for day in range(1, 32))
    assert TextLoops().append(rows) is None
    assert TextLoops().append(dates * 4) is None


# ---------------------------------------------------------------------------------------------- choosing


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000"),
        ("https://example.org/ocr/v1", "https://example.org/ocr"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
    ],
)
def test_an_address_may_have_its_v1(url: str, address: str) -> None:
    assert plain_address(url) == address


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://a/", "http://", "http://me:word@a/", "http://a:b/", "http://a/?k=1"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        plain_address(url)
    assert "word" not in str(caught.value)


def test_offline_takes_a_server_of_this_machine_alone() -> None:
    assert plain_address("http://localhost:1", is_offline=True) == "http://localhost:1"
    with pytest.raises(UsageError, match="--offline forbids"):
        plain_address("http://localhost.example.org:1", is_offline=True)


def test_which_network_a_server_has() -> None:
    with stub.serve(stub.streamed(TEXT)) as server:
        entry = choose_model(Settings(engine=f"{server.address}/v1"), {})
        assert entry.server is not None
        assert (entry.name, entry.server.model, [mode.name for mode in entry.modes]) == (
            "deepseek-ocr",
            stub.MODEL,
            ["gundam"],
        )
        base = choose_model(Settings(engine=server.address, dial=Dial(mode="base")), {})
        assert "base" in [mode.name for mode in base.modes]
        with pytest.raises(UsageError, match="no server has nano"):
            choose_model(Settings(engine=server.address, model="nano"), {})
        server.models = ["one", "two"]
        with pytest.raises(WeightsError, match="has 2 models: one, two"):
            choose_model(Settings(engine=server.address), {})
        named = choose_model(Settings(engine=server.address, engine_model="two"), {})
        assert named.server is not None
        assert named.server.model == "two"


# ------------------------------------------------------------------------------------------- the program

ADDRESS_OF = {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}


@pytest.fixture
def letter(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("paper") / "note.png"
    Image.new("RGB", (900, 700), "white").save(path)
    return str(path)


def test_the_program_reads_through_a_server_and_keeps_what_it_read(
    letter: str, tmp_path: object, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ADDRESS_OF.items():  # a proxy is not for loopback
        monkeypatch.setenv(name, value)
    with stub.serve(stub.streamed(TEXT)) as server:
        command = ["convert", letter, "--engine", server.address, "--verify", "off", "--cache", str(tmp_path)]
        assert main([*command, "--offline"]) == ExitCode.COMPLETE
        assert b"A berth costs $5 a day." in capfdbinary.readouterr().out
        assert main(command) == ExitCode.COMPLETE
        assert len(server.bodies) == 1
        server.models = ["another"]
        assert main(command) == ExitCode.COMPLETE
        assert len(server.bodies) == 2


def test_what_failed_is_not_kept(letter: str, tmp_path: object) -> None:
    with stub.serve(stub.raw(400), stub.raw(400), stub.streamed(TEXT)) as server:
        command = ["convert", letter, "--engine", server.address, "--verify", "off", "--cache", str(tmp_path)]
        assert main([*command, "--fallback", "none", "-o", f"{tmp_path}/a.md"]) in (ExitCode.INPUT, ExitCode.INCOMPLETE)
        assert main([*command, "-o", f"{tmp_path}/b.md"]) == ExitCode.COMPLETE
        assert len(server.bodies) == 3


def test_no_server_is_one_line_and_code_5(letter: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert main(["convert", letter, "--engine", address]) == ExitCode.WEIGHTS
        assert main(["convert", letter, "--engine-model", "x"]) == ExitCode.USAGE
        assert main(["convert", letter, "--engine", "http://example.org", "--offline"]) == ExitCode.USAGE
    error = capfdbinary.readouterr().err.decode()
    assert f"{address}: no server answers" in error
    assert "hint: start it" in error
