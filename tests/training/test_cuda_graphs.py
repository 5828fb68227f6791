"""When work is recorded, and what a replay reads: on a tape instead of CUDA's graphs, which need a GPU.

A tape repeats operations with the numbers that were recorded, as a graph does, so that a value which changes from step
to step must be in a tensor. That a real replay computes the same bytes is shown on a GPU (test_gpu_steps.py).
"""

import pytest
import torch

from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.optimizers import OPTIMIZERS
from redsm5_hpo.training.prediction import predict
from tests.training.builders import ARCHITECTURES, configured, spec
from tests.training.taped import counting, started, trained, two_batches

BF16 = Compute(torch.device("cpu"), "bf16")
RATES = {"warmup_ratio": 0.5, "weight_decay": 0.1}
REPLAYED = {
    **{architecture: (architecture, RATES) for architecture in ARCHITECTURES},
    **{name: ("share", {"optimizer": name, **RATES}) for name in OPTIMIZERS if name != "adamw"},
    "accumulated": ("share", {"gradient_accumulation_steps": 3}),
    "local attention to the window": ("share", {"family": "modernbert", "attention": "window"}),
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

    predict([loop.model], val.batches, val.windows, BF16, batch_size=4, graphs=Recording())
    assert set(seen) == {(True, False)}


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
