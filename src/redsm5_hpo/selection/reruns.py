"""The candidates fitted again, with fresh seeds, on posts that are regrouped into folds.

Owns which run fits what, and the files of the runs' predictions. A run trains as long as a refit would and is scored
once, at its end. Runs are trials of a study in which nothing is sampled, so a crash loses no finished run. Does not
compare candidates.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.files import replaced_file
from redsm5_hpo.core.seeding import child_seed
from redsm5_hpo.corpus.portions import Fold
from redsm5_hpo.search.records import TrialRecord, TrialRequest, Values
from redsm5_hpo.selection.candidates import Candidate
from redsm5_hpo.training.fit_spec import FitSpec
from redsm5_hpo.training.scoring import Prediction


@dataclass(frozen=True)
class RerunStudy:
    """Each candidate on the first `runs` folds; on a fold all candidates have the same seed.

    Attributes:
        seed: all other seeds are derived from it.
        candidates: in the order of runs.
        runs: how many folds each is run on.
    """

    seed: int
    candidates: tuple[Candidate, ...]
    runs: int

    @property
    def trials(self) -> int:
        """The number of runs."""
        return len(self.candidates) * self.runs

    @property
    def max_concurrent_trials(self) -> int:
        """All: no run depends on another."""
        return self.trials

    def ask(self, number: int, finished: Sequence[TrialRecord], running: Sequence[Values]) -> TrialRequest:  # noqa: ARG002
        """Run `number`: candidate number // runs on fold number % runs."""
        configuration = self.candidates[number // self.runs].configuration
        return TrialRequest(number, {}, configuration, child_seed(self.seed, "run", number % self.runs), ())


@dataclass(frozen=True)
class RerunObjective:
    """Runs one candidate on one fold; a value, so that it is sent to workers.

    Attributes:
        spec: what all runs have in common; epochs and posts are the run's own.
        candidates: in the order of runs.
        folds: those that are held out.
        folder: for the predictions.
    """

    spec: FitSpec
    candidates: tuple[Candidate, ...]
    folds: tuple[Fold, ...]
    folder: Path

    def __call__(self, request: TrialRequest) -> TrialRecord:
        """Fit, score and write the predictions; the record holds the last epoch only."""
        from redsm5_hpo.search.trial import recorded  # as in search/objective: the driver imports no torch
        from redsm5_hpo.training.fit import fit_and_score

        candidate = self.candidates[request.number // len(self.folds)]
        fold, stop = self.folds[request.number % len(self.folds)], candidate.stop_epoch
        spec = replace(self.spec, epochs=candidate.epochs, train=fold.train, val=fold.held_out)

        def run(record: TrialRecord) -> TrialRecord:
            epoch, predictions = fit_and_score(spec, request.configuration, request.seed, stop)
            _write(predictions_of_run(self.folder, request.number), predictions)
            return replace(record, state="complete", epochs=(epoch,), value=epoch.f1_macro, best_epoch=stop)

        return recorded(request, run)


def predictions_of_run(folder: Path, number: int) -> Path:
    """The file of a run's predictions."""
    return folder / f"predictions-{number}.npy"


def read_predictions(folder: Path, number: int) -> list[Prediction]:
    """A run's predictions for the held-out examples, in their order; raises StudyError when they cannot be read."""
    path = predictions_of_run(folder, number)
    try:
        rows = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as problem:
        remedy = f"delete {folder} and run the stage again"
        raise StudyError(f"{path} cannot be read", got=str(problem), remedy=remedy) from None
    return [_prediction(row) for row in rows]


def _write(path: Path, predictions: Sequence[Prediction]) -> None:
    """One row per prediction: both log odds and the span's ends; nan where there is none."""
    rows = np.array([[_number(value) for value in _values(each)] for each in predictions], dtype=np.float64)
    with replaced_file(path) as stream:
        np.save(stream, rows, allow_pickle=False)


def _values(prediction: Prediction) -> tuple[float | None, ...]:
    return prediction.status_log_odds, prediction.span_log_odds, *(prediction.span or (None, None))


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _prediction(row: NDArray[np.float64]) -> Prediction:
    status, spans, start, end = (None if np.isnan(value) else float(value) for value in row)
    return Prediction(status, spans, None if start is None or end is None else (int(start), int(end)))
