"""How long stages take: what the stages of this project took, and what that says about others.

Owns the seconds of the last run of each stage, in files that git and DVC ignore, and the estimate from them.
"""

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from redsm5_hpo.core.files import Json, hash_value, read_json, write_json
from redsm5_hpo.core.layout import METRICS, PARAMS
from redsm5_hpo.core.tasks import TASKS
from redsm5_hpo.execution.pipelines import read_mapping, value_at

FOLDER = METRICS / "time" / "stages"
_DECIDING = ("data", "split", "encoder", "training")  # settings that decide how long an epoch takes

# Measured on the demo (bench/README.md). An epoch of pairs takes 1.4 times that of sentences, with two encoders 1.65
# times more.
_PAIR, _SECOND_ENCODER = 1.4, 0.65
_START_SECONDS = 8.0  # of a stage beside its epochs, where its own last run is all that is known
_LONGEST_START_SECONDS = 15.0
# From so little nothing follows for other stages: the first ones also import, tokenize and fill caches.
_FEW_STAGES, _SHORT_SECONDS = 4, 60.0


class StageCost(NamedTuple):
    """What a stage does: start, as often as a stage that trains, and train epochs, as long as one of criteria."""

    starts: float
    epochs: float


class StageTime(NamedTuple):
    """What a stage took, and what it did."""

    seconds: float
    cost: StageCost


_WITHOUT_FITS = {"evaluate": StageCost(1.5, 4.0), "report": StageCost(0.3, 0.0)}


def stage_cost(stage: str, settings: Mapping[str, Json]) -> StageCost | None:
    """The cost of a stage such as hpo_s1@joint with the settings of params.yaml; None where it is unknown.

    It compares stages of a model with each other, and any other stage with itself.
    """
    name, _, architecture = stage.partition("@")
    task = next((task for known, task in TASKS.items() if known == architecture), None)
    if task is None:
        return None if architecture else StageCost(1.0, 0.0)
    weight = (1.0 if task.unit == "sentence" else _PAIR) * (1 + _SECOND_ENCODER * (task.encoders - 1))
    try:
        cost = _WITHOUT_FITS.get(name) or StageCost(1.0, _epochs(name, dict(settings)))
    except (KeyError, TypeError, ValueError):  # settings that the stage refuses
        return None
    return StageCost(cost.starts, weight * cost.epochs)


def write_time(stage: str, time: StageTime) -> None:
    """Keep how long a stage took with the settings of params.yaml."""
    content = {"seconds": time.seconds, **time.cost._asdict(), "settings": _settings_hash()}
    write_json(FOLDER / f"{stage}.json", content)


def read_times() -> dict[str, StageTime]:
    """What stages took with the settings that decide it now; a damaged file counts as none."""
    times, settings = {}, _settings_hash()
    for path in sorted(FOLDER.glob("*.json")):
        try:
            content = read_json(path)
            if content["settings"] == settings:
                cost = StageCost(float(content["starts"]), float(content["epochs"]))
                times[path.stem] = StageTime(float(content["seconds"]), cost)
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return times


def estimated_seconds(costs: Mapping[str, StageCost | None], times: Mapping[str, StageTime]) -> float | None:
    """How long stages of these costs will take together; None where it is unknown of one of them.

    A stage is as fast as in its last run, else as the stages of its architecture, else as those of all architectures.
    """
    total = 0.0
    for stage, cost in costs.items():
        alike = _alike(stage, times)
        if cost is None or not alike:
            return None
        start, epoch = _seconds_of_a_start_and_an_epoch(alike)
        total += cost.starts * start + cost.epochs * epoch
    return total


def _alike(stage: str, times: Mapping[str, StageTime]) -> list[StageTime]:
    architecture = stage.partition("@")[2]
    if stage in times or not architecture:
        return [times[stage]] if stage in times else []
    of_models = {name: time for name, time in times.items() if "@" in name}
    same = [time for name, time in of_models.items() if name.partition("@")[2] == architecture]
    if len(same) > 1:
        return same
    enough = len(of_models) >= _FEW_STAGES or sum(time.seconds for time in of_models.values()) >= _SHORT_SECONDS
    return list(of_models.values()) if enough else []


def _seconds_of_a_start_and_an_epoch(times: Sequence[StageTime]) -> tuple[float, float]:
    """By least squares, neither of them negative, and a start no longer than starts are."""
    starts, epochs = [time.cost.starts for time in times], [time.cost.epochs for time in times]
    seconds = [time.seconds for time in times]
    determinant = _dot(starts, starts) * _dot(epochs, epochs) - _dot(starts, epochs) ** 2
    if determinant > 1e-6 * _dot(starts, starts) * _dot(epochs, epochs):
        fitted = _dot(starts, seconds) * _dot(epochs, epochs) - _dot(starts, epochs) * _dot(epochs, seconds)
        start = min(max(fitted / determinant, 0.0), _LONGEST_START_SECONDS)
    else:  # as for one stage
        start = min(_dot(starts, seconds) / _dot(starts, starts), _START_SECONDS)
    above = _dot(epochs, seconds) - _dot(starts, epochs) * start
    if above <= 0:
        return _dot(starts, seconds) / _dot(starts, starts), 0.0
    return start, above / _dot(epochs, epochs)


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(one * other for one, other in zip(left, right, strict=True))


def _epochs(stage: str, settings: dict[str, Json]) -> float:
    """How many epochs a stage plans to train, in all its fits; raises KeyError for an unknown stage."""
    if stage.startswith("hpo_s"):
        search = value_at(settings, stage.replace("_", "."))
        return float(search["trials"] * search["epochs"] * value_at(settings, "hpo.folds"))
    fits = {
        "select": (value_at(settings, "select.top_k") + 1) * value_at(settings, "select.runs"),
        "refit": 2 * len(value_at(settings, "refit.seeds")),
    }
    return float(fits[stage] * value_at(settings, "hpo.s2.epochs"))


def _settings_hash() -> str:
    settings = read_mapping(PARAMS)
    workers = [os.environ.get(name, "") for name in ("HPO_WORKERS", "HPO_EXECUTOR")]
    return hash_value([*workers, *(repr(settings.get(name)) for name in _DECIDING)])
