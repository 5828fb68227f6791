"""Encoders from the Hugging Face hub, with safetensors as published or converted from pickles.

Owns which files are fetched, and when. HF_HOME, HF_HUB_OFFLINE, HF_ENDPOINT and a login apply. What is on this machine
is always used, in the client's cache as well: a study must not change when a branch on the hub moves.
"""

import logging
import shutil
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

from huggingface_hub import HfApi, errors, snapshot_download
from huggingface_hub.hf_api import RepoSibling

from redsm5_hpo.core.errors import EncoderError, HpoError
from redsm5_hpo.core.folders import replaced_folder
from redsm5_hpo.modeling.encoders import store
from redsm5_hpo.modeling.encoders.conversion import PICKLES, PICKLES_INDEX, convert
from redsm5_hpo.modeling.encoders.directory import (
    READ_FILES,
    WEIGHTS,
    WEIGHTS_INDEX,
    check_config,
    check_directory,
    shards_of,
)
from redsm5_hpo.modeling.encoders.hub_errors import unreachable
from redsm5_hpo.modeling.encoders.registry import EncoderEntry
from redsm5_hpo.modeling.encoders.transfer import fetch_file


def hub_directory(entry: EncoderEntry) -> Path:
    """The directory of an encoder with safetensors weights, fetched and converted if necessary.

    Raises:
        EncoderError: it cannot be fetched, has no weights that can be read, or its pickles hold more than tensors.
        StorageError: the disk is full.
    """
    if found := present_directory(entry):
        return found
    with store.locked(entry.hub_id):
        return present_directory(entry) or _fetched(entry)


def present_directory(entry: EncoderEntry) -> Path | None:
    """The complete directory on this machine, without a request; None without one."""
    commit = store.known_commit(entry.hub_id, entry.revision)
    if commit and (folder := store.encoder_folder(entry.hub_id, commit)).is_dir():
        return folder
    try:
        cached = snapshot_download(
            entry.hub_id, revision=commit or entry.revision, allow_patterns=list(READ_FILES), local_files_only=True
        )
        check_directory(Path(cached))  # another program may have cached a part of it
    except (errors.LocalEntryNotFoundError, EncoderError):
        return None
    return Path(cached)


def _fetched(entry: EncoderEntry) -> Path:
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # its warnings quote addresses
    try:
        info = HfApi().model_info(entry.hub_id, revision=entry.revision, files_metadata=True)
        wanted, commit = _wanted(entry, info.siblings or ()), str(info.sha)
        partial = store.partial_folder(entry.hub_id, commit)
        for file in wanted:
            fetch_file(entry.hub_id, commit, file, partial)
            if file.rfilename == "config.json":  # before gigabytes of a model that cannot be used
                check_config(partial)
                _check_room(entry, wanted, partial)
    except HpoError:
        raise
    except Exception as problem:  # noqa: BLE001 (the client's errors and its transport's share no base class)
        raise unreachable(problem, entry) from None
    folder = _complete(entry, commit, partial)
    store.remember(entry.hub_id, entry.revision, commit)
    return folder


def _wanted(entry: EncoderEntry, files: Iterable[RepoSibling]) -> list[RepoSibling]:
    """The files to fetch, the configuration first: safetensors, or pickles where there are none."""
    files = [file for file in files if "/" not in file.rfilename]
    names = [file.rfilename for file in files]
    if {WEIGHTS, WEIGHTS_INDEX} & set(names):
        patterns: tuple[str, ...] = READ_FILES
    elif any(fnmatch(name, pattern) for name in names for pattern in PICKLES):
        patterns = (*READ_FILES, *PICKLES, PICKLES_INDEX)
    else:
        raise EncoderError(
            f"encoder {entry.name} is published without weights that can be read",
            got=f"{entry.hub_id} at revision {entry.revision}: {', '.join(names) or 'no files'}",
            allowed=f"{WEIGHTS}, {WEIGHTS_INDEX} and its shards, or {' or '.join(PICKLES)}",
            remedy="choose another encoder",
        )
    wanted = [file for file in files if any(fnmatch(file.rfilename, pattern) for pattern in patterns)]
    return sorted(wanted, key=lambda file: (file.rfilename != "config.json", file.size or 0))


def _check_room(entry: EncoderEntry, wanted: Iterable[RepoSibling], partial: Path) -> None:
    sizes = {file.rfilename: file.size or 0 for file in wanted}
    needed = sum(sizes.values()) + sum(size for name, size in sizes.items() if name.endswith(".bin"))  # converted, too
    needed -= sum(path.stat().st_size for path in partial.iterdir() if path.is_file())
    free = shutil.disk_usage(store.root()).free
    if needed > free:
        raise EncoderError(
            f"there is no room for encoder {entry.name}",
            got=f"{free / 1e9:.2f} GB free in {store.root()}",
            allowed=f"{needed / 1e9:.2f} GB while it is fetched and converted",
            remedy="free disk space, or set HF_HOME to a folder on another disk",
        )


def _complete(entry: EncoderEntry, commit: str, fetched: Path) -> Path:
    """Move the fetched files to the encoder's folder; pickles are converted and deleted."""
    pickles = sorted(path for pattern in PICKLES for path in fetched.glob(pattern))
    _check_index(entry, fetched / PICKLES_INDEX, pickles)
    target = store.encoder_folder(entry.hub_id, commit)
    with replaced_folder(target) as folder:
        network = bool(pickles) and not convert(pickles, folder / WEIGHTS)
        for path in fetched.iterdir():
            if any(path.match(pattern) for pattern in READ_FILES):
                path.replace(folder / path.name)
        check_directory(folder)
        store.write_source(folder, entry.hub_id, commit, pickles, network=network)
    shutil.rmtree(fetched)
    return target


def _check_index(entry: EncoderEntry, index: Path, pickles: list[Path]) -> None:
    names = [path.name for path in pickles]
    if index.is_file() and shards_of(index) != names:
        raise EncoderError(
            f"the pickled shards of encoder {entry.name} are not those of its index",
            got=", ".join(names),
            allowed=", ".join(shards_of(index)),
            remedy="choose another encoder",
        )
