"""Finished studies that DVC has not recorded yet: until then their journals are kept.

Owns the check whether dvc.lock has a stage's results. DVC writes it after the stage has ended, and deletes the
stage's outs when it runs the stage again: a kill in between would lose a whole study. Its journal replays at once.
"""

import os
import re
from pathlib import Path

from redsm5_hpo.core.dvc_hash import dvc_hash
from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.files import write_text
from redsm5_hpo.search.storage.journal import Journal, remove_journal
from redsm5_hpo.search.storage.lock import study_lock
from redsm5_hpo.search.storage.workspace import of_workspaces

FINISHED = "finished"
_HASH = re.compile(r"[0-9a-f]{32}\.dir")


def retire(journal: Journal, out: Path) -> None:
    """Discard the journal of a study whose results are in the folder `out`; under DVC, once they are recorded.

    Of a temporary workspace at once: what DVC records is in its run cache, and dvc.lock is lost with the workspace.
    """
    if "DVC_STAGE" in os.environ and of_workspaces() is None:
        write_text(journal.path.with_name(FINISHED), dvc_hash(out))
    else:
        journal.discard()


def discard_recorded(journals: Path) -> None:
    """Remove the journals of finished studies that dvc.lock has recorded, so that a forced run trains again."""
    locks = [
        path.read_text(encoding="utf-8") for pattern in ("dvc.lock", "*/dvc.lock") for path in Path().glob(pattern)
    ]
    for mark in journals.glob(f"*/{FINISHED}"):
        name = mark.read_text(encoding="utf-8", errors="replace")
        if _HASH.fullmatch(name) and any(name in lock for lock in locks):
            _remove(mark.parent)


def _remove(folder: Path) -> None:
    try:
        with study_lock(folder / "lock"):
            remove_journal(folder)
    except StudyError:
        return  # another process runs that study
