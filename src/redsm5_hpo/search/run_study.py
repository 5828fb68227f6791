"""One study from its first trial to its files, however often it is interrupted.

Owns the order of events around a study: journal, console, DVCLive, files, time. What is studied and which files are
written is the caller's.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from redsm5_hpo.core.errors import SanityError, StudyError
from redsm5_hpo.core.files import Json, write_json
from redsm5_hpo.core.layout import JOURNALS, metrics_folder, study_folder, time_file
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.core.tracking import StudyTracker
from redsm5_hpo.execution.console import Console
from redsm5_hpo.execution.elapsed import elapsed
from redsm5_hpo.execution.epoch_reports import EpochReports
from redsm5_hpo.execution.timeout import limit_named
from redsm5_hpo.search.callbacks.dvclive import DvcLiveCallback
from redsm5_hpo.search.order import TrialOrder
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.storage.changes import starts_over
from redsm5_hpo.search.storage.journal import Journal
from redsm5_hpo.search.storage.retention import discard_recorded, retire
from redsm5_hpo.search.storage.workspace import outlives_workspace, study_journal
from redsm5_hpo.search.study import Callbacks, Objective, Study, optimize
from redsm5_hpo.training.machine import Machine
from redsm5_hpo.training.workers import training_workers

Export = Callable[[tuple[TrialRecord, ...], Path], Sequence[str]]


def workers(count: int, machine: Machine, reads: Sequence[Path]) -> Callable[[Path], Executor]:
    """Opens the workers of a study, which write into the journal's folder."""
    return lambda folder: training_workers(count, machine, reads, [folder])


@dataclass(frozen=True)
class StudyRun:
    """What a study needs beside its objective.

    Attributes:
        stage: the DVC stage, such as hpo_s1; it names the folders of results and metrics.
        study: which trials there are.
        covers: all that the study depends on; only a study that depends on the same goes on with its journal.
        open_workers: opens the executor, given the journal's folder.
        messages: what the user is shown at the start.
        callbacks: called with every trial in number order; an error that one raises ends the study.
        timed_out: asked before trials start; once true, none starts any more.
        extendable: whether the journal stays, for a study of more trials.
        forecast: called at the start of a study without trials: how long it will take; None for short studies.
        workers: how many are opened; the console says how busy they are.
        order: of the trials, none of which has started; None for the order by number.
        reports: of the epochs that running trials have begun, if the objective sends any.
        fit_timeout: seconds that a fit may take, infinite without a limit: a trial that a shorter timeout ended in an
            earlier run, and those after it, which may have seen its failure, run again. 0: none does.
    """

    architecture: Architecture
    stage: str
    study: Study
    covers: dict[str, Json]
    open_workers: Callable[[Path], Executor]
    messages: Sequence[str] = ()
    callbacks: Sequence[Callable[[TrialRecord], None]] = field(default=())
    timed_out: Callable[[], bool] = lambda: False
    extendable: bool = False
    forecast: Callable[[], str] | None = None
    workers: int = 1
    order: TrialOrder | None = None
    reports: EpochReports | None = None
    fit_timeout: float = 0.0


def run_study(run: StudyRun, objective: Callable[[Path], Objective], export: Export) -> None:
    """Run the study, or what an interrupted run left of it, and write its files.

    Args:
        objective: makes the objective, given the journal's folder, where trials may leave what is no record.
        export: writes the files, given all records and the journal's folder; returns what the user is shown at the end.

    Raises:
        StudyError: another process runs the same study; in temporary workspaces of DVC both run it.
    """
    discard_recorded(JOURNALS)
    with (
        study_journal(run.covers) as journal,
        elapsed(journal.path.parent) as seconds,
        _console(run, journal) as console,
    ):
        _begin(run, journal, console)
        folder = journal.path.parent
        with StudyTracker(metrics_folder(run.architecture, run.stage)) as tracker:
            recorded = _each([DvcLiveCallback(tracker).recorded, *run.callbacks])
            callbacks = Callbacks(console.finished, recorded, console.started)
            opened = (partial(run.open_workers, folder), journal, callbacks, run.timed_out)
            records = optimize(run.study, objective(folder), *opened, run.order, run.reports)
        try:
            for message in export(records, folder):
                console.write(message)
        except (SanityError, StudyError):
            if not run.extendable:  # the study is finished, and its trials are written; another run starts afresh
                journal.discard()
            raise
        write_json(time_file(run.architecture, run.stage), {"seconds": round(seconds(), 1)})
        if not run.extendable:
            retire(journal, study_folder(run.architecture, run.stage))


def _console(run: StudyRun, journal: Journal) -> Console:
    lasts = outlives_workspace(journal)
    return Console(f"{run.stage}@{run.architecture}", run.study.trials, workers=run.workers, kept=lasts)


def _begin(run: StudyRun, journal: Journal, console: Console) -> None:
    for message in run.messages:
        console.write(message)
    _drop_outlived(run.fit_timeout, journal, console)
    if not journal.records:
        for message in starts_over(journal.path.parents[1], run.covers):
            console.write(message)
    kept = tuple(record for record in journal.records if record.number < run.study.trials)
    console.resumed(kept, journal.damaged)
    if run.forecast is not None and not journal.records:
        console.write(run.forecast())


def _drop_outlived(fit_timeout: float, journal: Journal, console: Console) -> None:
    limits = {record.number: limit_named(record.reason) for record in journal.records if record.state == "failed"}
    outlived = [number for number, limit in limits.items() if limit is not None and limit < float(f"{fit_timeout:g}")]
    if not outlived:
        return
    first, before = min(outlived), len(journal.records)
    journal.keep_below(first)
    console.write(
        f"trial {first} took longer than the training.fit_timeout_minutes of an earlier run, which was shorter: the "
        f"{before - len(journal.records)} finished trials from it on run again, since later ones saw that it failed"
    )


def _each(callbacks: Sequence[Callable[[TrialRecord], None]]) -> Callable[[TrialRecord], None]:
    def recorded(record: TrialRecord) -> None:
        for callback in callbacks:
            callback(record)

    return recorded
