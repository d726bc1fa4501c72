"""A repository on the Hugging Face hub becomes a list of the files that make a checkpoint, with sizes and digests.

Whatever the hub or the way to it does wrong becomes one line with a hint. huggingface_hub is imported inside the
functions: it takes half a second.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from deepocr_cli.errors import WeightsError

WANTED = (
    "LICENSE*",
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "*.safetensors.index.json",
    "*.safetensors",
)
"""The files that are fetched, the small ones first: no pickle, no code, nothing in folders."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository. `digest` is what the hub says: SHA-256 of a large file, git's SHA-1 of a small one."""

    name: str
    size: int
    digest: str

    @property
    def is_large(self) -> bool:
        """Whether the hub keeps the file outside git, under its SHA-256."""
        return len(self.digest) == 64


@dataclass(frozen=True, slots=True)
class RemoteCheckpoint:
    """The files of a repository that make a checkpoint, in the order in which they are fetched, at one commit."""

    repository: str
    commit: str
    files: tuple[RemoteFile, ...]

    @property
    def byte_count(self) -> int:
        return sum(file.size for file in self.files)


def find_remote(repository: str, revision: str | None = None) -> RemoteCheckpoint:
    """What the hub has of a repository, at a branch, tag or commit; the main branch without one.

    Raises:
        WeightsError: the hub cannot be reached, knows no such thing, refuses access, or has no checkpoint there.
    """
    silence_hub()
    from huggingface_hub import HfApi

    with hub_errors(repository, revision):
        try:
            info: Any = HfApi().model_info(repository, revision=revision, files_metadata=True)
            files = [_remote_file(sibling) for sibling in info.siblings if _rank(sibling.rfilename) is not None]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise WeightsError(f"{repository}: {hub_address()} does not answer as a hub does", hint=_ADDRESS) from error
    missing = [name for name in ("config.json", "tokenizer.json") if name not in {file.name for file in files}]
    if not any(file.name.endswith(".safetensors") for file in files):
        missing.append("safetensors file")
    if missing:
        raise WeightsError(f"{repository}: the repository has no {missing[0]}", hint="try another --revision")
    return RemoteCheckpoint(repository, info.sha, tuple(sorted(files, key=lambda file: (_rank(file.name), file.name))))


@contextmanager
def hub_errors(repository: str, revision: str | None = None) -> Iterator[None]:
    """Turn what the hub answers, and what the network does, into a `WeightsError`."""
    import httpx2
    from huggingface_hub.errors import (
        HfHubHTTPError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RevisionNotFoundError,
    )

    try:
        yield
    except RevisionNotFoundError as error:
        raise WeightsError(
            f"{repository}: there is no revision {revision}", hint="without one it is the newest"
        ) from error
    except HfHubHTTPError as error:
        raise _refusal(repository, error.response.status_code) from error
    except OfflineModeIsEnabled as error:
        raise WeightsError(f"{repository}: HF_HUB_OFFLINE is set", hint="unset it to fetch") from error
    except (httpx2.RequestError, LocalEntryNotFoundError) as error:
        raise WeightsError(
            f"{repository}: the connection to {hub_address()} failed: {str(error).partition(chr(10))[0]}",
            hint="try again when the network is there; what was fetched is kept",
        ) from error


def silence_hub() -> None:
    """Keep huggingface_hub from telling its makers what is fetched, and from talking to the person at the terminal."""
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    from huggingface_hub import logging

    logging.set_verbosity_error()


def hub_address() -> str:
    """The hub's address: HF_ENDPOINT, else huggingface.co."""
    from huggingface_hub import HfApi

    return str(HfApi().endpoint)


def _remote_file(sibling: Any) -> RemoteFile:
    digest = sibling.lfs.sha256 if sibling.lfs is not None else sibling.blob_id
    return RemoteFile(str(sibling.rfilename), int(sibling.size), str(digest))


def _rank(name: str) -> int | None:
    """The place of a file in the order of fetching; None for one that is not wanted."""
    if "/" in name:
        return None
    return next((rank for rank, pattern in enumerate(WANTED) if fnmatchcase(name, pattern)), None)


def _refusal(repository: str, status: int) -> WeightsError:
    # The hub says 401 of a repository that does not exist too, so as not to tell which do.
    if status in (401, 403):
        return WeightsError(
            f"{repository}: the hub refuses access ({status})",
            hint="accept its terms on the web page, and set HF_TOKEN to a token that may read it",
        )
    if status == 404:
        return WeightsError(f"{repository}: does not exist on {hub_address()}", hint=_ADDRESS)
    return WeightsError(f"{repository}: the hub answers {status}", hint="try again later; what was fetched is kept")


_ADDRESS = "HF_ENDPOINT names the hub; by default it is https://huggingface.co"
