"""An epoch and its validation ask the device for values at their end, not at every step: a GPU's host would wait."""

import pytest
import torch

from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training.prediction import predict
from tests.dispatched import Dispatched
from tests.training.builders import ARCHITECTURES, CPU, configured, spec

# Beside what is dispatched: on a CPU these copy nothing, on a GPU they wait.
MOVES = ("cpu", "tolist", "numpy")


@pytest.fixture
def moved(monkeypatch):
    """The names of the calls that move a tensor to the host."""
    calls = []

    def recording(name, original):
        return lambda self, *arguments, **named: (calls.append(name), original(self, *arguments, **named))[1]

    for name in MOVES:
        monkeypatch.setattr(torch.Tensor, name, recording(name, getattr(torch.Tensor, name)))
    return calls


def reads(splits, configuration, architecture, moved, eval_batch_size):
    """How often an epoch and a validation read the device, and their batches."""
    settings = spec(splits, architecture, 2)
    loop = fit_module._start(settings, configuration, 1, CPU, 1)
    val = fit_module._validation_data(settings, configuration, loop.model, CPU)
    loop.train_epoch()  # makes what is made once
    moved.clear()
    with Dispatched() as dispatched:
        loop.train_epoch()
    trained = [*dispatched.reads, *moved]
    moved.clear()
    with Dispatched() as dispatched:
        found, _, _ = predict([loop.model], val.batches, val.windows, CPU, batch_size=eval_batch_size)
        found.by_example(len(val.examples))
    return trained, [*dispatched.reads, *moved]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_host_waits_once_an_epoch(tiny, splits, architecture, moved):
    few, many = (
        reads(splits, configured(tiny["bert"], batch_size=size, class_weight="balanced"), architecture, moved, size)
        for size in (64, 4)
    )
    assert few == many
    assert few[0] == ["_local_scalar_dense"]
