"""`deepocr models pull` from a hub that fails in every way: what is on the disk afterwards is right or not there."""

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from loopback_hub import COMMIT, REPOSITORY, Hub, git_digest, serve
from released_checkpoint import write_checkpoint

from deepocr_cli.errors import ExitCode, OutputError
from deepocr_cli.model import download
from deepocr_cli.model.download import Destination
from deepocr_cli.model.hub import RemoteCheckpoint, RemoteFile

WEIGHTS = "model-00001-of-000001.safetensors"
UNWANTED = {
    "README.md": b"#",
    "modeling.py": b"raise SystemExit",
    "pytorch_model.bin": b"\x80",
    "sub/x.safetensors": b"",
}


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the repository that are fetched."""
    files = contents(write_checkpoint(tmp_path_factory.mktemp("released")))
    files[WEIGHTS] = files.pop("model.safetensors")
    return files | {"LICENSE": b"MIT\n"}


@pytest.fixture
def hub(wanted: dict[str, bytes]) -> Iterator[Hub]:
    with serve({**wanted, **UNWANTED}) as served:
        yield served


Program = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def deepocr(hub: Hub, tmp_path: Path) -> Program:
    """The program, with that hub for the hub and a cache of its own."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGINGFACE", "XDG_"))
    } | {"HF_HOME": str(tmp_path / "hf"), "HF_ENDPOINT": hub.address, "HF_HUB_DISABLE_XET": "1"}

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "deepocr_cli", "models", *arguments]
        return subprocess.run(command, env=environment | more, capture_output=True, text=True, check=False, timeout=120)

    return run


def snapshot(tmp_path: Path) -> Path:
    return tmp_path / "hf" / "hub" / "models--deepseek-ai--DeepSeek-OCR" / "snapshots" / COMMIT


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def expect(result: subprocess.CompletedProcess[str], code: ExitCode, *phrases: str) -> None:
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    for phrase in phrases:
        assert phrase in result.stderr


def test_what_was_pulled_is_whole_and_reads_a_page(
    hub: Hub, deepocr: Program, wanted: dict[str, bytes], tmp_path: Path
) -> None:
    pulled = deepocr("pull", "deepseek-ocr")
    expect(pulled, ExitCode.COMPLETE, f"{REPOSITORY} at c0ffeec0ffee from {hub.address}, licence MIT", "0 of 4 files")
    assert len(pulled.stderr.splitlines()) == 1
    assert pulled.stdout.splitlines() == [str(snapshot(tmp_path))]
    assert contents(snapshot(tmp_path)) == wanted
    assert [name for name, _ in hub.asked()] == ["LICENSE", "config.json", "tokenizer.json", WEIGHTS]
    checked = deepocr("check", "deepseek-ocr")
    expect(checked, ExitCode.COMPLETE)
    assert [line.split()[0] for line in checked.stdout.splitlines()] == ["ok"] * 5


def test_nothing_is_fetched_twice(hub: Hub, deepocr: Program, tmp_path: Path) -> None:
    deepocr("pull", "deepseek-ocr")
    hub.requests.clear()
    again = deepocr("pull", "deepseek-ocr", "--revision", "main")
    expect(again, ExitCode.COMPLETE, "4 of 4 files are there")
    assert again.stdout.splitlines() == [str(snapshot(tmp_path))]
    assert hub.asked("GET") == hub.asked("HEAD") == []


def test_a_cut_connection_goes_on_where_it_stopped(
    hub: Hub, deepocr: Program, wanted: dict[str, bytes], tmp_path: Path
) -> None:
    hub.cuts[WEIGHTS] = 5000
    # The library tries again on its own; the hub is down by then.
    hub.requests = _Falling(hub, WEIGHTS)
    expect(deepocr("pull", "deepseek-ocr"), ExitCode.WEIGHTS, "the hub answers 503", "what was fetched is kept")
    assert not snapshot(tmp_path).exists()
    hub.requests, hub.cuts, hub.statuses = [], {}, {}
    expect(deepocr("pull", "deepseek-ocr"), ExitCode.COMPLETE, "3 of 4 files are there")
    assert hub.asked() == [(WEIGHTS, "bytes=5000-")]
    assert contents(snapshot(tmp_path)) == wanted


