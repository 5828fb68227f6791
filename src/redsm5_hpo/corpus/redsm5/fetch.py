"""ReDSM5 from the Hugging Face hub into data/raw/redsm5: `python -m redsm5_hpo.corpus.redsm5.fetch`, or `make data`.

Owns the order: fetch, compare with the published card, replace the folder. No stage runs it. Does not talk to the hub
(gated_dataset.py) or know the card (published.py).
"""

import shutil
import sys
from pathlib import Path

from redsm5_hpo.core.errors import CorpusError, listed, run_command
from redsm5_hpo.core.files import file_sha256, write_json
from redsm5_hpo.core.folders import replaced_folder
from redsm5_hpo.core.layout import RAW
from redsm5_hpo.corpus.redsm5.gated_dataset import download
from redsm5_hpo.corpus.redsm5.published import FILES, differences

REPOSITORY = "irlab-udc/redsm5"
# NOT PINNED YET: `main` is the newest commit on the hub. After the first fetch, set the commit that `make data` prints
# here and commit the change: from then on everybody gets the same files.
REVISION = "main"
DIRECTORY = RAW / "redsm5"
SOURCE_FILE = "SOURCE.json"


def fetch(directory: Path) -> str:
    """Put the published files into `directory`; other files in it stay.

    Returns:
        The commit; SOURCE.json beside the files has it too, with the repository and the hashes of the files.

    Raises:
        CorpusError: they cannot be fetched, or differ from the card; `directory` is unchanged.
    """
    directory = directory.resolve()  # a link stays a link
    with replaced_folder(directory) as folder:
        commit = download(REPOSITORY, REVISION, FILES, folder)
        shutil.rmtree(folder / ".cache", ignore_errors=True)  # metadata of the client
        if problems := differences(folder):
            raise CorpusError(
                f"{REPOSITORY} at commit {commit} is not the corpus that its card describes:{listed(problems)}",
                remedy="set REVISION in corpus/redsm5/fetch.py to an earlier commit; if the card itself has changed, "
                "follow it in corpus/redsm5/published.py",
            )
        hashes = {name: file_sha256(folder / name) for name in FILES}
        write_json(folder / SOURCE_FILE, {"repository": REPOSITORY, "commit": commit, "sha256": hashes})
        _keep_the_rest(directory, folder)
    return commit


def main() -> None:
    """Fetch the corpus and print its commit."""
    commit = fetch(DIRECTORY)
    sys.stdout.write(f"{REPOSITORY} at commit {commit} is in {DIRECTORY} and agrees with its card\n")
    if commit != REVISION:
        sys.stdout.write(f'to fetch the same files again, set REVISION = "{commit}" in {Path(__file__).name}\n')


def _keep_the_rest(directory: Path, folder: Path) -> None:
    """Copy the other files of `directory`, which belong to the user or to git."""
    for path in directory.iterdir() if directory.is_dir() else ():
        if not (folder / path.name).exists():
            copy = shutil.copytree if path.is_dir() else shutil.copy2
            copy(path, folder / path.name)


if __name__ == "__main__":
    run_command(main)
