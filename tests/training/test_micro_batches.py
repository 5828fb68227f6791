"""A fit that runs out of memory is repeated with smaller micro-batches."""

from dataclasses import replace

import pytest
import torch

from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training.fit import fit, fit_all_epochs
from redsm5_hpo.training.micro_batches import with_micro_batches
from tests.training.builders import configured, never, spec, weights


def with_memory_for(most, batch_size):
    """A run that has memory for micro-batches of `most` windows, and the list of its calls' micro_batches."""
    calls = []

    def run(micro_batches):
        calls.append(micro_batches)
        if -(-batch_size // micro_batches) > most:
            raise torch.OutOfMemoryError("no memory")
        return "done"

    return run, calls


CASES = {
    "enough": (8, 8, [1]),
    "a half": (4, 8, [1, 2]),
    "an eighth": (1, 8, [1, 2, 4, 8]),
    "an odd size": (1, 5, [1, 2, 4, 8]),
}


@pytest.mark.parametrize(("most", "size", "expected"), CASES.values(), ids=CASES)
def test_micro_batches_double_until_they_fit_into_memory(most, size, expected):
    run, calls = with_memory_for(most, size)
    assert with_micro_batches(size, run) == "done"
    assert calls == expected


@pytest.mark.parametrize(("size", "last"), [(8, 8), (6, 8), (1, 1)], ids=["eight", "six", "one"])
def test_micro_batches_of_one_window_that_need_too_much_memory_are_an_error(size, last):
    run, calls = with_memory_for(0, size)
    with pytest.raises(torch.OutOfMemoryError):
        with_micro_batches(size, run)
    assert calls[-1] == last


def test_other_errors_are_not_retried():
    def run(_):
        raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes differ"):
        with_micro_batches(8, run)


@pytest.fixture
def little_memory(monkeypatch):
    """Memory for micro-batches of 4 windows; a batch has 8."""
    start = fit_module._start

    def start_in_little_memory(*arguments):
        if arguments[-1] < 2:
            raise MemoryError
        return start(*arguments)

    monkeypatch.setattr(fit_module, "_start", start_in_little_memory)


SMALLER = {"batch_size": 4, "gradient_accumulation_steps": 2}


def test_a_fit_with_little_memory_is_the_fit_with_smaller_batches(tiny, splits, request):
    expected = fit(spec(splits, "share", 2), configured(tiny["bert"], **SMALLER), 1, never)
    request.getfixturevalue("little_memory")
    found = fit(spec(splits, "share", 2), configured(tiny["bert"]), 1, never)
    assert found.record == replace(expected.record, micro_batches=2)
    assert weights(found.model) == weights(expected.model)


def test_a_refit_with_little_memory_is_the_refit_with_smaller_batches(tiny, splits, request):
    expected, _ = fit_all_epochs(spec(splits, "share", 2), configured(tiny["bert"], **SMALLER), 1, 1)
    request.getfixturevalue("little_memory")
    found, _ = fit_all_epochs(spec(splits, "share", 2), configured(tiny["bert"]), 1, 1)
    assert weights(found) == weights(expected)
