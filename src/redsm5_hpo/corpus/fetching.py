"""ReDSM5 from the Hugging Face hub into data/raw/redsm5: `python -m redsm5_hpo.corpus.fetching`, or `make data`.

Owns the order: fetch, compare with the published card, replace the folder. Runs only when asked to; no stage does it.
The hub's refusals are explained by hub; what the corpus must look like stands in published.
"""

import hashlib
import shutil
import sys
from pathlib import Path

from redsm5_hpo.corpus.folders import replaced_folder
from redsm5_hpo.corpus.hub import download
from redsm5_hpo.corpus.published import FILES, differences
from redsm5_hpo.errors import CorpusError, listed, run_command
from redsm5_hpo.files import write_json

REPOSITORY = "irlab-udc/redsm5"
# NOT PINNED YET: `main` is whatever the hub holds today. After the first fetch put the commit here that `make data`
# prints, and commit the change: from then on everybody gets the same files.
REVISION = "main"
DIRECTORY = Path("data/raw/redsm5")
SOURCE_FILE = "SOURCE.json"


def fetch(directory: Path) -> str:
    """Put the published files into `directory`; what else lies there stays.

    Returns:
        The commit; SOURCE.json beside the files holds it too, with the repository and the files' hashes.

    Raises:
        CorpusError: they cannot be had, or are not those of the card; `directory` is as it was.
    """
    directory = directory.resolve()  # a link stays a link
    with replaced_folder(directory) as folder:
        commit = download(REPOSITORY, REVISION, FILES, folder)
        shutil.rmtree(folder / ".cache", ignore_errors=True)  # the client's notes
        if problems := differences(folder):
            raise CorpusError(
                f"{REPOSITORY} at commit {commit} is not the corpus that its card describes:{listed(problems)}",
                remedy="set REVISION in corpus/fetching.py to an earlier commit; if the card itself has changed, "
                "follow it in corpus/published.py",
            )
        hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
        write_json(folder / SOURCE_FILE, {"repository": REPOSITORY, "commit": commit, "sha256": hashes})
        _keep_the_rest(directory, folder)
    return commit


def main() -> None:
    """Fetch, and say what was fetched."""
    commit = fetch(DIRECTORY)
    sys.stdout.write(f"{REPOSITORY} at commit {commit} is in {DIRECTORY}, as its card describes it\n")
    if commit != REVISION:
        sys.stdout.write(f'to have the same files again, set REVISION = "{commit}" in {Path(__file__).name}\n')


def _keep_the_rest(directory: Path, folder: Path) -> None:
    """Copy what the user, or git, has put beside the fetched files."""
    for path in directory.iterdir() if directory.is_dir() else ():
        if not (folder / path.name).exists():
            copy = shutil.copytree if path.is_dir() else shutil.copy2
            copy(path, folder / path.name)


if __name__ == "__main__":
    run_command(main)
