"""Output is whole or absent: faults injected at every step, links, pipes, devices, permissions."""

import errno
import io
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

import pytest

from deepocr_cli.errors import ExitCode, OutputError
from deepocr_cli.store.files import ensure_folder, write_atomically, write_stdout
from deepocr_cli.store.parts import PART_PREFIX


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def fail_with(fault: BaseException) -> Any:
    def fail(*_arguments: Any, **_options: Any) -> NoReturn:
        raise fault

    return fail


@pytest.fixture
def umask() -> Iterator[int]:
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


def test_a_new_file_gets_the_usual_permissions(tmp_path: Path, umask: int) -> None:
    write_atomically(tmp_path / "out.md", b"text", force=False)
    assert (tmp_path / "out.md").read_bytes() == b"text"
    assert stat.S_IMODE((tmp_path / "out.md").stat().st_mode) == 0o666 & ~umask
    assert names(tmp_path) == ["out.md"]


def test_an_existing_file_is_refused_and_untouched(tmp_path: Path) -> None:
    target = tmp_path / "out.md"
    target.write_bytes(b"old")
    with pytest.raises(OutputError, match="exists already") as caught:
        write_atomically(target, b"new", force=False)
    assert caught.value.code is ExitCode.OUTPUT
    assert "--force" in str(caught.value.hint)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["out.md"]


def test_force_replaces_a_file_and_keeps_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "out.md"
    target.write_bytes(b"old")
    target.chmod(0o640)
    write_atomically(target, b"new", force=True)
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_file_that_appears_while_we_write_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out.md"
    sync = os.fsync

    def race(descriptor: int) -> None:
        target.write_bytes(b"theirs")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", race)
    with pytest.raises(OutputError, match="exists already"):
        write_atomically(target, b"ours", force=False)
    assert target.read_bytes() == b"theirs"
    assert names(tmp_path) == ["out.md"]


@pytest.mark.parametrize("is_taken", [False, True])
def test_file_systems_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_taken: bool) -> None:
    target = tmp_path / "out.md"

    def no_links(*_arguments: Any) -> NoReturn:
        if is_taken:
            target.write_bytes(b"theirs")
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", no_links)
    if is_taken:
        with pytest.raises(OutputError, match="exists already"):
            write_atomically(target, b"ours", force=False)
    else:
        write_atomically(target, b"ours", force=False)
    assert target.read_bytes() == (b"theirs" if is_taken else b"ours")
    assert names(tmp_path) == ["out.md"]


NEW_FILE, REPLACED_FILE = (False, True)
STEPS = [
    (NEW_FILE, "fsync"),
    (NEW_FILE, "link"),
    (REPLACED_FILE, "fchmod"),
    (REPLACED_FILE, "fsync"),
    (REPLACED_FILE, "replace"),
]


@pytest.mark.parametrize(("existed", "step"), STEPS)
@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt(), MemoryError()], ids=repr)
def test_a_fault_at_any_step_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, existed: bool, step: str, fault: BaseException
) -> None:
    target = tmp_path / "out.md"
    if existed:
        target.write_bytes(b"old")
    monkeypatch.setattr(os, step, fail_with(fault))
    with pytest.raises(OutputError if isinstance(fault, OSError) else type(fault)) as caught:
        write_atomically(target, b"new", force=existed)
    monkeypatch.undo()
    if isinstance(caught.value, OutputError):
        assert "free some space" in str(caught.value.hint)
    assert names(tmp_path) == (["out.md"] if existed else [])
    assert not existed or target.read_bytes() == b"old"


def test_a_claimed_name_is_given_up_when_the_last_step_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", fail_with(OSError(errno.ENOTSUP, "refused")))
    monkeypatch.setattr(os, "replace", fail_with(OSError(errno.EIO, "refused")))
    with pytest.raises(OutputError, match="cannot be written"):
        write_atomically(tmp_path / "out.md", b"new", force=False)
    assert names(tmp_path) == []


def test_while_it_is_written_the_file_goes_by_a_name_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    sync = os.fsync

    def look(descriptor: int) -> None:
        seen.extend(names(tmp_path))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    write_atomically(tmp_path / ("n" * 250 + ".md"), b"new", force=False)
    assert seen[0].startswith(PART_PREFIX)


def test_a_link_keeps_pointing_at_the_file_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "out.md", tmp_path / "link.md"
    link.symlink_to(target)
    write_atomically(link, b"first", force=False)
    with pytest.raises(OutputError, match="exists already"):
        write_atomically(link, b"second", force=False)
    write_atomically(link, b"second", force=True)
    assert link.is_symlink()
    assert target.read_bytes() == b"second"


def test_links_in_a_circle_are_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OutputError, match="cannot be written"):
        write_atomically(tmp_path / "a", b"x", force=True)


def test_a_missing_folder_and_a_folder_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No such file") as missing:
        write_atomically(tmp_path / "no" / "out.md", b"x", force=False)
    assert f"mkdir -p {tmp_path / 'no'}" in str(missing.value.hint)
    for force in (False, True):
        with pytest.raises(OutputError, match="Is a directory"):
            write_atomically(tmp_path, b"x", force=force)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="Not a directory"):
        write_atomically(tmp_path / "file" / "out.md", b"x", force=False)


@pytest.mark.parametrize("force", [False, True])
def test_devices_are_written_and_stay_devices(force: bool) -> None:
    write_atomically(Path(os.devnull), b"x" * 100_000, force=force)
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_a_full_device_is_an_output_error() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(OutputError, match="No space left"):
        write_atomically(Path("/dev/full"), b"x", force=False)
    with Path("/dev/full").open("wb", buffering=0) as stream, pytest.raises(OutputError, match="No space left"):
        write_stdout(cast(BinaryIO, stream), b"x")
    with Path("/dev/full").open("wb") as buffered, pytest.raises(OutputError, match="No space left"):
        write_stdout(buffered, b"closing the stream does not fail once more")


def test_a_named_pipe_is_written_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    write_atomically(pipe, b"x" * 200_000, force=False)
    reader.join()
    assert received == [b"x" * 200_000]
    assert names(tmp_path) == ["pipe"]


def test_an_open_descriptor_is_appended_to(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb", buffering=0) as stream:
        stream.write(b"before ")
        write_atomically(Path(f"/dev/fd/{stream.fileno()}"), b"after", force=False)
    assert (tmp_path / "log").read_bytes() == b"before after"


def test_stdout_takes_all_bytes() -> None:
    stream = io.BytesIO()
    write_stdout(stream, b"x" * 100_000)
    assert stream.getvalue() == b"x" * 100_000


def test_a_closed_pipe_is_silent_now_and_at_exit() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as stream:
        write_stdout(stream, b"x" * 100_000)
        write_stdout(stream, b"more")


def test_folders_are_made_unless_a_file_is_in_the_way(tmp_path: Path) -> None:
    ensure_folder(tmp_path / "a" / "b")
    ensure_folder(tmp_path / "a" / "b")
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OutputError, match="Not a directory"):
            ensure_folder(path)
