"""The comparison of candidates."""

import math

import numpy as np
import pytest

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.seeding import generator
from redsm5_hpo.selection.comparison import compare, estimate

FOLDS = 4


def test_the_standard_error_is_nadeau_and_bengios():
    found = estimate([0.4, 0.6, 0.5, 0.7], FOLDS)
    assert found.mean == pytest.approx(0.55)
    assert found.standard_error == pytest.approx(np.std([0.4, 0.6, 0.5, 0.7], ddof=1) * math.sqrt(1 / 4 + 1 / 3))
    assert found.lower == pytest.approx(found.mean - found.standard_error)


CASES = {
    "a clear gain": ({"default": (0.5, 0.6), "s2-1": (0.7, 0.8)}, "s2-1"),
    "a gain that the runs agree on, whatever their level": ({"default": (0.2, 0.9), "s2-1": (0.25, 0.95)}, "s2-1"),
    "a gain within its error": ({"default": (0.5, 0.6), "s2-1": (0.8, 0.4)}, "default"),
    "no gain": ({"default": (0.5, 0.6), "s2-1": (0.5, 0.6)}, "default"),
    "a loss": ({"default": (0.5, 0.6), "s2-1": (0.4, 0.5)}, "default"),
    "the steadier of two": ({"default": (0.1, 0.1), "s2-1": (0.9, 0.3), "s2-2": (0.55, 0.56)}, "s2-2"),
    "the best by its lower estimate alone is compared": (
        {"default": (0.5, 0.5), "s2-1": (0.49, 0.49), "s2-2": (0.9, 0.3)},
        "default",
    ),
    "a failed candidate is out": ({"default": (0.5, 0.6), "s2-1": (0.9, None), "s2-2": (0.7, 0.8)}, "s2-2"),
    "a failed default cannot be selected": ({"default": (0.5, None), "s2-1": (0.2, 0.3)}, "s2-1"),
    "only the default is left": ({"default": (0.5, 0.6), "s2-1": (None, None)}, "default"),
}


@pytest.mark.parametrize(("values", "selected"), CASES.values(), ids=CASES)
def test_comparison(values, selected):
    found = compare(values, FOLDS)
    assert found.selected == selected
    assert found.beats_default is (None if None in values["default"] else selected != "default")


def test_a_failed_run_of_every_candidate_is_an_error():
    with pytest.raises(StudyError, match="every candidate failed in a run"):
        compare({"default": (None, 0.5), "s2-1": (0.5, None)}, FOLDS)


@pytest.mark.parametrize(("candidates", "most"), [(1, 0.2), (5, 0.35)], ids=["one candidate", "five"])
def test_the_default_is_mostly_kept_where_nothing_is_better(candidates, most):
    rng, wins = generator(11, "null"), 0
    for _ in range(1000):
        values = rng.normal(0, 1, (candidates + 1, FOLDS))
        named = {name: tuple(row) for name, row in zip(["default", *map(str, range(candidates))], values, strict=True)}
        wins += compare(named, FOLDS).selected != "default"
    assert wins / 1000 < most
