"""What only a GPU can show; `make test-gpu` runs these there, and they are skipped elsewhere.

Each compares what is meant for a GPU with the plain way on the same GPU, bit for bit.
"""

import gc
import json
import warnings
from dataclasses import replace
from functools import partial

import pytest
import torch

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training.device import choose_compute, limit_gpu_memory, make_repeatable
from redsm5_hpo.training.fit import fit
from redsm5_hpo.training.weight_copies import WeightCopies
from redsm5_hpo.training.workers import training_workers
from tests.tiny_encoders import FAMILIES
from tests.training.builders import ARCHITECTURES, configured, never, spec, weights

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here"),
]
GPU = torch.device("cuda", 0)


EPOCHS = 3


@pytest.fixture(autouse=True)
def _repeatable():
    make_repeatable()


def on_host(model):
    return weights(model.cpu())


def epochs(settings, configuration, plain=None):
    """The losses of some epochs, and the weights after them; `plain` takes from the loop what is not to be used."""
    loop = fit_module._start(settings, configuration, 1, choose_compute(settings.training.precision), 2)
    if plain is not None:
        plain(loop)
    losses = [loop.train_epoch() for _ in range(EPOCHS)]
    return losses, on_host(loop.model), loop._graphs


def without_copies(loop):
    loop._copies = WeightCopies(loop.model, enabled=False)


def without_graphs(loop):
    loop._graphs = None


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_copies_of_weights_change_no_bit(tiny, splits, architecture):
    settings = spec(splits, architecture, EPOCHS, precision="bf16")
    found, plain = (epochs(settings, configured(tiny["bert"]), way) for way in (None, without_copies))
    assert found[:2] == plain[:2]


REPLAYED = {
    "dropout": {"dropout": 0.3},
    "accumulated": {"gradient_accumulation_steps": 3},
    "tokens": {"span_head": "tokens", "pooling": "mean"},
    "cls": {"pooling": "cls"},
    "balanced focal": {"loss": "focal", "class_weight": "balanced"},
    "smoothing": {"loss": "label_smoothing"},
    "lion": {"optimizer": "lion", "learning_rate": 1e-4},
    "adafactor": {"optimizer": "adafactor"},
    "adapters": {"adapter": "lora"},
    "frozen": {"frozen_layers": 1},
    "attention to the window": {"attention": "window"},
    "rates by layer": {"layer_decay": 0.8, "lr_scheduler": "one_cycle"},
}


