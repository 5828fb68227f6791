"""Files of the Hugging Face hub, compared with what it lists."""

from pathlib import Path

from huggingface_hub.hf_api import RepoSibling
from huggingface_hub.utils.sha import git_hash

from redsm5_hpo.core.files import file_sha256


def is_as_listed(path: Path, file: RepoSibling) -> bool:
    """Whether a file has the hash that the hub lists: SHA-256 of a large file, else git's hash of a blob."""
    if file.lfs:
        return file_sha256(path) == file.lfs.sha256
    return git_hash(path.read_bytes()) == file.blob_id
