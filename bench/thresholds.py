"""Ways to choose thresholds from few predictions, scored on fresh posts; ways to average the seeds of an ensemble.

Owns the comparison, on the population of simulated_pairs.py. Thresholds are chosen from out-of-fold predictions of two
models, as in `select`, and score an ensemble of three others. Trains nothing.
"""

import argparse
import json

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit
from simulated_pairs import FAMILIES, PREVALENCES, SCALES, SHIFTS, SIGNALS, Floats, Pairs, Population

from redsm5_hpo.inference.smoothed_thresholds import (
    best_threshold,
    resampled_thresholds,
    smoothed_threshold,
    status_f1,
)
from redsm5_hpo.inference.thresholds import F1ByCount, evidence_f1
from redsm5_hpo.selection.calibration import best_temperature

KINDS = ("status", "evidence")
TEST_POSTS = 1500
_FOLD_MODELS, _SEEDS = 2, 3
_HALF_POSTS = 15  # from which the shrunk threshold is half of the best


def main() -> None:
    """Print one JSON line for each number of pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, nargs="+", default=[30, 67, 150, 400, 1000])
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for pairs in options.pairs:
        rng = np.random.default_rng([options.seed, pairs])
        print(
            json.dumps({"pairs": pairs, **_summary([_repeat(rng, pairs) for _ in range(options.repeats)])}), flush=True
        )


def _repeat(rng: np.random.Generator, pairs: int) -> dict[str, float]:
    """F1 on fresh posts: KIND/AVERAGE/WAY of choosing the threshold."""
    choices = (FAMILIES, PREVALENCES, SHIFTS, SCALES, SIGNALS)
    population = Population(*(each[rng.integers(len(each))] for each in choices))
    known, test = (
        population.draw(rng, max(4, round(pairs / 2.2)), _FOLD_MODELS),
        population.draw(rng, TEST_POSTS, _SEEDS),
    )
    out_of_fold = known.log_odds[known.posts % _FOLD_MODELS, np.arange(len(known.posts))]
    temperature = best_temperature(known.present.astype(int).tolist(), out_of_fold)
    order = np.argsort(-out_of_fold, kind="stable")
    odds, posts = out_of_fold[order] / temperature, np.unique(known.posts[order], return_inverse=True)[1]
    averages, scores = _averages(test.log_odds, temperature), {}
    for kind in KINDS:
        ways = _thresholds(kind, known, order, odds, posts)
        for average, tested in averages.items():
            f1 = np.mean([_f1_above(kind, test, each, list(ways.values())) for each in tested], axis=0)
            scores |= {f"{kind}/{average}/{way}": float(value) for way, value in zip(ways, f1, strict=True)}
    group = "shifted" if population.shift else "centered"
    return scores | {f"{group}/{name}": value for name, value in scores.items() if "/mean_probability/" in name}


def _thresholds(
    kind: str, known: Pairs, order: NDArray[np.intp], odds: Floats, posts: NDArray[np.intp]
) -> dict[str, float]:
    f1 = _f1_by_count(kind, known, order)
    best, resampled = best_threshold(odds, f1(np.ones(len(odds)))), resampled_thresholds(odds, posts, f1)
    size = int(posts.max()) + 1
    return {
        "default": 0.0,
        "best": best,
        "bootstrap_mean": float(resampled.mean()),
        "shrunk": best * size / (size + _HALF_POSTS),
        "smoothed": smoothed_threshold(odds, posts, f1),
        "plug_in": _plug_in(kind, known, order, odds),
    }


def _averages(log_odds: Floats, temperature: float) -> dict[str, list[Floats]]:
    """The scaled log odds, (N,) each, of each seed alone and of three averages."""
    mean, calibrated = (_clipped_logit(expit(log_odds / each).mean(axis=0)) for each in (1.0, temperature))
    return {
        "members": [each / temperature for each in log_odds],
        "mean_probability": [mean / temperature],
        "mean_calibrated_probability": [calibrated],
        "mean_log_odds": [log_odds.mean(axis=0) / temperature],
    }


def _f1_by_count(kind: str, pairs: Pairs, order: NDArray[np.intp]) -> F1ByCount:
    present = pairs.present[order]
    return status_f1(present) if kind == "status" else evidence_f1(pairs.labels[order], 1 - present, pairs.f1[order])


def _f1_above(kind: str, pairs: Pairs, odds: Floats, thresholds: list[float]) -> Floats:
    order = np.argsort(-odds, kind="stable")
    by_count = _f1_by_count(kind, pairs, order)(np.ones(len(odds)))
    return by_count[np.searchsorted(-odds[order], [-each for each in thresholds], side="left")]


def _plug_in(kind: str, known: Pairs, order: NDArray[np.intp], odds: Floats) -> float:
    """The threshold with the best F1 expected from fitted probabilities (Platt's slope and shift, prior N((1, 0), 1)).

    A span pays where p * mean token F1 > 1 - p.
    """
    present = known.present[order]
    slope, shift = _platt(present, odds)
    if kind == "status":
        return best_threshold(odds, status_f1(np.asarray(expit(slope * odds + shift)))(np.ones(len(odds))))
    pays = (known.f1.sum() + 0.5) / (present.sum() + 1)
    return float((-np.log(pays) - shift) / max(slope, 0.05))


def _platt(present: Floats, odds: Floats) -> tuple[float, float]:
    signs = np.where(present > 0, -1.0, 1.0)

    def loss(values: Floats) -> tuple[float, Floats]:
        lost = signs * (values[0] * odds + values[1])
        gradient = signs * expit(lost)
        fit = np.logaddexp(0, lost).sum() + ((values[0] - 1) ** 2 + values[1] ** 2) / 2
        return float(fit), np.array([gradient @ odds + values[0] - 1, gradient.sum() + values[1]])

    slope, shift = minimize(loss, [1.0, 0.0], jac=True, method="BFGS").x
    return float(slope), float(shift)


def _clipped_logit(p: Floats) -> Floats:
    return np.asarray(logit(np.clip(p, 1e-12, 1 - 1e-12)))


def _summary(repeats: list[dict[str, float]]) -> dict[str, list[float]]:
    """Mean F1, its difference from that of the best threshold and the difference's standard error, by name."""
    found: dict[str, list[float]] = {}
    for name in sorted({name for each in repeats for name in each}):
        best = f"{name.rpartition('/')[0]}/best"
        values, others = (np.array([each[key] for each in repeats if key in each]) for key in (name, best))
        error = float((values - others).std() / np.sqrt(len(values)))
        found[name] = [round(value, 4) for value in (float(values.mean()), float((values - others).mean()), error)]
    return found


if __name__ == "__main__":
    main()
