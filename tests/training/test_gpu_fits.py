"""Fits on a GPU: their predictions, what they leave behind, their budgets of memory and their workers."""

import gc
import json
from dataclasses import replace
from functools import partial

import pytest
import torch

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training import gpus
from redsm5_hpo.training.fit import fit
from redsm5_hpo.training.gpus import limit_gpu_memory
from redsm5_hpo.training.workers import training_workers
from tests.training.builders import ARCHITECTURES, configured, never, spec
from tests.training.on_gpu import EPOCHS, NEEDS_A_GPU, on_host

pytestmark = NEEDS_A_GPU
GPU = torch.device("cuda", 0)


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


BUDGETS = {"1 GiB": (1.0, lambda _: 2**30), "all": (None, lambda total: total - 2**31)}


@pytest.mark.parametrize(("budget", "allowed"), BUDGETS.values(), ids=BUDGETS)
def test_a_budget_is_kept_whatever_is_free(budget, allowed):
    before = torch.cuda.memory_reserved(GPU)
    limit_gpu_memory(GPU, budget)
    try:
        with pytest.raises(torch.OutOfMemoryError):
            torch.empty(allowed(torch.cuda.mem_get_info(GPU)[1]) + before + 1, dtype=torch.int8, device=GPU).fill_(1)
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
            patch.setattr(gpus, "_WAIT_SECONDS", 0.0)
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
