"""The files of a finished search stage, written and read.

Owns their contents: trials.jsonl, space.yaml, optuna_journal.log, best.yaml and topk.yaml in the stage's folder, and
study.json and budget.csv among its metrics. Does not decide what is searched.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from pydantic import TypeAdapter, ValidationError

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.files import Json, read_jsonl, write_csv, write_json, write_jsonl, write_yaml
from redsm5_hpo.core.layout import BEST, SPACE, STUDY_METRICS, TRIALS
from redsm5_hpo.params import Space, read_yaml_mapping
from redsm5_hpo.search.records import State, TrialRecord, best_trial
from redsm5_hpo.search.results import budget_curve
from redsm5_hpo.search.results.best_trial import REMEDY, BestTrial
from redsm5_hpo.search.results.importances import importances, marginals, top_trials
from redsm5_hpo.search.space import bounds_touched
from redsm5_hpo.search.specification import SearchSpecification
from redsm5_hpo.search.storage.optuna_journal import write_optuna_journal

_SPACE: TypeAdapter[Space] = TypeAdapter(Space)


@dataclass(frozen=True)
class FinishedStudy:
    """A search and all its trials, in number order."""

    search: SearchSpecification
    records: tuple[TrialRecord, ...]

    @property
    def best(self) -> TrialRecord:
        """The best trial; StudyError if there is none."""
        return best_trial(self.records)


def write_trials(folder: Path, study: FinishedStudy) -> None:
    """Write what was tried: trials.jsonl, space.yaml and the journal for Optuna's tools."""
    search = study.search
    write_jsonl(folder / TRIALS, (record.to_json() for record in study.records))
    write_yaml(folder / SPACE, _SPACE.dump_python(search.space, mode="json", exclude_defaults=True))
    name = f"{search.architecture}-{search.stage}"
    write_optuna_journal(folder / "optuna_journal.log", name, search.space, study.records)


def write_best(folder: Path, study: FinishedStudy) -> None:
    """Write best.yaml: the best trial's whole configuration, and where it comes from."""
    best, search = study.best, study.search
    if best.best_epoch is None or best.value is None:
        raise ValueError(f"trial {best.number} is complete without an epoch")
    found = BestTrial(
        configuration=search.defaults.with_values(best.params),
        best_epoch=best.best_epoch,
        epochs=search.epochs,
        value=best.value,
        trial=best.number,
        stage=search.stage,
        seed=best.seed,
        on_bound=bounds_touched(search.space, best.params),
    )
    write_yaml(folder / BEST, found.model_dump(mode="json"))


def write_analysis(folder: Path, study: FinishedStudy) -> None:
    """Write topk.yaml: the best trials with their whole configurations."""
    write_yaml(folder / "topk.yaml", top_trials(study.search.defaults, study.records, study.search.top_k))


def write_metrics(folder: Path, study: FinishedStudy, majority: float, noise: float) -> budget_curve.BudgetSummary:
    """Write study.json and the plot of the budget; returns what the budget bought.

    Args:
        majority: f1_macro of the majority baseline on val.
        noise: the standard error of the best trial's f1_macro.
    """
    trials = [(record.state, record.value) for record in study.records]
    rows = budget_curve.budget_rows(budget_curve.counted_scores(trials))
    budget = budget_curve.budget_summary(trials, noise)
    write_json(folder / STUDY_METRICS, _metrics(study, majority, budget, rows[-1]))
    write_csv(folder / "budget.csv", budget_curve.COLUMNS, map(_plotted, rows))
    return budget


def _metrics(
    study: FinishedStudy, majority: float, budget: budget_curve.BudgetSummary, last: budget_curve.BudgetRow
) -> dict[str, Json]:
    best, search, states = study.best, study.search, Counter(record.state for record in study.records)
    fits = len(search.folds) or 1
    return {
        "best": {
            "params": dict(best.params),
            "epoch": best.best_epoch,
            "f1_macro": best.value,
            "on_bound": bounds_touched(search.space, best.params),
            "trial": best.number,
        },
        "beats_majority": best.value is not None and best.value > majority,
        "budget": _budget(budget, last),
        "epochs": {
            "planned": search.epochs * fits * len(study.records),
            "trained": sum(len(record.epochs) for record in study.records),
        },
        "baselines": {"majority": {"f1_macro": majority}},
        "trials": {state: states[state] for state in get_args(State)},
        **(_analysis(study) if search.long else {}),
    }


def _analysis(study: FinishedStudy) -> dict[str, Json]:
    space = study.search.space
    return {
        "importances": importances(space, study.records),
        "marginals": marginals(space, study.records),
        "truncated": len(study.records) < study.search.trials,
    }


def _budget(budget: budget_curve.BudgetSummary, last: budget_curve.BudgetRow) -> dict[str, Json]:
    return {
        "enough_trials": budget.enough,
        "expected_best": {"f1_macro": last.expected, "high": last.high, "low": last.low},
        "last_half_gained": budget.last_half_gained,
        "noise": budget.noise,
    }


def _plotted(row: budget_curve.BudgetRow) -> tuple[float, ...]:
    return (row.trials, round(row.expected, 6), round(row.low, 6), round(row.high, 6))


def load_trials(folder: Path) -> tuple[TrialRecord, ...]:
    """The trials of a finished search stage; raises StudyError when they cannot be read."""
    path = folder / TRIALS
    try:
        return tuple(TrialRecord.from_json(line) for line in read_jsonl(path))
    except (OSError, ValueError) as problem:
        raise _unreadable(path, problem) from None


def load_space(folder: Path) -> Space:
    """The space that a finished search stage searched; raises StudyError when it cannot be read."""
    path = folder / SPACE
    try:
        return _SPACE.validate_python(read_yaml_mapping(path, StudyError, REMEDY))
    except ValidationError as problem:
        raise _unreadable(path, problem) from None


def _unreadable(path: Path, problem: Exception) -> StudyError:
    return StudyError(f"{path} cannot be read", got=str(problem), remedy=f"run the search stage again: {path.parent}")
