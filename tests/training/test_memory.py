"""A fit that does not fit into memory is tried with its batches in more parts."""

from dataclasses import replace

import pytest
import torch

from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training.fit import fit, fit_all_epochs
from redsm5_hpo.training.memory import in_less_memory
from tests.training.builders import CONFIGURATION, encoder, never, plan, weights


def holding(most, batch_size):
    """A run that has memory for parts of `most` windows; tells into how many it was asked to cut."""
    asked = []

    def run(parts):
        asked.append(parts)
        if -(-batch_size // parts) > most:
            raise torch.OutOfMemoryError("no room")
        return "done"

    return run, asked


CASES = {
    "enough": (8, 8, [1]),
    "a half": (4, 8, [1, 2]),
    "an eighth": (1, 8, [1, 2, 4, 8]),
    "an odd size": (1, 5, [1, 2, 4, 8]),
}


@pytest.mark.parametrize(("most", "size", "parts"), CASES.values(), ids=CASES)
def test_batches_are_cut_into_ever_more_parts(most, size, parts):
    run, asked = holding(most, size)
    assert in_less_memory(size, run) == "done"
    assert asked == parts


@pytest.mark.parametrize(("size", "parts"), [(8, 8), (6, 8), (1, 1)], ids=["eight", "six", "one"])
def test_windows_that_cannot_be_cut_any_more_have_no_memory(size, parts):
    run, asked = holding(0, size)
    with pytest.raises(torch.OutOfMemoryError):
        in_less_memory(size, run)
    assert asked[-1] == parts


def test_other_errors_are_not_tried_again():
    def run(_):
        raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes differ"):
        in_less_memory(8, run)


@pytest.fixture
def no_room(monkeypatch):
    """Memory for parts of 4 windows, of a batch's 8."""
    start = fit_module._start

    def crowded(*asked):
        if asked[-1] < 2:
            raise MemoryError
        return start(*asked)

    monkeypatch.setattr(fit_module, "_start", crowded)


SMALLER = CONFIGURATION.with_values({"batch_size": 4, "gradient_accumulation": 2})


def test_a_fit_with_little_memory_is_the_fit_with_smaller_batches(tiny, splits, request):
    a_plan = plan(splits, "share", encoder(tiny["bert"]), 2)
    expected = fit(a_plan, SMALLER, 1, never)
    request.getfixturevalue("no_room")
    found = fit(a_plan, CONFIGURATION, 1, never)
    assert found.record == replace(expected.record, parts=2)
    assert weights(found.model) == weights(expected.model)


def test_so_is_a_refit(tiny, splits, request):
    a_plan = plan(splits, "share", encoder(tiny["bert"]), 2)
    expected, _ = fit_all_epochs(a_plan, SMALLER, 1, 1)
    request.getfixturevalue("no_room")
    found, _ = fit_all_epochs(a_plan, CONFIGURATION, 1, 1)
    assert weights(found) == weights(expected)
