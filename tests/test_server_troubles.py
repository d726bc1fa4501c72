"""A server of pages that misbehaves: what is waited out, what costs a page, and what ends a run."""

import json
from dataclasses import replace
from pathlib import Path

import loopback_server as stub
import pytest
from PIL import Image, ImageDraw
from server_requests import QUICK, TEXT, open_stub, page, read

from deepocr_cli.cli.main import main
from deepocr_cli.document import Ending
from deepocr_cli.engine.readers import choose_model, open_reader
from deepocr_cli.errors import ExitCode, UsageError, WeightsError
from deepocr_cli.settings import Settings


@pytest.mark.parametrize(
    "trouble",
    [
        stub.raw(500),
        stub.raw(429, Retry_After="0"),
        stub.raw(503, Retry_After="Tue, 01 Jan 2019 00:00:00 GMT"),
        stub.cut_in_body,
        stub.streamed(TEXT, finish=None),
        stub.raw(200, b'data: {"error": {"message": "out of memory"}}\n\n', "text/event-stream"),
    ],
)
def test_a_trouble_that_passes_is_waited_out(trouble: stub.Reply) -> None:
    with stub.serve(trouble, trouble, stub.streamed(TEXT)) as server:
        (completion,) = read(server)
    assert (completion.text, completion.ending) == (TEXT, Ending.COMPLETE)
    assert len(server.bodies) == 3


FAULTS = {
    "always busy": (stub.raw(500, b'{"error": {"message": "no room"}}'), "the server answers 500: no room", 3),
    "asks for too long a wait": (stub.raw(429, Retry_After="3600"), "429", 1),
    "not JSON": (stub.raw(200, b"<p>hello"), "not JSON", 1),
    "another JSON": (stub.raw(200, b'{"choices": "none"}'), "not a chat completion", 1),
    "nested too deep": (stub.raw(200, b"[" * 100_000), "not JSON", 1),
    "another kind": (stub.raw(200, b"<p>hello", "text/html"), "text/html", 1),
    "no end of bytes": (stub.without_end, "longer than any text", 1),
    "slow": (stub.streamed(TEXT * 50, pause=0.05), "longer than 0.5 seconds", 1),
    "silent": (stub.silent, "the connection failed", 1),
    "refused": (stub.raw(400, b'{"message": "bad picture"}'), "bad picture", 2),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_page_that_the_server_fails_on_is_a_failed_page(fault: str) -> None:
    answer, note, request_count = FAULTS[fault]
    with stub.serve(answer) as server:
        (completion,) = read(server, page(max_new_tokens=50), patience=replace(QUICK, page=0.5))
    assert completion.ending is Ending.FAILED
    assert note in str(completion.note)
    assert len(server.bodies) == request_count


def test_a_server_that_does_not_know_the_guard_is_asked_without() -> None:
    def picky(handler: stub.Handler, body: dict[str, object]) -> None:
        (stub.raw(400) if "vllm_xargs" in body else stub.streamed(TEXT))(handler, body)

    with stub.serve(picky) as server:
        reader = open_stub(server, batch_pages=1)
        endings = {completion.ending for completion in reader.run([page(1), page(2)])}
    assert endings == {Ending.COMPLETE}
    assert ["vllm_xargs" in body for body in server.bodies] == [True, False, False]


def test_a_page_refused_for_another_reason_takes_the_guard_from_no_other() -> None:
    with stub.serve(stub.raw(413), stub.raw(413), stub.streamed(TEXT)) as server:
        reader = open_stub(server, batch_pages=1)
        endings = [completion.ending for completion in reader.run([page(1), page(2)])]
    assert endings == [Ending.FAILED, Ending.COMPLETE]
    assert ["vllm_xargs" in body for body in server.bodies] == [True, False, True]


def test_a_redirect_does_not_get_the_page() -> None:
    with stub.serve(stub.streamed(TEXT)) as elsewhere:
        location = f"{elsewhere.address}/v1/chat/completions"
        with stub.serve(stub.raw(307, Location=location)) as server, pytest.raises(WeightsError, match="a redirect"):
            read(server)
    assert elsewhere.bodies == []


def test_the_key_comes_from_the_environment_and_is_never_shown() -> None:
    environment = {"DEEPOCR_API_KEY": "sk-secret"}
    with stub.serve(stub.streamed(TEXT), stub.raw(401, b"sk-secret")) as server:
        settings = Settings(engine=server.address)
        reader = open_reader(choose_model(settings, environment), settings, environment)
        assert next(reader.run([page()])).text == TEXT
        with pytest.raises(WeightsError, match="refuses access") as caught:
            list(reader.run([page()]))
    assert server.keys == ["Bearer sk-secret"] * 2
    assert "sk-secret" not in f"{caught.value} {caught.value.hint} {reader!r}"
    with pytest.raises(UsageError, match="no key has"):
        choose_model(settings, {"DEEPOCR_API_KEY": "a\nb"})


def test_a_server_that_goes_away_ends_the_run() -> None:
    with stub.serve(stub.streamed(TEXT)) as server:
        reader = open_stub(server)
    with pytest.raises(WeightsError, match="no server answers"):
        list(reader.run([page()]))


def test_a_page_that_falls_to_the_witness_says_why(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "page.png"
    image = Image.new("RGB", (900, 700), "white")
    ImageDraw.Draw(image).text((80, 80), "Harbour dues", fill="black", font_size=40)
    image.save(picture)
    with stub.serve(stub.raw(200, b"<p>hello")) as server:
        command = ["convert", str(picture), "--engine", server.address, "-t", "json", "--no-cache"]
        assert main(command) == ExitCode.COMPLETE
    (read,) = json.loads(capfd.readouterr().out)["pages"]
    assert (read["reader"], read["note"]) == ("ocr", "the answer is not JSON")
    assert read["attempts"][0]["ending"] == "failed"
