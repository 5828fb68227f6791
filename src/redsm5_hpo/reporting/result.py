"""The content of test.json: a system's numbers, their intervals, and the floors beside them.

Owns the names and groups of the file. Computes nothing itself and writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.files import Json
from redsm5_hpo.reporting.components import Components, components
from redsm5_hpo.reporting.criteria import CriterionResult, flat
from redsm5_hpo.reporting.intervals import FEWEST_POSTS, Interval, bootstrap_intervals
from redsm5_hpo.reporting.significance import difference_interval, holm, randomisation_p
from redsm5_hpo.reporting.verdict import (
    DEFAULT,
    PRIMARY,
    beats_default,
    beats_floor,
    strongest_floor,
    verdict,
    without_default,
)
from redsm5_hpo.training.scoring import Answer, Score, score

CRITERION_METRICS = ("precision", "recall", "f1", "evidence_f1")


@dataclass(frozen=True)
class Compared:
    """Answers that the system's stand beside.

    Attributes:
        floors: of systems without an encoder, by name.
        default: of the default configuration's model; None where that is the system itself.
    """

    floors: Mapping[str, Sequence[Answer]]
    default: Sequence[Answer] | None = None


def result_of_test(
    architecture: str,
    scored: Sequence[Example],
    answers: Sequence[Answer],
    compared: Compared,
    criteria: Mapping[str, CriterionResult],
    seed: int,
) -> dict[str, Json]:
    """The primary numbers first, the rest under named groups; `seed` is of the resamples.

    Fewer than FEWEST_POSTS posts have no intervals and no p values.
    """
    found = score(architecture, scored, answers)
    system = components(architecture, scored, answers)
    intervals = bootstrap_intervals(system, seed) if len(system.posts) >= FEWEST_POSTS else {}
    beside = _floors(system, scored, compared.floors, seed)
    default = system if compared.default is None else components(architecture, scored, compared.default)
    rival = _floor(system, default, seed)
    return {
        PRIMARY: found.f1_macro,
        "accuracy": found.accuracy,
        "floors": {**beside, DEFAULT: rival},
        "beats_floor": beats_floor(found.f1_macro, beside),
        "beats_default": beats_default(found.f1_macro, rival),
        "strongest_floor": strongest_floor(beside),
        "examples": len(scored),
        "posts": len(system.posts),
        "intervals": {name: _ends(interval) for name, interval in intervals.items() if "." not in name},
        "parts": _parts(found),
        "criteria": {label: _criterion(label, result, intervals) for label, result in criteria.items()},
    }


def headline(result: Mapping[str, Json]) -> str:
    """The result in one line for a terminal."""
    interval = result["intervals"].get(PRIMARY)
    spread = f" [{interval['low']:.3f}, {interval['high']:.3f}]" if interval else ""
    told = verdict(result[PRIMARY], without_default(result["floors"]))
    return f"test {PRIMARY} {result[PRIMARY]:.3f}{spread}, {told}; {result['examples']} examples"


def _floors(
    system: Components, scored: Sequence[Example], floors: Mapping[str, Sequence[Answer]], seed: int
) -> dict[str, dict[str, Json]]:
    beside = {
        name: _floor(system, components(system.architecture, scored, said), seed) for name, said in floors.items()
    }
    corrected = holm({name: floor["p"] for name, floor in beside.items() if "p" in floor})
    for name, p in corrected.items():
        beside[name]["p_holm"] = p
    return beside


def _floor(system: Components, floor: Components, seed: int) -> dict[str, Json]:
    result: dict[str, Json] = {PRIMARY: float(floor.metrics(floor.total)[PRIMARY])}
    if len(system.posts) >= FEWEST_POSTS:
        result["difference"] = _ends(difference_interval(system, floor, PRIMARY, seed))
        result["p"] = randomisation_p(system, floor, PRIMARY, seed)
    return result


def _criterion(label: str, result: CriterionResult, intervals: Mapping[str, Interval]) -> dict[str, Json]:
    names = [name for name in CRITERION_METRICS if f"criteria.{label}.{name}" in intervals]
    return {**flat(result), **{f"{name}_interval": _ends(intervals[f"criteria.{label}.{name}"]) for name in names}}


def _ends(interval: Interval) -> dict[str, float]:
    return {"low": interval.low, "high": interval.high}


def _parts(found: Score) -> dict[str, float]:
    parts = {
        "status_f1_macro": found.status_f1_macro,
        "evidence_f1": found.evidence_f1,
        "evidence_exact_match": found.evidence_exact_match,
    }
    return {name: value for name, value in parts.items() if value is not None}