@pytest.mark.parametrize("precision", ["bf16", "fp32"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("values", REPLAYED.values(), ids=REPLAYED)
def test_replayed_steps_change_no_bit(tiny, splits, architecture, values, precision):
    settings, configuration = (
        spec(splits, architecture, EPOCHS, precision=precision),
        configured(tiny["bert"], **values),
    )
    (losses, found, graphs), plain = (epochs(settings, configuration, way) for way in (None, without_graphs))
    assert (losses, found) == plain[:2]
    assert len(graphs)


@pytest.mark.parametrize("attention", ["sentences", "window"])
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_is_replayed(tiny, splits, family, attention):
    settings = spec(splits, "share", EPOCHS, precision="bf16")
    configuration = configured(tiny[family], attention=attention)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        losses, found, graphs = epochs(settings, configuration)
    assert (losses, found) == epochs(settings, configuration, without_graphs)[:2]
    assert len(graphs)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_windows_without_padding_are_replayed(tiny, splits, family):
    """transformers leaves the mask of such windows out where it may ask the device, and not while it is recorded."""
    settings = spec(splits, "share", EPOCHS, precision="bf16")
    configuration = configured(tiny[family], attention="window", batch_size=2, max_length=24)
    masks = []

    def plain(loop):
        update, loop._graphs = loop._update, None
        loop._update = lambda batches: (
            masks.extend(batch.tokens.attention_mask for batch in batches),
            update(batches),
        )[1]

    losses, found, graphs = epochs(settings, configuration)
    assert (losses, found) == epochs(settings, configuration, plain)[:2]
    assert len(graphs)
    assert any(bool(mask.all()) for mask in masks)


def test_a_step_that_cannot_be_recorded_runs_as_it_is(tiny, splits):
    settings, configuration = spec(splits, "share", EPOCHS, precision="bf16"), configured(tiny["bert"], dropout=0.3)

    def asking(loop):
        update = loop._update
        loop._update = lambda batches: [loss + 0 * loss.item() for loss in update(batches)]

    with pytest.warns(UserWarning, match="cannot use CUDA graphs"):
        found = epochs(settings, configuration, asking)
    assert not len(found[2])
    expected = epochs(settings, configuration)
    assert found[:2] == expected[:2]
    assert len(expected[2])  # the failure before leaves nothing behind


def test_fits_leave_no_memory_behind(tiny, splits):
    settings = spec(splits, "share", 2, precision="bf16", gpu_memory_gb=4.0)
    held = []
    for seed in range(6):
        fit(settings, configured(tiny["bert"]), seed, never)
        gc.collect()
        torch.cuda.empty_cache()
        held.append(torch.cuda.memory_reserved(GPU))
    assert held[-1] <= held[1]


PREDICTED = {
    "runs": {},
    "tokens": {"span_head": "tokens"},
    "cls": {"pooling": "cls"},
    "adapters": {"adapter": "lora"},
}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("values", PREDICTED.values(), ids=PREDICTED)
def test_replayed_predictions_change_no_bit(tiny, splits, architecture, values, monkeypatch):
    settings = spec(splits, architecture, EPOCHS, precision="bf16", eval_batch_size=4)
    configuration = configured(tiny["bert"], **values)
    found = fit(settings, configuration, 1, never).record
    monkeypatch.setattr(fit_module, "_validate", partial(_without_graphs, fit_module._validate))
    assert fit(settings, configuration, 1, never).record == found


def _without_graphs(validate, *arguments):
    return validate(*arguments[:-1], None)


@pytest.mark.parametrize("precision", ["bf16", "fp32"])
@pytest.mark.parametrize("span_head", ["runs", "tokens"])
def test_a_fit_after_another_is_the_same(tiny, splits, span_head, precision):
    settings, configuration = (
        spec(splits, "joint", 2, precision=precision),
        configured(tiny["bert"], span_head=span_head),
    )
    found = [fit(settings, configuration, 1, never) for _ in range(2)]
    assert found[0].record == found[1].record
    assert on_host(found[0].model) == on_host(found[1].model)


def test_an_eager_step_makes_the_host_wait_for_nothing(tiny, splits):
    loop = fit_module._start(spec(splits, "share", 2), configured(tiny["bert"]), 1, choose_compute("bf16"), 1)
    loop.train_epoch()
    torch.cuda.set_sync_debug_mode("error")
    try:
        with pytest.raises(RuntimeError, match="synchroniz"):  # the epoch's losses, at its end, and nothing before
            loop.train_epoch()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert loop._epoch == 2


def test_a_budget_is_kept_whatever_is_free():
    before = torch.cuda.memory_reserved(GPU)
    limit_gpu_memory(GPU, 1.0)
    try:
        with pytest.raises(torch.OutOfMemoryError):
            torch.empty(2**30 + before, dtype=torch.int8, device=GPU).fill_(1)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, GPU)


@pytest.mark.parametrize("part", [0.9, 1.5, None], ids=["a budget", "more than all", "no budget"])
def test_a_budget_that_others_use_is_an_error(part):
    _, total = torch.cuda.mem_get_info(GPU)
    torch.cuda.set_per_process_memory_fraction(1.0, GPU)
    held = torch.empty(int(total * 0.3), dtype=torch.int8, device=GPU)
    try:
        # What this process holds counts as its own, so the budget is more than all the rest.
        with pytest.MonkeyPatch.context() as patch, pytest.raises(HpoError, match="free memory"):
            patch.setattr(torch.cuda, "memory_reserved", lambda _: 0)
            limit_gpu_memory(GPU, None if part is None else total * part / 2**30)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, GPU)
        del held


@pytest.mark.usefixtures("server")
def test_any_number_of_workers_on_one_gpu_gives_the_same_bytes(tiny, splits):
    settings = replace(spec(splits, "share", 2, precision="auto"), epochs=2)
    found = []
    for workers in (1, 2, 4):
        with training_workers(workers) as pool:
            fits = [pool.submit(_record, settings, configured(tiny["bert"]), seed) for seed in range(4)]
            found.append(json.dumps([each.result() for each in fits]))
    assert found[0] == found[1] == found[2]


def _record(settings, configuration, seed):
    return [list(vars(epoch).values()) for epoch in fit(settings, configuration, seed, never).record.epochs]
