"""Child seeds."""

import numpy as np

from redsm5_hpo.core.seeding import child_seed, generator

NEIGHBORS = {"seed": (8, "order", 3), "name": (7, "dropout", 3), "index": (7, "order", 4)}


def test_the_same_purpose_has_the_same_seed():
    assert child_seed(7, "order", 3) == child_seed(7, "order", 3)


def test_seeds_are_the_same_in_every_run():
    assert child_seed(7, "order", 3) == 216435520


def test_another_seed_name_or_index_gives_another_child_seed():
    seeds = {child_seed(*purpose) for purpose in [(7, "order", 3), *NEIGHBORS.values()]}
    assert len(seeds) == 1 + len(NEIGHBORS)


def test_seeds_are_distinct_and_in_range():
    seeds = [child_seed(seed, "trial", index) for seed in range(20) for index in range(100)]
    assert len(set(seeds)) == len(seeds)
    assert 0 <= min(seeds) < max(seeds) < 2**31


def test_seeds_fill_their_range():
    seeds = np.array([child_seed(1, "trial", index) for index in range(2000)]) / 2**31
    counts = np.histogram(seeds, bins=10, range=(0, 1))[0]
    assert np.square(counts - 200).sum() / 200 < 27.9  # chi-square with 9 degrees of freedom, p = 0.001


def test_generators_of_one_purpose_are_equal():
    assert np.array_equal(generator(7, "order", 3).random(8), generator(7, "order", 3).random(8))


def test_generators_of_other_purposes_differ():
    draws = [generator(*purpose).random() for purpose in [(7, "order", 3), *NEIGHBORS.values()]]
    assert len(set(draws)) == len(draws)


def test_a_generator_does_not_change_numpys_global_state():
    np.random.seed(0)
    expected = np.random.random()
    np.random.seed(0)
    generator(7, "order").random()
    assert np.random.random() == expected
