"""The content of test.json: a system's numbers, their intervals, and the floors beside them.

Owns the names and groups of the file. Computes nothing itself and writes nothing.
"""

from collections.abc import Mapping, Sequence

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.files import Json
from redsm5_hpo.reporting.components import Components, components
from redsm5_hpo.reporting.criteria import CriterionResult, flat
from redsm5_hpo.reporting.intervals import Interval, bootstrap_intervals
from redsm5_hpo.reporting.significance import difference_interval, randomisation_p
from redsm5_hpo.training.scoring import Answer, Score, score

PRIMARY = "f1_macro"
FEWEST_POSTS = 5  # below, an interval's ends lie outside what the resamples can tell


def result_of_test(
    architecture: str,
    scored: Sequence[Example],
    answers: Sequence[Answer],
    floors: Mapping[str, Sequence[Answer]],
    criteria: Mapping[str, CriterionResult],
    seed: int,
) -> dict[str, Json]:
    """The primary numbers first, the rest under named groups; `seed` is of the resamples.

    Fewer than FEWEST_POSTS posts have no intervals and no p values.
    """
    found = score(architecture, scored, answers)
    system = components(architecture, scored, answers)
    intervals = bootstrap_intervals(system, seed) if len(system.posts) >= FEWEST_POSTS else {}
    beside = {name: _floor(system, architecture, scored, said, seed) for name, said in floors.items()}
    return {
        PRIMARY: found.f1_macro,
        "accuracy": found.accuracy,
        "floors": beside,
        "beats_floor": found.f1_macro > beside["majority"][PRIMARY],
        "beats_all_floors": all(found.f1_macro > floor[PRIMARY] for floor in beside.values()),
        "examples": len(scored),
        "posts": len(system.posts),
        "intervals": {name: _ends(interval) for name, interval in intervals.items() if "." not in name},
        "parts": _parts(found),
        "criteria": {label: _criterion(label, result, intervals) for label, result in criteria.items()},
    }


def headline(result: Mapping[str, Json]) -> str:
    """The result in one line for a terminal."""
    name, floor = max(result["floors"].items(), key=lambda item: item[1][PRIMARY])
    interval = result["intervals"].get(PRIMARY)
    spread = f" [{interval['low']:.3f}, {interval['high']:.3f}]" if interval else ""
    chance = f", p {floor['p']:.4f}" if "p" in floor else ""
    side = "above" if result[PRIMARY] > floor[PRIMARY] else "not above"
    strongest = f"{side} the strongest floor, {name} {floor[PRIMARY]:.3f}{chance}"
    return f"test {PRIMARY} {result[PRIMARY]:.3f}{spread}, {strongest}; {result['examples']} examples"


def _floor(
    system: Components, architecture: str, scored: Sequence[Example], said: Sequence[Answer], seed: int
) -> dict[str, Json]:
    floor = components(architecture, scored, said)
    result: dict[str, Json] = {PRIMARY: score(architecture, scored, said).f1_macro}
    if len(system.posts) >= FEWEST_POSTS:
        result["difference"] = _ends(difference_interval(system, floor, PRIMARY, seed))
        result["p"] = randomisation_p(system, floor, PRIMARY, seed)
    return result


def _criterion(label: str, result: CriterionResult, intervals: Mapping[str, Interval]) -> dict[str, Json]:
    interval = intervals.get(f"criteria.{label}.f1")
    return {**flat(result), **({"f1_interval": _ends(interval)} if interval else {})}


def _ends(interval: Interval) -> dict[str, float]:
    return {"low": interval.low, "high": interval.high}


def _parts(found: Score) -> dict[str, float]:
    parts = {
        "status_f1_macro": found.status_f1_macro,
        "evidence_f1": found.evidence_f1,
        "evidence_exact_match": found.evidence_exact_match,
    }
    return {name: value for name, value in parts.items() if value is not None}
