"""What a failed request to the Hugging Face hub means, and what to do about it.

Owns the messages. The hub's own are shown by their kind alone: they may quote signed addresses.
"""

from huggingface_hub import constants, errors

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.modeling.encoders.registry import EncoderEntry

_LOGIN = "create a token with read access at https://huggingface.co/settings/tokens, run `hf auth login`"


def unreachable(problem: Exception, entry: EncoderEntry) -> EncoderError:
    """The error for a failed request."""
    return EncoderError(
        f"encoder {entry.name} cannot be fetched: {_reason(problem)}",
        got=f"{type(problem).__name__} for {entry.hub_id} at revision {entry.revision}",
        remedy=_remedy(problem, entry),
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
    if isinstance(problem, errors.LocalEntryNotFoundError | errors.OfflineModeIsEnabled):
        offline = constants.HF_HUB_OFFLINE
        return "it is not cached and " + ("HF_HUB_OFFLINE is set" if offline else "the hub cannot be reached")
    if isinstance(problem, OSError) and problem.strerror:
        return problem.strerror
    return "the hub cannot be reached, or the transfer broke off"


def _remedy(problem: Exception, entry: EncoderEntry) -> str:
    elsewhere = f"on a machine that reaches the hub {fetch_command(entry.name)}, and copy its HF_HOME"
    if isinstance(problem, errors.GatedRepoError):
        return (
            f"request access at https://huggingface.co/{entry.hub_id} with your account, {_LOGIN} as that account, and "
            "run again when access is granted"
        )
    if isinstance(problem, errors.RepositoryNotFoundError | errors.RevisionNotFoundError):
        return (
            f"{entry.hub_id} is no directory here and was looked for on the hub: check the name, the revision, "
            "HF_ENDPOINT and `hf auth whoami`, or give a local directory"
        )
    if constants.HF_HUB_OFFLINE:
        return f"unset HF_HUB_OFFLINE; or {elsewhere}"
    return f"check the network and run again, what was fetched is kept; or {elsewhere}"


def fetch_command(name: str) -> str:
    """What a user types to fetch an encoder."""
    return f'run `make encoders NAMES="{name}"`'
