"""Snapshots of encoders from the Hugging Face hub.

Owns which files are fetched and the message for each failure of a request. Does not keep a cache of its own: HF_HOME,
HF_HUB_OFFLINE, HF_ENDPOINT and a login apply. A cached snapshot is always used: a study must not change when a branch
on the hub moves.
"""

from pathlib import Path

from huggingface_hub import constants, errors, snapshot_download

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.modeling.encoders.directory import CONVERSION, READ_FILES, WEIGHTS, WEIGHTS_INDEX, check_directory
from redsm5_hpo.modeling.encoders.registry import EncoderEntry


def hub_snapshot(entry: EncoderEntry) -> Path:
    """The directory of a snapshot with safetensors weights; pickles and code are never fetched.

    Raises:
        EncoderError: the snapshot cannot be fetched, or has no safetensors weights.
    """
    if cached := cached_snapshot(entry):
        return cached
    try:
        folder = _snapshot(entry, cached_only=False)
    except Exception as problem:  # the errors of the hub's client and of its transport share no base class
        raise EncoderError(
            f"encoder {entry.name} cannot be fetched: {_reason(problem)}",
            got=f"{type(problem).__name__} for {entry.hub_id} at revision {entry.revision}",
            remedy=_remedy(problem, entry),
        ) from problem
    if not any((folder / name).is_file() for name in (WEIGHTS, WEIGHTS_INDEX)):
        raise EncoderError(
            f"encoder {entry.name} is published without safetensors weights",
            got=f"{entry.hub_id} at revision {entry.revision}; {entry.note or 'pickled weights are never loaded'}",
            allowed=f"{WEIGHTS}, or {WEIGHTS_INDEX} and its shards",
            remedy=f"{CONVERSION}; where a pull request there adds safetensors: {_download(entry, 'refs/pr/NUMBER')}",
        )
    return folder


def cached_snapshot(entry: EncoderEntry) -> Path | None:
    """The directory of a complete snapshot in the cache; None without one."""
    try:
        folder = _snapshot(entry, cached_only=True)
        check_directory(folder)  # another program may have cached a part of it
    except (errors.LocalEntryNotFoundError, EncoderError):
        return None
    return folder


def _snapshot(entry: EncoderEntry, *, cached_only: bool) -> Path:
    return Path(
        snapshot_download(
            entry.hub_id, revision=entry.revision, allow_patterns=list(READ_FILES), local_files_only=cached_only
        )
    )


def _reason(problem: Exception) -> str:
    if isinstance(problem, errors.GatedRepoError):
        return "the repository is gated"
    if isinstance(problem, errors.RevisionNotFoundError):
        return "the repository has no such revision"
    if isinstance(problem, errors.RepositoryNotFoundError):
        return "the repository does not exist, or is private"
    if isinstance(problem, errors.HfHubHTTPError):
        return f"the hub returned status {problem.response.status_code}"
    if isinstance(problem, errors.LocalEntryNotFoundError):
        offline = constants.HF_HUB_OFFLINE
        return "it is not cached and " + ("HF_HUB_OFFLINE is set" if offline else "the hub cannot be reached")
    return str(problem) or "the hub cannot be reached"


def _remedy(problem: Exception, entry: EncoderEntry) -> str:
    elsewhere = f"on a machine that reaches the hub run: {_download(entry, entry.revision)}"
    if isinstance(problem, errors.GatedRepoError):
        return f"accept the conditions at https://huggingface.co/{entry.hub_id}, run `hf auth login`, and run again"
    if isinstance(problem, errors.RepositoryNotFoundError | errors.RevisionNotFoundError):
        return "give a local directory as encoder.name, or check HF_ENDPOINT and `hf auth whoami`"
    if constants.HF_HUB_OFFLINE:
        return f"unset HF_HUB_OFFLINE; or {elsewhere}"
    return f"check the network and run again; or {elsewhere}"


def _download(entry: EncoderEntry, revision: str) -> str:
    patterns = " ".join(f"--include '{pattern}'" for pattern in ("*.json", "*.safetensors", "*.txt", "*.model"))
    command = f"hf download {entry.hub_id} --revision {revision} {patterns} --local-dir DIRECTORY"
    return f"`{command}`, and give DIRECTORY as encoder.name"
