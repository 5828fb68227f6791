"""One file of the Hugging Face hub, whole or continued later.

Owns the request, its continuation and the comparison with the hub's hash. The client's own cache would start a file
anew after an interruption. The token is left to the client, and goes to the hub alone.
"""

from pathlib import Path

from huggingface_hub import hf_hub_url
from huggingface_hub.file_download import http_get
from huggingface_hub.hf_api import RepoSibling
from huggingface_hub.utils._headers import build_hf_headers

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.core.hub_files import is_as_listed


def fetch_file(hub_id: str, commit: str, file: RepoSibling, folder: Path) -> None:
    """Put a file into `folder`, with a bar that shows rate and time left; what is there is not fetched again.

    Raises:
        EncoderError: its content is not what the hub lists; it is removed.
        OSError: the transfer broke off, or the disk is full; what was received is kept.
    """
    target, partial = folder / file.rfilename, folder / f"{file.rfilename}.incomplete"
    if target.is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with partial.open("ab") as stream:
        http_get(
            hf_hub_url(hub_id, file.rfilename, revision=commit),
            stream,
            resume_size=stream.tell(),
            headers=build_hf_headers(),
            expected_size=file.size,
            displayed_filename=file.rfilename,
        )
    if not is_as_listed(partial, file):
        partial.unlink()
        raise EncoderError(
            f"{file.rfilename} of {hub_id} is not the file that the hub lists",
            got="another hash",
            remedy="run again: it was removed, and will be fetched anew",
        )
    partial.replace(target)
