"""Files of a gated dataset on the Hugging Face hub, whole or not at all.

Owns the requests to the hub's client and the explanation of each refusal. Only the client handles the token (HF_TOKEN
or `hf auth login`): it is never read, shown or written here, and neither are the hub's own messages, which may quote
signed addresses. Nothing is left in the client's cache, since the files are corpus text.
"""

import logging
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import HfApi, constants, errors

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.core.hub_files import is_as_listed

_LOGIN = (
    "create a token with read access at https://huggingface.co/settings/tokens, run `hf auth login` (or set HF_TOKEN)"
)


def download(repository: str, revision: str, files: Sequence[str], folder: Path) -> str:
    """Fetch `files` of a dataset into `folder`; returns the commit of `revision`.

    Raises:
        CorpusError: no token, no access, no network, unknown repository, revision or file, or a damaged file.
    """
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # its warnings quote addresses
    constants.HF_HUB_DISABLE_XET = True  # that protocol keeps chunks of the files in a cache
    try:
        api = HfApi(token=True)
        info = api.dataset_info(repository, revision=revision, files_metadata=True)
        for name in files:
            api.hf_hub_download(repository, name, repo_type="dataset", revision=info.sha, local_dir=folder)
    except Exception as problem:  # noqa: BLE001 (the hub's client and its transport share no base class)
        reason, remedy = _explained(problem, repository)
        raise CorpusError(
            f"the dataset {repository} cannot be fetched: {reason}",
            got=f"{type(problem).__name__} at revision {revision}",
            remedy=remedy,
        ) from None
    listed = {file.rfilename: file for file in info.siblings or ()}
    if damaged := [name for name in files if not is_as_listed(folder / name, listed[name])]:
        raise CorpusError(f"the hub's hash does not match: {', '.join(damaged)}", remedy="run again")
    return str(info.sha)


def _explained(problem: Exception, repository: str) -> tuple[str, str]:
    """The reason in plain words, and the remedy."""
    page = f"https://huggingface.co/datasets/{repository}"
    status = _status(problem)
    if isinstance(problem, errors.LocalTokenNotFoundError):
        return "it is gated, and there is no token", f"request access at {page}, {_LOGIN} and run again"
    if isinstance(problem, errors.RevisionNotFoundError):
        return "it has no such revision", f"set REVISION in corpus/redsm5/fetch.py to a commit of {page}/commits/main"
    if isinstance(problem, errors.EntryNotFoundError) and not isinstance(problem, errors.LocalEntryNotFoundError):
        return "the revision lacks a file that the card names", f"compare with {page}/tree/main"
    if status == 401:
        return "the hub does not accept the token (status 401)", f"{_LOGIN}, as the account that has access, run again"
    if isinstance(problem, errors.GatedRepoError) or status == 403:
        return (
            "access is not granted to the token's account yet (status 403)",
            f"request it at {page} with it, send the agreement that the page names, wait for the approval and run "
            "again; a fine-grained token must also allow reading gated repositories",
        )
    if isinstance(problem, errors.RepositoryNotFoundError):
        return f"it does not exist (status {status})", "check HF_ENDPOINT, and `hf auth whoami`"
    if status:
        return f"the hub returned status {status}", "run again later"
    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE is set", "unset it and run again"
    return "the hub cannot be reached, or the transfer broke off", "check the network and HF_ENDPOINT, and run again"


def _status(problem: BaseException | None) -> int:
    """The HTTP status of the hub's response, also where the client wraps the exception; 0 without one."""
    while problem is not None:
        if isinstance(problem, errors.HfHubHTTPError):
            return int(problem.response.status_code)
        problem = problem.__cause__
    return 0
