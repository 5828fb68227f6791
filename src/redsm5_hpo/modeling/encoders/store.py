"""The folder of encoders that were fetched, and which commit a branch of the hub stood for.

Owns its layout, below HF_HOME beside the cache of the hub's client: ORG--NAME/COMMIT is a complete encoder, with the
hashes of its files and of the pickles that its weights come from, ORG--NAME/revisions.json the commits. Does not fetch.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import constants

from redsm5_hpo.core.files import Json, file_sha256, read_json, write_json, writing
from redsm5_hpo.core.locks import lock_if_possible

SOURCE = "SOURCE.json"
_COMMIT = re.compile(r"[0-9a-f]{40}")


def root() -> Path:
    """The folder of all of them."""
    return Path(constants.HF_HOME) / "redsm5-hpo" / "encoders"


def encoder_folder(hub_id: str, commit: str) -> Path:
    """Where the complete encoder is, or will be."""
    return _repository(hub_id) / commit


def partial_folder(hub_id: str, commit: str) -> Path:
    """Where files are until all of them are there; what is there is not fetched again."""
    return _repository(hub_id) / f"{commit}.incomplete"


def is_commit(revision: str) -> bool:
    """Whether a revision is a whole hash, which never means anything else."""
    return _COMMIT.fullmatch(revision) is not None


def known_commit(hub_id: str, revision: str) -> str | None:
    """The commit that a revision stands for on this machine; None if it was not fetched here."""
    if is_commit(revision):
        return revision
    path = _repository(hub_id) / "revisions.json"
    commit = read_json(path).get(revision) if path.exists() else None
    return None if commit is None else str(commit)


def remember(hub_id: str, revision: str, commit: str) -> None:
    """From now on the revision stands for this commit."""
    if not is_commit(revision):
        path = _repository(hub_id) / "revisions.json"
        write_json(path, {**(read_json(path) if path.exists() else {}), revision: commit})


def write_source(folder: Path, hub_id: str, commit: str, pickles: Sequence[Path], *, network: bool) -> None:
    """Record where an encoder comes from: hashes of its files, and of the pickles that its weights were read from."""
    source: dict[str, Json] = {
        "repository": hub_id,
        "commit": commit,
        "sha256": {path.name: file_sha256(path) for path in sorted(folder.iterdir())},
    }
    if pickles:
        hashes = {path.name: file_sha256(path) for path in pickles}
        source["converted"] = {"from": hashes, "without_network": not network}
    write_json(folder / SOURCE, source)


@contextmanager
def locked(hub_id: str) -> Iterator[None]:
    """One process at a time fetches and converts a repository; raises StorageError where HF_HOME is not writable."""
    lock = _repository(hub_id) / ".lock"
    with writing(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        stream = lock.open("w", encoding="ascii")
    with stream:
        lock_if_possible(stream)
        yield


def _repository(hub_id: str) -> Path:
    return root() / hub_id.replace("/", "--")
