"""Fits that need a GPU: `make test-gpu` runs their tests there, and they are skipped elsewhere."""

import pytest
import torch

from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training.device import choose_compute
from redsm5_hpo.training.weight_copies import WeightCopies
from tests.training.builders import weights

NEEDS_A_GPU = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here, or no -m gpu"),
    pytest.mark.usefixtures("repeatable"),
]
EPOCHS = 3


def on_host(model):
    return weights(model.cpu())


def epochs(settings, configuration, changed=None):
    """The losses of some epochs, and the weights after them; `changed` is called with the loop before them."""
    loop = fit_module._start(settings, configuration, 1, choose_compute(settings.training.precision), 2)
    if changed is not None:
        changed(loop)
    losses = [loop.train_epoch() for _ in range(EPOCHS)]
    return losses, on_host(loop.model), loop._graphs


def without_copies(loop):
    loop._copies = WeightCopies(loop.model, enabled=False)


def without_graphs(loop):
    loop._graphs = None
