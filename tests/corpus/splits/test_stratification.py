"""Units of several strata are assigned to splits."""

import pytest

from redsm5_hpo.corpus.splits.stratification import Unit, assign

SHARES = {"train": 0.6, "val": 0.2, "test": 0.2}


def unit(name: str, *strata: str, size: int = 1) -> Unit:
    return Unit(tuple(f"{name}_{i}" for i in range(size)), dict.fromkeys(strata, 1))


def test_a_rare_stratum_is_spread_before_a_common_one() -> None:
    units = [unit(f"r{i}", "rare", "common") for i in range(5)] + [unit(f"c{i}", "common") for i in range(45)]
    assigned = assign(units, SHARES, seed=1)
    assert sorted(assigned[:5]) == ["test", "train", "train", "train", "val"]
    assert [assigned.count(name) for name in SHARES] == [30, 10, 10]


def test_units_without_strata_balance_the_sizes() -> None:
    assigned = assign([unit(f"u{i}") for i in range(10)], SHARES, seed=1)
    assert [assigned.count(name) for name in SHARES] == [6, 2, 2]


def test_a_large_unit_counts_with_all_of_its_posts() -> None:
    units = [unit("big", size=6), *(unit(f"u{i}") for i in range(4))]
    assigned = assign(units, SHARES, seed=1)
    assert assigned[0] == "train"
    assert sorted(assigned[1:]) == ["test", "test", "val", "val"]


@pytest.mark.parametrize("size", [3, 4, 5])
def test_no_split_of_a_tiny_corpus_is_empty(size: int) -> None:
    assert set(assign([unit(f"u{i}", f"s{i}") for i in range(size)], SHARES, seed=1)) == set(SHARES)


def test_the_seed_determines_the_assignment() -> None:
    units = [unit(f"u{i}", "s") for i in range(30)]
    assert assign(units, SHARES, seed=1) == assign(units, SHARES, seed=1)
    assert assign(units, SHARES, seed=1) != assign(units, SHARES, seed=2)
