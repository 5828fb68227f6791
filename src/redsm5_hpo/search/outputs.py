"""The files of a finished search stage, written and read.

Owns their names and contents: trials.jsonl, space.yaml, optuna_journal.log and best.yaml in the stage's folder, and
the summary and the plot of the budget that DVC shows. Does not decide what is searched.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from pydantic import TypeAdapter, ValidationError

from redsm5_hpo.errors import StudyError
from redsm5_hpo.files import Json, read_jsonl, write_csv, write_json, write_jsonl, write_yaml
from redsm5_hpo.params import Architecture, Configuration, Space, read_yaml_mapping
from redsm5_hpo.search.budget import COLUMNS, BudgetRow, BudgetSummary, budget_rows, budget_summary, counted_scores
from redsm5_hpo.search.optuna_log import write_optuna_log
from redsm5_hpo.search.records import State, TrialRecord, best_trial
from redsm5_hpo.search.space import bounds_touched

_REMEDY = "run `dvc repro`, which runs the search stage that writes it"
_SPACE: TypeAdapter[Space] = TypeAdapter(Space)


@dataclass(frozen=True)
class FinishedStudy:
    """A study and what its files need to know of it.

    Attributes:
        architecture: which of the four was searched.
        stage: s0, s1 or s2.
        space: the space searched.
        defaults: the configuration that a trial's values complete.
        epochs: how many epochs a trial had at most.
        records: all trials in number order.
        folds: how many fits a trial had at most.
    """

    architecture: Architecture
    stage: str
    space: Space
    defaults: Configuration
    epochs: int
    records: tuple[TrialRecord, ...]
    folds: int = 1

    @property
    def best(self) -> TrialRecord:
        """The best trial; StudyError if there is none."""
        return best_trial(self.records)


def write_trials(directory: Path, study: FinishedStudy) -> None:
    """Write what was tried: trials.jsonl, space.yaml and the file for Optuna's tools."""
    write_jsonl(directory / "trials.jsonl", (record.to_json() for record in study.records))
    write_yaml(directory / "space.yaml", _SPACE.dump_python(study.space, mode="json", exclude_defaults=True))
    name = f"{study.architecture}-{study.stage}"
    write_optuna_log(directory / "optuna_journal.log", name, study.space, study.records)


def write_best(directory: Path, study: FinishedStudy) -> None:
    """Write best.yaml: the whole winning configuration and where it comes from."""
    best = study.best
    winner = {
        "configuration": study.defaults.with_values(best.configuration).model_dump(mode="json"),
        "best_epoch": best.best_epoch,
        "epochs": study.epochs,
        "value": best.value,
        "trial": best.number,
        "stage": study.stage,
        "seed": best.seed,
        "on_bound": bounds_touched(study.space, best.configuration),
    }
    write_yaml(directory / "best.yaml", winner)


def write_summary(
    folder: Path, study: FinishedStudy, floor: float, noise: float, more: Mapping[str, Json] | None = None
) -> BudgetSummary:
    """Write the metrics of the stage and the plot of its budget; returns what the budget bought.

    Args:
        folder: gets hpo_STAGE.json and search_budget_STAGE.csv.
        floor: f1_macro of the majority answers.
        noise: the standard error of the best's f1_macro.
        more: further metrics.
    """
    best, states = study.best, Counter(record.state for record in study.records)
    scores = counted_scores((record.state, record.value) for record in study.records)
    rows, bought = budget_rows(scores), budget_summary(scores, noise)
    summary: dict[str, Json] = {
        "best": {
            "configuration": dict(best.configuration),
            "epoch": best.best_epoch,
            "f1_macro": best.value,
            "on_bound": bounds_touched(study.space, best.configuration),
            "trial": best.number,
        },
        "beats_floor": best.value is not None and best.value > floor,
        "budget": _budget(bought, rows[-1]),
        "epochs": {
            "planned": study.epochs * study.folds * len(study.records),
            "trained": sum(len(record.epochs) for record in study.records),
        },
        "floors": {"majority": {"f1_macro": floor}},
        "trials": {state: states[state] for state in get_args(State)},
        **(more or {}),
    }
    write_json(folder / f"hpo_{study.stage}.json", summary)
    write_csv(folder / f"search_budget_{study.stage}.csv", COLUMNS, map(_plotted, rows))
    return bought


def _budget(bought: BudgetSummary, last: BudgetRow) -> dict[str, Json]:
    return {
        "enough_trials": bought.enough,
        "expected_best": {"f1_macro": last.expected, "high": last.high, "low": last.low},
        "last_half_gained": bought.last_half_gained,
        "noise": bought.noise,
    }


def _plotted(row: BudgetRow) -> tuple[float, ...]:
    return (row.trials, round(row.expected, 6), round(row.low, 6), round(row.high, 6))


def load_trials(directory: Path) -> tuple[TrialRecord, ...]:
    """The trials of a finished stage; raises StudyError when they cannot be read."""
    path = directory / "trials.jsonl"
    try:
        return tuple(TrialRecord.from_json(line) for line in read_jsonl(path))
    except (OSError, ValueError) as problem:
        raise _unreadable(path, problem) from None


def load_space(directory: Path) -> Space:
    """The space a finished stage searched; raises StudyError when it cannot be read."""
    path = directory / "space.yaml"
    try:
        return _SPACE.validate_python(read_yaml_mapping(path, StudyError, _REMEDY))
    except ValidationError as problem:
        raise _unreadable(path, problem) from None


def _unreadable(path: Path, problem: Exception) -> StudyError:
    return StudyError(f"{path} cannot be read", got=str(problem), remedy=f"run the search stage again: {path.parent}")
