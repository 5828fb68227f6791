"""What only a GPU can show; `make test-gpu` runs these there, and they are skipped elsewhere.

Each compares what is meant for a GPU with the plain way on the same GPU, bit for bit. None has run on one yet.
"""

import json
from dataclasses import replace

import pytest
import torch

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training.device import choose_compute, limit_gpu_memory
from redsm5_hpo.training.fit import fit
from redsm5_hpo.training.machine import training_workers
from redsm5_hpo.training.weight_copies import WeightCopies
from tests.training.builders import ARCHITECTURES, configured, never, spec, weights

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here"),
]
GPU = torch.device("cuda", 0)


def on_host(model):
    return weights(model.cpu())


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_copies_of_weights_change_no_bit(tiny, splits, architecture):
    found = []
    for copies in (True, False):
        loop = fit_module._start(
            spec(splits, architecture, 1, precision="bf16"), configured(tiny["bert"]), 1, choose_compute("bf16"), 2
        )
        if not copies:
            loop._copies = WeightCopies(loop.model, enabled=False)
        found.append((loop.train_epoch(), on_host(loop.model)))
    assert found[0] == found[1]


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
    loop = fit_module._start(spec(splits, "share", 1), configured(tiny["bert"]), 1, choose_compute("bf16"), 1)
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


def test_a_budget_that_others_use_is_an_error():
    _, total = torch.cuda.mem_get_info(GPU)
    held = torch.empty(int(total * 0.3), dtype=torch.int8, device=GPU)
    try:
        # What this process holds counts as its own, so the budget is more than all the rest.
        with pytest.MonkeyPatch.context() as patch, pytest.raises(HpoError, match="free memory"):
            patch.setattr(torch.cuda, "memory_reserved", lambda _: 0)
            limit_gpu_memory(GPU, total * 0.9 / 2**30)
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