class _Falling(list[tuple[str, str, str | None]]):
    """A list of requests that lets a hub go down once a file was asked for."""

    def __init__(self, hub: Hub, name: str) -> None:
        super().__init__()
        self.hub, self.name = hub, name

    def append(self, request: tuple[str, str, str | None]) -> None:
        if any(path.endswith(self.name) for _, path, _ in self):
            self.hub.statuses["/"] = 503
        super().append(request)


def test_a_cut_connection_is_tried_again_at_once(
    hub: Hub, deepocr: Program, wanted: dict[str, bytes], tmp_path: Path
) -> None:
    hub.cuts[WEIGHTS] = 100_000
    expect(deepocr("pull", "deepseek-ocr"), ExitCode.COMPLETE)
    assert [place for name, place in hub.asked() if name == WEIGHTS] == [None, "bytes=100000-"]
    assert contents(snapshot(tmp_path)) == wanted


@pytest.mark.parametrize("begin", [b"\0" * 5000, b"\0" * 1_000_000])
def test_a_hub_without_ranges_begins_anew(tmp_path: Path, hub: Hub, deepocr: Program, begin: bytes) -> None:
    hub.knows_ranges = False
    file = RemoteFile("tokenizer.json", 1, git_digest(hub.files["tokenizer.json"]))
    (tmp_path / f"tokenizer.json.{file.digest[:12]}.part").write_bytes(begin)
    expect(deepocr("pull", "deepseek-ocr", "--to", str(tmp_path)), ExitCode.COMPLETE)
    assert (tmp_path / "tokenizer.json").read_bytes() == hub.files["tokenizer.json"]


def test_weights_may_lie_elsewhere_which_never_sees_the_token(
    hub: Hub, deepocr: Program, wanted: dict[str, bytes], tmp_path: Path
) -> None:
    with serve(wanted) as store:
        hub.store, store.cuts[WEIGHTS] = store.address, 100_000
        expect(deepocr("pull", "deepseek-ocr", HF_TOKEN="hf_secret"), ExitCode.COMPLETE)
    assert contents(snapshot(tmp_path)) == wanted
    assert store.asked() == [(WEIGHTS, None), (WEIGHTS, "bytes=100000-")]
    assert (hub.tokens, store.tokens) == ({"Bearer hf_secret"}, {None})


def test_a_wrong_digest_is_refused_and_nothing_bad_is_left(
    hub: Hub, deepocr: Program, wanted: dict[str, bytes], tmp_path: Path
) -> None:
    true = wanted[WEIGHTS]
    hub.forged[WEIGHTS] = true[:-1] + bytes([true[-1] ^ 1])
    expect(deepocr("pull", "deepseek-ocr"), ExitCode.WEIGHTS, f"{WEIGHTS} is not what the hub says: wrong digest")
    assert not any(path.stat().st_size == len(true) for path in tmp_path.rglob("*") if path.is_file())
    hub.forged.clear()
    expect(deepocr("pull", "deepseek-ocr"), ExitCode.COMPLETE)
    assert contents(snapshot(tmp_path)) == wanted


def test_a_small_file_is_checked_too(hub: Hub, deepocr: Program, wanted: dict[str, bytes], tmp_path: Path) -> None:
    hub.forged["config.json"] = wanted["config.json"].replace(b"16", b"61")
    expect(deepocr("pull", "deepseek-ocr"), ExitCode.WEIGHTS, "config.json is not what the hub says: wrong digest")


