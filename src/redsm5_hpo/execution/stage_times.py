"""How long stages take: what the stages of this project took, and what that says about others.

Owns the seconds of the last run of each stage, in files that git and DVC ignore, and the estimate from them.
"""

import os
from collections.abc import Mapping
from typing import NamedTuple

from redsm5_hpo.core.files import Json, hash_value, read_json, write_json
from redsm5_hpo.core.layout import METRICS, PARAMS
from redsm5_hpo.core.tasks import TASKS
from redsm5_hpo.execution.pipelines import read_mapping, value_at

FOLDER = METRICS / "time" / "stages"
_DECIDING = ("data", "split", "encoder", "training")  # settings that decide how long an epoch takes

# Measured on the demo (bench/README.md): beside its epochs a stage takes the time of 5.5, and evaluate, which trains
# none, that of 4 more. An epoch of pairs takes 1.4 times that of sentences, with two encoders 1.65 times more.
_START_EPOCHS = 5.5
_WITHOUT_EPOCHS = {"evaluate": 4.0, "report": 0.0}
_PAIR, _SECOND_ENCODER = 1.4, 0.65


class StageTime(NamedTuple):
    """What a stage took, and its relative cost."""

    seconds: float
    cost: float


def stage_cost(stage: str, settings: Mapping[str, Json]) -> float | None:
    """The relative cost of a stage such as hpo_s1@joint with the settings of params.yaml.

    It compares stages of a model with each other, and any other stage with itself; None where it is unknown.
    """
    name, _, architecture = stage.partition("@")
    task = next((task for known, task in TASKS.items() if known == architecture), None)
    if task is None:
        return None if architecture else 1.0
    weight = (1.0 if task.unit == "sentence" else _PAIR) * (1 + _SECOND_ENCODER * (task.encoders - 1))
    try:
        return weight * (_START_EPOCHS + _epochs(name, dict(settings)))
    except (KeyError, TypeError, ValueError):  # settings that the stage refuses
        return None


def write_time(stage: str, time: StageTime) -> None:
    """Keep how long a stage took with the settings of params.yaml."""
    write_json(FOLDER / f"{stage}.json", {**time._asdict(), "settings": _settings_hash()})


def read_times() -> dict[str, StageTime]:
    """What stages took with the settings that decide it now; a damaged file counts as none."""
    times, settings = {}, _settings_hash()
    for path in sorted(FOLDER.glob("*.json")):
        try:
            content = read_json(path)
            if content["settings"] == settings and content["cost"] > 0:
                times[path.stem] = StageTime(float(content["seconds"]), float(content["cost"]))
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return times


def estimated_seconds(costs: Mapping[str, float | None], times: Mapping[str, StageTime]) -> float | None:
    """How long stages of these costs will take together; None where it is unknown of one of them.

    A stage is as fast as in its last run, else as the stages of its architecture, else as those of all architectures,
    of which one is not enough: the first of a run also waits for the workers' imports.
    """
    total = 0.0
    for stage, cost in costs.items():
        alike = _alike(stage, times)
        if cost is None or not alike:
            return None
        total += cost * sum(time.seconds for time in alike) / sum(time.cost for time in alike)
    return total


def _alike(stage: str, times: Mapping[str, StageTime]) -> list[StageTime]:
    architecture = stage.partition("@")[2]
    if stage in times or not architecture:
        return [times[stage]] if stage in times else []
    of_models = {name: time for name, time in times.items() if "@" in name}
    same = [time for name, time in of_models.items() if name.partition("@")[2] == architecture]
    return same or (list(of_models.values()) if len(of_models) > 1 else [])


def _epochs(stage: str, settings: dict[str, Json]) -> float:
    """How many epochs a stage plans to train, in all its fits; raises KeyError for an unknown stage."""
    if stage.startswith("hpo_s"):
        search = value_at(settings, stage.replace("_", "."))
        return float(search["trials"] * search["epochs"] * value_at(settings, "hpo.folds"))
    fits = {
        "select": (value_at(settings, "select.top_k") + 1) * value_at(settings, "select.runs"),
        "refit": 2 * len(value_at(settings, "refit.seeds")),
    }
    known = _WITHOUT_EPOCHS.get(stage)
    return float(fits[stage] * value_at(settings, "hpo.s2.epochs")) if known is None else known


def _settings_hash() -> str:
    settings = read_mapping(PARAMS)
    workers = [os.environ.get(name, "") for name in ("HPO_WORKERS", "HPO_EXECUTOR")]
    return hash_value([*workers, *(repr(settings.get(name)) for name in _DECIDING)])
