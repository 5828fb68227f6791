"""The files of a finished search stage, written and read.

Owns their names and contents: trials.jsonl, space.yaml, optuna_journal.log and best.yaml in the stage's folder, and
the summary that `dvc metrics` shows. Does not decide what is searched.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from pydantic import TypeAdapter, ValidationError

from redsm5_hpo.errors import StudyError
from redsm5_hpo.files import Json, read_jsonl, read_yaml_mapping, write_json, write_jsonl, write_yaml
from redsm5_hpo.params import Configuration, Space
from redsm5_hpo.search.optuna_log import write_optuna_log
from redsm5_hpo.search.records import State, TrialRecord, best_trial
from redsm5_hpo.search.space import bounds_touched

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
    """

    architecture: str
    stage: str
    space: Space
    defaults: Configuration
    epochs: int
    records: tuple[TrialRecord, ...]

    @property
    def best(self) -> TrialRecord:
        """The best trial; StudyError if there is none."""
        return best_trial(self.records)


def write_trials(directory: Path, study: FinishedStudy) -> None:
    """Write what was tried: trials.jsonl, space.yaml and the file for Optuna's tools."""
    write_jsonl(directory / "trials.jsonl", (record.to_json() for record in study.records))
    write_yaml(directory / "space.yaml", _SPACE.dump_python(study.space, mode="json"))
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


def write_summary(path: Path, study: FinishedStudy, floor: float) -> None:
    """Write the metrics of the stage."""
    best, states = study.best, Counter(record.state for record in study.records)
    summary: dict[str, Json] = {
        "best": {
            "configuration": dict(best.configuration),
            "epoch": best.best_epoch,
            "f1_macro": best.value,
            "on_bound": bounds_touched(study.space, best.configuration),
            "trial": best.number,
        },
        "beats_floor": best.value is not None and best.value > floor,
        "epochs": {
            "planned": study.epochs * len(study.records),
            "trained": sum(len(record.epochs) for record in study.records),
        },
        "floors": {"majority": {"f1_macro": floor}},
        "trials": {state: states[state] for state in get_args(State)},
    }
    write_json(path, summary)


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
        return _SPACE.validate_python(read_yaml_mapping(path, StudyError))
    except ValidationError as problem:
        raise _unreadable(path, problem) from None


def _unreadable(path: Path, problem: Exception) -> StudyError:
    return StudyError(f"{path} cannot be read", got=str(problem), remedy=f"run the search stage again: {path.parent}")
