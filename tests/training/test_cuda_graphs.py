"""When work is recorded, and what a replay reads: on a tape instead of CUDA's graphs, which need a GPU.

A tape repeats operations with the numbers that were recorded, as a graph does, so that a value which changes from step
to step must be in a tensor. That a real replay computes the same bytes is shown on a GPU (test_gpu.py).
"""

from contextlib import nullcontext
from functools import partial

import pytest
import torch
from torch import nn

from redsm5_hpo.training import cuda_graphs
from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training import model as model_module
from redsm5_hpo.training.cuda_graphs import CudaGraphs
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.learning_rates import LearningRates
from redsm5_hpo.training.optimizers import OPTIMIZERS
from redsm5_hpo.training.prediction import predict
from tests.dispatched import Tape
from tests.training.builders import ARCHITECTURES, CPU, configured, spec, weights

BF16 = Compute(torch.device("cpu"), "bf16")
STEPS = 100  # more than any fit here makes


class Taped:
    """Recorded work. It destroys its copies of the batches between calls."""

    fails = False

    def __init__(self, work, batches, _pool):
        if self.fails:
            raise torch.OutOfMemoryError("there is no memory\nfor a graph")
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


@pytest.fixture
def graphs(monkeypatch):
    """Graphs of a fit on a CPU."""
    monkeypatch.setattr(cuda_graphs, "_Recorded", Taped)
    monkeypatch.setattr(cuda_graphs, "_stream", lambda _: None)
    monkeypatch.setattr(CudaGraphs, "stream", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: None)
    monkeypatch.setattr(Taped, "fails", False)
    return CudaGraphs(CPU.device)


def started(tiny, splits, architecture, **values):
    """A loop whose batches have the few shapes of a GPU's, and whose learning rates are in tensors as there."""
    configuration = configured(tiny["bert"], batch_size=4, **values)
    loop = fit_module._start(spec(splits, architecture, 2), configuration, 1, CPU, 1)
    loop._batches.few_shapes = True
    loop._learning_rates = LearningRates(loop._optimizer, configuration, STEPS, CPU.device)
    return loop


def trained(loop, graphs=None):
    """The losses of two epochs and the weights after them, of a loop that uses graphs if it is given some."""
    loop._graphs = graphs
    return [loop.train_epoch() for _ in range(2)], weights(loop.model)


@pytest.fixture
def as_on_a_gpu(monkeypatch):
    """Attention and dropout of a GPU, not those that draw numbers on the host."""
    monkeypatch.setattr(model_module, "fastest_attention", lambda: "sdpa")
    monkeypatch.setattr(model_module, "use_cpu_dropout", lambda _: None)
    monkeypatch.setattr(nn.utils, "clip_grad_norm_", partial(nn.utils.clip_grad_norm_, foreach=True))


RATES = {"warmup_ratio": 0.5, "weight_decay": 0.1}
REPLAYED = {
    **{architecture: (architecture, RATES) for architecture in ARCHITECTURES},
    **{name: ("share", {"optimizer": name, **RATES}) for name in OPTIMIZERS if name != "adamw"},
    "accumulated": ("share", {"gradient_accumulation_steps": 3}),
    "rates by layer": ("share", {"layer_decay": 0.8, "lr_scheduler": "one_cycle"}),
}


@pytest.mark.usefixtures("as_on_a_gpu")
@pytest.mark.parametrize(("architecture", "values"), REPLAYED.values(), ids=REPLAYED)
def test_replayed_steps_train_the_same(tiny, splits, graphs, architecture, values):
    expected = trained(started(tiny, splits, architecture, **values))
    assert trained(started(tiny, splits, architecture, **values), graphs) == expected
    assert len(graphs)


def test_a_recorded_prediction_rounds_its_weights_itself(tiny, splits):
    loop = started(tiny, splits, "share")
    settings = spec(splits, "share", 2)
    val = fit_module._validation_data(settings, configured(tiny["bert"]), loop.model, BF16)
    seen = []

    class Recording:
        def run(self, _kind, work, batches):
            seen.append((torch.is_autocast_enabled("cpu"), torch.is_autocast_cache_enabled()))
            return work(batches)

    predict([loop.model], val.batches, val.windows, BF16, batch_size=4, status_weight=0.5, graphs=Recording())
    assert set(seen) == {(True, False)}


def two_batches(tiny, splits):
    loop = started(tiny, splits, "share")
    by_shape = {}
    for batch in loop._batches.by_length(4):
        by_shape.setdefault(batch.tokens.input_ids.shape, batch)
    first, second, *_ = by_shape.values()
    return first, second


def counting(calls):
    def work(batches):
        calls.append(len(calls))
        return [batch.tokens.input_ids.sum() for batch in batches]

    return work


def test_the_first_work_of_a_kind_is_not_recorded(tiny, splits, graphs):
    (batch, _), work = two_batches(tiny, splits), counting([])
    recorded = []
    for kind in ("step", "prediction", "step", "prediction", "step"):
        graphs.run(kind, work, [batch])
        recorded.append(len(graphs))
    assert recorded == [0, 0, 1, 2, 2]


def test_each_shape_is_recorded_once(tiny, splits, graphs):
    (first, second), work = two_batches(tiny, splits), counting([])
    found = [graphs.run("step", work, [batch])[0] for batch in (first, first, second, first, second)]
    assert len(graphs) == 2
    assert found == [batch.tokens.input_ids.sum() for batch in (first, first, second, first, second)]


def test_work_that_cannot_be_recorded_runs_as_it_is_and_says_so_once(tiny, splits, graphs, monkeypatch):
    (batch, _), calls = two_batches(tiny, splits), []
    work = counting(calls)
    graphs.run("step", work, [batch])
    monkeypatch.setattr(Taped, "fails", True)
    with pytest.warns(UserWarning, match="a fit cannot use CUDA graphs, and takes longer: there is no memory$") as said:
        found = [graphs.run(kind, work, [batch])[0] for kind in ("step", "step", "prediction", "prediction")]
    assert len(said) == 1
    assert len(calls) == 5
    assert found == [batch.tokens.input_ids.sum()] * 4


def test_graphs_that_were_recorded_give_their_memory_back_to_work_that_cannot_be(tiny, splits, graphs, monkeypatch):
    (first, second), work = two_batches(tiny, splits), counting([])
    for _ in range(2):
        graphs.run("step", work, [first])
    monkeypatch.setattr(Taped, "fails", True)
    with pytest.warns(UserWarning, match="CUDA graphs"):
        graphs.run("step", work, [second])
    assert not len(graphs)


@pytest.mark.parametrize("span_head", ["runs", "tokens"])
@pytest.mark.parametrize("attention", ["sentences", "window"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_few_shapes_change_no_result(tiny, splits, architecture, attention, span_head):
    values = {"dropout": 0.0, "attention": attention, "span_head": span_head}
    found = []
    for few_shapes in (True, False):
        loop = started(tiny, splits, architecture, **values)
        loop._batches.few_shapes = few_shapes
        found.append(loop.train_epoch())
    assert found[0] == pytest.approx(found[1], rel=1e-5)
