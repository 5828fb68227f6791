"""A fit that does not fit into memory is tried with smaller batches."""

import pytest
import torch

from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training.fit import fit, fit_all_epochs
from redsm5_hpo.training.memory import in_less_memory
from tests.training.builders import CONFIGURATION, encoder, never, plan, weights


def holding(most):
    """A run that has memory for batches of `most` windows; tells which sizes it was asked for."""
    asked = []

    def run(configuration):
        asked.append((configuration.batch_size, configuration.gradient_accumulation))
        if configuration.batch_size > most:
            raise torch.OutOfMemoryError("no room")
        return "done"

    return run, asked


CASES = {
    "enough": (8, [(8, 3)]),
    "a half": (4, [(8, 3), (4, 6)]),
    "an eighth": (1, [(8, 3), (4, 6), (2, 12), (1, 24)]),
}


@pytest.mark.parametrize(("most", "sizes"), CASES.values(), ids=CASES)
def test_batches_are_halved_and_steps_keep_their_windows(most, sizes):
    run, asked = holding(most)
    assert in_less_memory(CONFIGURATION.with_values({"batch_size": 8, "gradient_accumulation": 3}), run) == "done"
    assert asked == sizes


@pytest.mark.parametrize("size", [8, 6, 5])
def test_what_cannot_be_halved_any_more_has_no_memory(size):
    run, asked = holding(0)
    with pytest.raises(torch.OutOfMemoryError):
        in_less_memory(CONFIGURATION.with_values({"batch_size": size}), run)
    assert asked[-1][0] % 2 == 1


def test_other_errors_are_not_tried_again():
    def run(_):
        raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes differ"):
        in_less_memory(CONFIGURATION, run)


@pytest.fixture
def no_room(monkeypatch):
    """Memory for batches of 4 windows."""
    start = fit_module._start

    def crowded(a_plan, configuration, *rest):
        if configuration.batch_size > 4:
            raise MemoryError
        return start(a_plan, configuration, *rest)

    monkeypatch.setattr(fit_module, "_start", crowded)


@pytest.mark.usefixtures("no_room")
def test_a_fit_with_little_memory_is_the_fit_with_smaller_batches(tiny, splits):
    a_plan = plan(splits, "share", encoder(tiny["bert"]), 2)
    smaller = CONFIGURATION.with_values({"batch_size": 4, "gradient_accumulation": 2})
    found, expected = (fit(a_plan, configuration, 1, never) for configuration in (CONFIGURATION, smaller))
    assert found.record == expected.record
    assert found.record.batch_size == 4
    assert weights(found.model) == weights(expected.model)


@pytest.mark.usefixtures("no_room")
def test_so_is_a_refit(tiny, splits):
    a_plan = plan(splits, "share", encoder(tiny["bert"]), 2)
    smaller = CONFIGURATION.with_values({"batch_size": 4, "gradient_accumulation": 2})
    models = [fit_all_epochs(a_plan, configuration, 1, 1)[0] for configuration in (CONFIGURATION, smaller)]
    assert weights(models[0]) == weights(models[1])
