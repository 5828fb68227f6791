"""The candidates fitted again: on fresh seeds, trained and scored on regrouped posts.

Owns which run fits what, and the answers that runs leave beside their records. A run trains as long as a refit would
and is scored once, at its end. Runs are trials of a study in which nothing is proposed, so they survive a crash like
those of a search. Does not compare candidates.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.corpus.portions import Fold
from redsm5_hpo.errors import StudyError
from redsm5_hpo.files import replaced_file
from redsm5_hpo.search.candidates import Candidate
from redsm5_hpo.search.records import TrialRecord, TrialRequest, Values
from redsm5_hpo.seeding import child_seed
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.scoring import Answer


@dataclass(frozen=True)
class Reruns:
    """The schedule: each candidate is run on the first `runs` folds, all candidates with a fold's same seed.

    Attributes:
        seed: all other seeds are derived from it.
        candidates: how many there are.
        runs: how many folds each is run on.
        window: how many runs may be in flight at once.
    """

    seed: int
    candidates: int
    runs: int
    window: int

    @property
    def trials(self) -> int:
        """Runs in all."""
        return self.candidates * self.runs

    def request(self, number: int, finished: Sequence[TrialRecord], running: Sequence[Values]) -> TrialRequest:  # noqa: ARG002
        """Run `number`: candidate number // runs on fold number % runs."""
        return TrialRequest(number, {}, child_seed(self.seed, "run", number % self.runs), ())


@dataclass(frozen=True)
class RerunRunner:
    """Runs one candidate on one fold; a value, so that it travels to workers.

    Attributes:
        plan: what all runs share; epochs and portions are the run's.
        candidates: in the schedule's order.
        folds: those that are held out.
        folder: where answers are left.
    """

    plan: FitPlan
    candidates: tuple[Candidate, ...]
    folds: tuple[Fold, ...]
    folder: Path

    def __call__(self, request: TrialRequest) -> TrialRecord:
        """Fit, score and leave the answers; the record's one epoch is the last."""
        from redsm5_hpo.search.trial import outcome  # as in runner: the driver imports no torch
        from redsm5_hpo.training.fit import fit_and_score

        candidate, fold = (
            self.candidates[request.number // len(self.folds)],
            self.folds[request.number % len(self.folds)],
        )
        plan = replace(self.plan, epochs=candidate.epochs, train=fold.train, val=fold.held_out)

        def run(record: TrialRecord) -> TrialRecord:
            epoch, answers = fit_and_score(plan, candidate.configuration, request.seed, candidate.stop_epoch)
            _write(answers_file(self.folder, request.number), answers)
            return replace(
                record, state="complete", epochs=(epoch,), value=epoch.f1_macro, best_epoch=candidate.stop_epoch
            )

        return outcome(request, run)


def answers_file(folder: Path, number: int) -> Path:
    """Where a run leaves its answers."""
    return folder / f"answers-{number}.npy"


def read_answers(folder: Path, number: int) -> list[Answer]:
    """A run's answers to the held-out examples in their order; raises StudyError when they cannot be read."""
    path = answers_file(folder, number)
    try:
        rows = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as problem:
        remedy = f"delete {folder} and run the stage again"
        raise StudyError(f"{path} cannot be read", got=str(problem), remedy=remedy) from None
    return [_answer(row) for row in rows]


def _write(path: Path, answers: Sequence[Answer]) -> None:
    """One row an answer: both log odds and the span's ends, nan for what is not learned."""
    rows = np.array([[_number(value) for value in _values(answer)] for answer in answers], dtype=np.float64)
    with replaced_file(path) as stream:
        np.save(stream, rows, allow_pickle=False)


def _values(answer: Answer) -> tuple[float | None, ...]:
    return answer.status_log_odds, answer.span_log_odds, *(answer.span or (None, None))


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _answer(row: NDArray[np.float64]) -> Answer:
    status, spans, start, end = (None if np.isnan(value) else float(value) for value in row)
    return Answer(status, spans, None if start is None or end is None else (int(start), int(end)))
