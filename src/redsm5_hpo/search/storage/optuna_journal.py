"""A finished study as an Optuna journal, for optuna-dashboard and the user's own scripts.

Owns that file. It is written once, after the study, and is the same bytes for the same records: times are invented
from the trial number and the writer has no identity.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from optuna.storages import JournalStorage
from optuna.storages.journal import BaseJournalBackend

from redsm5_hpo.core.files import write_jsonl
from redsm5_hpo.params import Space
from redsm5_hpo.search.optuna_adapter import distributions_holding, finished_trial, new_study
from redsm5_hpo.search.records import TrialRecord


def write_optuna_journal(path: Path, name: str, space: Space, records: Sequence[TrialRecord]) -> None:
    """Write the study `name`; a value from outside the space widens the distribution of its own trial."""
    backend = _MemoryBackend()
    study = new_study(JournalStorage(backend), name)
    for record in records:
        trial = finished_trial(record, distributions_holding(space, record.params))
        trial.set_user_attr("seed", record.seed)
        trial.set_user_attr("reason", record.reason)
        study.add_trial(trial)
    write_jsonl(path, ({**entry, "worker_id": "redsm5-hpo"} for entry in backend.entries))


class _MemoryBackend(BaseJournalBackend):
    """Keeps the entries; a file would be locked and synced for each."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        return self.entries[log_number_from:]

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        self.entries.extend(logs)
