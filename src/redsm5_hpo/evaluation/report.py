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
from redsm5_hpo.evaluation.intervals import MIN_POSTS, Interval, Resampling, bootstrap_intervals
from redsm5_hpo.evaluation.per_criterion import CriterionResult, flat
from redsm5_hpo.evaluation.significance import difference_interval, holm, randomization_p
from redsm5_hpo.training.scoring import Prediction, Score, score

CRITERION_METRICS = ("precision", "recall", "f1", "evidence_f1")


@dataclass(frozen=True)
class Compared:
    """The predictions that a system's are compared with.

    Attributes:
        baselines: those of the baselines, by name.
        default: those of the default configuration's model, the system itself where it is kept; None where it failed
            in the selection, so that there is no such model.
    """

    baselines: Mapping[str, Sequence[Prediction]]
    default: Sequence[Prediction] | None = None

    def predictions(self) -> dict[str, Sequence[Prediction]]:
        """Those of all systems by name."""
        return {**self.baselines, **({} if self.default is None else {DEFAULT: self.default})}


def result_of_test(
    architecture: Architecture,
    scored: Sequence[Example],
    predictions: Sequence[Prediction],
    compared: Compared,
    criteria: Mapping[str, CriterionResult],
    resampling: Resampling,
) -> dict[str, Json]:
    """The primary metrics first, the others in named groups.

    Fewer than MIN_POSTS posts have no intervals and no p values.
    """
    scores = score(architecture, scored, predictions)
    system = components(architecture, scored, predictions, resampling.related)
    intervals = bootstrap_intervals(system, resampling.seed) if len(system.units) >= MIN_POSTS else {}
    results = {
        name: _baseline(system, components(architecture, scored, each, resampling.related), resampling.seed)
        for name, each in compared.predictions().items()
    }
    default, baselines = results.pop(DEFAULT, None), _corrected(results)
    return {
        PRIMARY: scores.f1_macro,
        "accuracy": scores.accuracy,
        "baselines": baselines | ({} if default is None else {DEFAULT: default}),
        "beats_baselines": baseline_comparison.beats_baselines(scores.f1_macro, baselines),
        **({} if default is None else {"beats_default": baseline_comparison.beats_default(scores.f1_macro, default)}),
        "strongest_baseline": baseline_comparison.strongest_baseline(baselines),
        "examples": len(scored),
        "posts": len({example.post_id for example in scored}),
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


def _corrected(results: Mapping[str, dict[str, Json]]) -> dict[str, dict[str, Json]]:
    corrected = holm({name: result["p"] for name, result in results.items() if "p" in result})
    return {
        name: result | ({"p_holm": corrected[name]} if name in corrected else {}) for name, result in results.items()
    }


def _baseline(system: Components, baseline: Components, seed: int) -> dict[str, Json]:
    result: dict[str, Json] = {PRIMARY: float(baseline.metrics(baseline.total)[PRIMARY])}
    if len(system.units) >= MIN_POSTS:
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
