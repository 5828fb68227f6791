"""Where the journal of a study lies: in a temporary workspace of DVC with the project, since DVC deletes the workspace.

Owns that choice. The project's own journals are left alone: a temporary workspace neither reads, locks nor removes
them. A study that another workspace runs at the same time has its journal in its own workspace.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from redsm5_hpo.core.files import Json
from redsm5_hpo.core.layout import JOURNALS
from redsm5_hpo.search.storage.journal import Journal, open_journal
from redsm5_hpo.search.storage.lock import StudyHeldError

_WORKSPACES = (".dvc", "tmp", "exps")  # DVC's folder for `dvc exp run --temp` and the queue
_OF_WORKSPACES = "experiments"


@contextmanager
def study_journal(covers: dict[str, Json]) -> Iterator[Journal]:
    """The journal of the study that depends on `covers`; arguments and errors are those of `open_journal`."""
    shared = of_workspaces()
    with ExitStack() as stack:
        try:
            journal = stack.enter_context(open_journal(shared or JOURNALS, covers))
        except StudyHeldError:
            if shared is None:
                raise
            journal = stack.enter_context(open_journal(JOURNALS, covers))
        yield journal


def of_workspaces() -> Path | None:
    """The project's folder for journals of its temporary workspaces; None outside of such a workspace."""
    found = (each.parents[2] for each in Path.cwd().parents if each.parts[-3:] == _WORKSPACES)
    project = next(found, None)
    return None if project is None else project / JOURNALS / _OF_WORKSPACES


def outlives_workspace(journal: Journal) -> bool:
    """Whether the journal is still there when DVC has deleted a temporary workspace."""
    return of_workspaces() is None or journal.path.parents[1] != JOURNALS
