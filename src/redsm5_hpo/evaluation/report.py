"""The content of details.json: metrics, their intervals, the comparison with the baselines, the selection.

Owns the keys of the file. Metrics, intervals and tests are computed elsewhere. Writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import fmean, stdev

from redsm5_hpo.core.files import Json
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.evaluation import baseline_comparison
from redsm5_hpo.evaluation.baseline_comparison import DEFAULT, PRIMARY
from redsm5_hpo.evaluation.components import Components, components
from redsm5_hpo.evaluation.intervals import MIN_POSTS, Interval, bootstrap_intervals
from redsm5_hpo.evaluation.per_criterion import CriterionResult, flat
from redsm5_hpo.evaluation.significance import difference_interval, holm, randomization_p
from redsm5_hpo.training.scoring import Prediction, Score, score

CRITERION_METRICS = ("precision", "recall", "f1", "evidence_f1")


@dataclass(frozen=True)
class Compared:
    """The predictions that a system's are compared with.

    Attributes:
        baselines: those of the baselines, by name.
        default: those of the default configuration's model; None if that is the system itself.
    """

    baselines: Mapping[str, Sequence[Prediction]]
    default: Sequence[Prediction] | None = None


def result_of_test(
    architecture: Architecture,
    scored: Sequence[Example],
    predictions: Sequence[Prediction],
    compared: Compared,
    criteria: Mapping[str, CriterionResult],
    seed: int,
) -> dict[str, Json]:
    """The primary metrics first, the others in named groups. `seed` draws the resamples.

    Fewer than MIN_POSTS posts have no intervals and no p values.
    """
    scores = score(architecture, scored, predictions)
    system = components(architecture, scored, predictions)
    intervals = bootstrap_intervals(system, seed) if len(system.posts) >= MIN_POSTS else {}
    baselines = _baselines(system, scored, compared.baselines, seed)
    of_default = system if compared.default is None else components(architecture, scored, compared.default)
    default = _baseline(system, of_default, seed)
    return {
        PRIMARY: scores.f1_macro,
        "accuracy": scores.accuracy,
        "baselines": {**baselines, DEFAULT: default},
        "beats_baselines": baseline_comparison.beats_baselines(scores.f1_macro, baselines),
        "beats_default": baseline_comparison.beats_default(scores.f1_macro, default),
        "strongest_baseline": baseline_comparison.strongest_baseline(baselines),
        "examples": len(scored),
        "posts": len(system.posts),
        "intervals": {name: interval.ends for name, interval in intervals.items() if "." not in name},
        "parts": _parts(scores),
        "criteria": {label: _criterion(label, result, intervals) for label, result in criteria.items()},
    }


def headline(result: Mapping[str, Json]) -> str:
    """The result in one line for a terminal."""
    interval = result["intervals"].get(PRIMARY)
    spread = f" [{interval['low']:.3f}, {interval['high']:.3f}]" if interval else ""
    comparison = baseline_comparison.comparison_message(
        result[PRIMARY], baseline_comparison.without_default(result["baselines"])
    )
    return f"test {PRIMARY} {result[PRIMARY]:.3f}{spread}, {comparison}; {result['examples']} examples"


def seed_scores(
    architecture: Architecture, scored: Sequence[Example], by_seed: Mapping[int, Sequence[Prediction]]
) -> dict[str, Json]:
    """f1_macro of each seed's model alone, their mean and, of two seeds or more, their standard deviation."""
    scores = {str(seed): score(architecture, scored, predictions).f1_macro for seed, predictions in by_seed.items()}
    spread = {"std": stdev(scores.values())} if len(scores) > 1 else {}
    return {**scores, "mean": fmean(scores.values()), **spread}


def default_threshold_score(
    architecture: Architecture, scored: Sequence[Example], predictions: Sequence[Prediction]
) -> float:
    """f1_macro with the default threshold, log odds of 0, in place of the selected ones."""
    uncalibrated = [replace(prediction, status_threshold=0.0, span_threshold=0.0) for prediction in predictions]
    return score(architecture, scored, uncalibrated).f1_macro


def selection_result(origin: Mapping[str, Json]) -> dict[str, Json]:
    """The selection's result from the `origin` of a checkpoint."""
    return {"mean": origin["value"], "default_is_kept": origin["stage"] == "default", **origin["comparison"]}


def _baselines(
    system: Components, scored: Sequence[Example], baselines: Mapping[str, Sequence[Prediction]], seed: int
) -> dict[str, dict[str, Json]]:
    results = {
        name: _baseline(system, components(system.architecture, scored, predictions), seed)
        for name, predictions in baselines.items()
    }
    corrected = holm({name: result["p"] for name, result in results.items() if "p" in result})
    for name, p in corrected.items():
        results[name]["p_holm"] = p
    return results


def _baseline(system: Components, baseline: Components, seed: int) -> dict[str, Json]:
    result: dict[str, Json] = {PRIMARY: float(baseline.metrics(baseline.total)[PRIMARY])}
    if len(system.posts) >= MIN_POSTS:
        result["difference"] = difference_interval(system, baseline, PRIMARY, seed).ends
        result["p"] = randomization_p(system, baseline, PRIMARY, seed)
    return result


def _criterion(label: str, result: CriterionResult, intervals: Mapping[str, Interval]) -> dict[str, Json]:
    names = [name for name in CRITERION_METRICS if f"criteria.{label}.{name}" in intervals]
    return {**flat(result), **{f"{name}_interval": intervals[f"criteria.{label}.{name}"].ends for name in names}}


def _parts(scores: Score) -> dict[str, float]:
    """The other metrics, without those that the architecture does not have."""
    parts = {name: value for name, value in asdict(scores).items() if name not in (PRIMARY, "accuracy")}
    return {name: value for name, value in parts.items() if value is not None}
