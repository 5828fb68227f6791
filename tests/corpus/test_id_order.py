"""The order of posts and sentences."""

import numpy as np
import pytest

from redsm5_hpo.corpus.id_order import id_key

NAMES = ["", "7", "007", "10", "9" * 5000, "p", "p2", "p02", "p10", "p10_2", "p10_10", "p²", "q1", "é2", "t3_zz9"]


def test_numbers_in_ids_are_compared_as_numbers() -> None:
    assert sorted(["s_10_2", "s_9_12", "s_10_11", "s_9_2"], key=id_key) == ["s_9_2", "s_9_12", "s_10_2", "s_10_11"]


@pytest.mark.parametrize("seed", range(5))
def test_different_ids_have_one_order(seed: int) -> None:
    shuffled = [NAMES[index] for index in np.random.default_rng(seed).permutation(len(NAMES))]
    assert sorted(shuffled, key=id_key) == sorted(NAMES, key=id_key)
    assert len({repr(id_key(name)) for name in NAMES}) == len(NAMES)