def test_into_a_folder_where_only_what_is_wrong_is_fetched_anew(
    hub: Hub, deepocr: Program, wanted: dict[str, bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "weights"
    expect(deepocr("pull", "deepseek-ocr", "--to", str(folder)), ExitCode.COMPLETE)
    assert contents(folder) == wanted
    assert not snapshot(tmp_path).exists()
    (folder / "tokenizer.json").write_bytes(wanted["tokenizer.json"][::-1])
    hub.requests.clear()
    again = deepocr("pull", "deepseek-ocr", "--to", str(folder), "--quiet")
    assert (again.returncode, again.stdout, again.stderr) == (0, f"{folder}\n", "")
    assert hub.asked() == [("tokenizer.json", None)]
    assert contents(folder) == wanted


REFUSALS = {
    "no token": ({"/api": 401}, (), "refuses access (401)", "HF_TOKEN"),
    "wrong token": ({"/api": 403}, (), "refuses access (403)", "HF_TOKEN"),
    "no repository": ({"/api": 404}, (), "does not exist on", "HF_ENDPOINT"),
    "no revision": ({}, ("--revision", "v9"), "there is no revision v9", "hint:"),
    "token for the files alone": ({f"/{REPOSITORY}": 403}, (), "refuses access (403)", "HF_TOKEN"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_one_line_and_a_hint(hub: Hub, deepocr: Program, refusal: str) -> None:
    statuses, arguments, message, hint = REFUSALS[refusal]
    hub.statuses = statuses
    expect(deepocr("pull", "deepseek-ocr", *arguments), ExitCode.WEIGHTS, f"{REPOSITORY}: ", message, hint)


def test_no_network(deepocr: Program) -> None:
    result = deepocr("pull", "deepseek-ocr", HF_ENDPOINT="http://127.0.0.1:9")
    expect(result, ExitCode.WEIGHTS, "the connection to http://127.0.0.1:9 failed", "try again")


def test_offline_asks_nobody(hub: Hub, deepocr: Program, tmp_path: Path) -> None:
    expect(deepocr("pull", "deepseek-ocr", "--offline"), ExitCode.WEIGHTS, "--offline forbids it")
    expect(deepocr("pull", "deepseek-ocr", HF_HUB_OFFLINE="1"), ExitCode.WEIGHTS, "HF_HUB_OFFLINE is set")
    assert hub.requests == []
    deepocr("pull", "deepseek-ocr")
    hub.requests.clear()
    assert deepocr("pull", "deepseek-ocr", "--offline").stdout.splitlines() == [str(snapshot(tmp_path))]
    assert hub.requests == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root may mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_too_small_is_said_before_anything_is_fetched(hub: Hub, deepocr: Program, small_disk: Path) -> None:
    result = deepocr("pull", "deepseek-ocr", "--to", str(small_disk / "weights"))
    expect(result, ExitCode.OUTPUT, "are needed", "--to")
    assert hub.asked() == []


@pytest.mark.parametrize(
    ("code", "hint"), [(errno.ENOSPC, "free some space"), (errno.EACCES, "choose another place with --to")]
)
def test_a_disk_that_fails_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, hint: str) -> None:
    def fail(*arguments: object, **named: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(download, "_append", fail)
    file = RemoteFile("config.json", 2, git_digest(b"{}"))
    destination = Destination(RemoteCheckpoint(REPOSITORY, COMMIT, (file,)), tmp_path, tmp_path)
    with pytest.raises(OutputError, match=r"config.json: cannot be written") as caught:
        destination.fetch(file, lambda byte_count: None)
    assert hint in (caught.value.hint or "")


def test_two_runs_do_not_write_into_one_file(tmp_path: Path) -> None:
    file = RemoteFile("config.json", 2, git_digest(b"{}"))
    destination = Destination(RemoteCheckpoint(REPOSITORY, COMMIT, (file,)), tmp_path, tmp_path)
    with (tmp_path / f"config.json.{file.digest[:12]}.part").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(OutputError, match="another run is fetching it"):
            destination.fetch(file, lambda byte_count: None)
