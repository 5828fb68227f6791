"""One study from its first trial to its files, however often it is interrupted.

Owns the order of events around a study: journal, console, DVCLive, files, time. What is studied and which files come of
it is the caller's.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from redsm5_hpo.errors import SanityError, StudyError
from redsm5_hpo.files import Json, write_json
from redsm5_hpo.params import Architecture
from redsm5_hpo.search.console import Console
from redsm5_hpo.search.crew import Objective
from redsm5_hpo.search.journal import Journal, open_journal
from redsm5_hpo.search.recorded import discard_recorded, retire
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.stopwatch import stopwatch
from redsm5_hpo.search.study import Listeners, Schedule, run_study
from redsm5_hpo.search.study_log import StudyLog
from redsm5_hpo.tracking import StudyTracker
from redsm5_hpo.training.workers import worker_count, worker_pool

JOURNALS = Path(".hpo_work")


def workers(window: int, gpus: int) -> Callable[[], Executor]:
    """Opens so many workers; a wrong HPO_WORKERS is refused here, before any file is opened."""
    return partial(worker_pool, worker_count(window, gpus))


@dataclass(frozen=True)
class Session:
    """What a study needs beside its objective.

    Attributes:
        architecture: which of the four.
        name: of the stage, such as hpo_s1; DVCLive's files go to metrics/ARCH/NAME.
        schedule: which trials there are.
        covers: all that the study depends on; only a study that depends on the same goes on with its journal.
        out: the folder of its results; the journal stays until DVC knows them.
        open_workers: opens the executor.
        remarks: what the user is told at the start.
        watch: hears of every trial in number order; what it raises ends the study.
        out_of_time: asked before trials start; true lets none start any more.
        extendable: the journal stays for a study of more trials.
        forecast: asked at the start of a study without trials for what it will take; None for studies that are short.
    """

    architecture: Architecture
    name: str
    schedule: Schedule
    covers: dict[str, Json]
    out: Path
    open_workers: Callable[[], Executor]
    remarks: Sequence[str] = ()
    watch: Callable[[TrialRecord], None] = lambda _: None
    out_of_time: Callable[[], bool] = lambda: False
    extendable: bool = False
    forecast: Callable[[], str] | None = None


def run_session(
    session: Session,
    objective: Callable[[Path], Objective],
    export: Callable[[tuple[TrialRecord, ...], Path], Sequence[str]],
) -> None:
    """Run the study, or what an interrupted run left of it, and write its files.

    Args:
        session: the study.
        objective: makes the objective, given the journal's folder, where trials may leave what is no record.
        export: writes the files, given all records and the journal's folder; returns what the user is told at the end.

    Raises:
        StudyError: another process runs the same study.
    """
    discard_recorded(JOURNALS)
    title = f"{session.name}@{session.architecture}"
    with (
        open_journal(JOURNALS, session.covers) as journal,
        stopwatch(journal.path.parent) as seconds,
        Console(title, session.schedule.trials) as console,
    ):
        _begin(session, journal, console)
        folder = journal.path.parent
        with StudyTracker(Path("metrics") / session.architecture / session.name) as tracker:
            records = run_study(
                session.schedule,
                objective(folder),
                session.open_workers,
                journal,
                Listeners(console.finished, _recorded(StudyLog(tracker), session)),
                session.out_of_time,
            )
        try:
            for remark in export(records, folder):
                console.say(remark)
        except (SanityError, StudyError):
            if not session.extendable:  # the study is finished, and its trials are written; another run starts afresh
                journal.discard()
            raise
        times = Path("metrics/time") / session.architecture / f"{session.name}.json"
        write_json(times, {"seconds": round(seconds(), 1)})
        if not session.extendable:
            retire(journal, session.out)


def _begin(session: Session, journal: Journal, console: Console) -> None:
    for remark in session.remarks:
        console.say(remark)
    kept = tuple(record for record in journal.records if record.number < session.schedule.trials)
    console.resumed(kept, journal.damaged)
    if session.forecast is not None and not journal.records:
        console.say(session.forecast())


def _recorded(log: StudyLog, session: Session) -> Callable[[TrialRecord], None]:
    def recorded(record: TrialRecord) -> None:
        log.recorded(record)
        session.watch(record)

    return recorded
