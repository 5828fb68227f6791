"""Whether, and by how much, two systems differ on the same test posts beyond chance.

Owns the paired randomization test, its correction for several tests and the interval of a difference. Does not decide
which tests are corrected together: the report that lists them does.
"""

from collections.abc import Mapping

import numpy as np

from redsm5_hpo.core.seeding import generator
from redsm5_hpo.core.tasks import TASKS
from redsm5_hpo.evaluation.components import FIELDS, Components, Floats
from redsm5_hpo.evaluation.intervals import LEVEL, RESAMPLES, Interval, expanded_level, interval_of, resampled_sums

ROUNDS = 10_000
_ROUNDING = 1e-9  # differences this close are equal: the metrics' divisions round


def randomization_p(a: Components, b: Components, metric: str, seed: int, rounds: int = ROUNDS) -> float:
    """Two-sided p value of the difference of a metric between two systems' predictions for the same examples.

    Under the null hypothesis the two systems' predictions for a post are exchangeable; for the whole post, since its
    examples are not independent. p is the share of random exchanges with a difference at least as large as the
    observed one, itself counted as one of them: (1 + count) / (1 + rounds), which keeps the test exact (Noreen 1989,
    "Computer-intensive methods for testing hypotheses"; Yeh 2000, "More accurate tests for the statistical
    significance of result differences", COLING). An undefined metric counts 0, as where it is reported.

    Raises:
        ValueError: the predictions are for different examples, or the metric is not the same for both.
    """
    _check_comparable(a, b, metric)
    observed = _difference(a, b, metric, a.total, b.total)
    swaps = generator(seed, "randomisation").integers(2, size=(rounds, len(a.units))).astype(np.float64)
    moved = np.tensordot(swaps, b.sums - a.sums, axes=1)
    differences = _difference(a, b, metric, a.total + moved, b.total - moved)
    as_large = np.count_nonzero(np.abs(differences) >= np.abs(observed) - _ROUNDING)
    return float((1 + as_large) / (1 + rounds))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p values of m tests by name, which control the chance of any false positive.

    The i-th smallest of m is max over j <= i of (m - j + 1) p(j), at most 1 (Holm 1979, "A simple sequentially
    rejective multiple test procedure", Scandinavian Journal of Statistics 6), whatever the tests' dependence.
    """
    adjusted, largest = {}, 0.0
    for rank, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p))
        adjusted[name] = largest
    return adjusted


def difference_interval(
    a: Components, b: Components, metric: str, seed: int, resamples: int = RESAMPLES, level: float = LEVEL
) -> Interval:
    """The interval of a's metric minus b's on the same resampled posts, as `intervals.bootstrap_intervals` draws them.

    Raises:
        ValueError: the predictions are for different examples, or the metric is not the same for both.
    """
    _check_comparable(a, b, metric)
    drawn = (resampled_sums(system, seed, resamples) for system in (a, b))
    return interval_of(_difference(a, b, metric, *drawn), expanded_level(len(a.units), level))


def _difference(a: Components, b: Components, metric: str, a_sums: Floats, b_sums: Floats) -> Floats:
    """(..., fields, labels) twice -> (...)."""
    return np.nan_to_num(a.metrics(a_sums)[metric]) - np.nan_to_num(b.metrics(b_sums)[metric])


def _check_comparable(a: Components, b: Components, metric: str) -> None:
    if (a.units, a.labels) != (b.units, b.labels) or not np.array_equal(_statuses(a), _statuses(b)):
        raise ValueError(f"{a.architecture} and {b.architecture} have predictions for different examples")
    if metric == "f1_macro" and _outputs(a) != _outputs(b):
        raise ValueError(f"f1_macro of {a.architecture} is not the same metric as that of {b.architecture}")
    for system in (a, b):
        if metric not in system.metrics(system.total):
            raise ValueError(f"{system.architecture} has no metric {metric!r}")


def _statuses(system: Components) -> Floats:
    """Present and absent examples of each unit and label, (2, units, labels)."""
    tp, fp, fn, tn = (system.sums[:, FIELDS.index(name)] for name in ("tp", "fp", "fn", "tn"))
    return np.stack([tp + fn, fp + tn])


def _outputs(system: Components) -> tuple[bool, bool]:
    return TASKS[system.architecture].status, TASKS[system.architecture].spans
