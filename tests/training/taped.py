"""Fits on a CPU whose steps are replayed: a tape instead of CUDA's graphs, which need a GPU."""

import torch

from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training.learning_rates import LearningRates
from tests.dispatched import Tape
from tests.training.builders import CPU, configured, spec, weights

STEPS = 100  # more than any fit here makes


class Taped:
    """Recorded work. It destroys its copies of the batches between calls."""

    def __init__(self, work, batches, _pool):
        self.own = [batch.map(torch.clone) for batch in batches]
        self.tape = Tape()
        with self.tape:
            self.outputs = work(self.own)

    def replay(self, batches):
        for own, batch in zip(self.own, batches, strict=True):
            for place, tensor in zip(own.tensors(), batch.tensors(), strict=True):
                place.copy_(tensor)
        self.tape.replay()
        for own in self.own:
            for place in own.tensors():
                place.zero_()
        return [output.clone() for output in self.outputs]


def started(tiny, splits, architecture, compute=CPU, family="bert", **values):
    """A loop whose batches have the few shapes of a GPU's, and whose learning rates are in tensors as there."""
    configuration = configured(tiny[family], batch_size=4, **values)
    loop = fit_module._start(spec(splits, architecture, 2), configuration, 1, compute, 1)
    loop._batches.few_shapes = True
    loop._learning_rates = LearningRates(loop._optimizer, configuration, STEPS, CPU.device)
    return loop


def trained(loop, graphs=None):
    """The losses of two epochs and the weights after them, of a loop that uses graphs if it is given some."""
    loop._graphs = graphs
    return [loop.train_epoch() for _ in range(2)], weights(loop.model)


def two_batches(tiny, splits):
    """Batches of two shapes."""
    by_shape = {}
    for batch in started(tiny, splits, "share")._batches.by_length(4):
        by_shape.setdefault(batch.tokens.input_ids.shape, batch)
    first, second, *_ = by_shape.values()
    return first, second


def counting(calls):
    """Work that counts its calls."""

    def work(batches):
        calls.append(len(calls))
        return [batch.tokens.input_ids.sum() for batch in batches]

    return work
