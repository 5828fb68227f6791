"""The GPUs that workers use, and the budgets of their fits."""

import os
from types import SimpleNamespace

import pytest
import torch

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.training import gpus as gpus_module
from redsm5_hpo.training.gpus import FORCING, gpu_bytes, gpu_model, gpus, limit_gpu_memory, use_gpu_of_worker

GIB = 2**30
# The GPUs' models, whether torch can use them, and the numbers of those that are used.
MODELS = {
    "none": ([], False, []),
    "one": (["A"], True, [0]),
    "two of a model": (["A", "A"], True, [0, 1]),
    "another model": (["A", "B", "A"], True, [0, 2]),
    "a driver that is too old": (["A"], False, []),
}


@pytest.fixture
def machine_with(monkeypatch):
    """Makes torch see GPUs of some models, and gives the list of those that were chosen. A GPU of B is small."""

    def see(models, usable):
        chosen = []
        monkeypatch.setattr(torch.cuda, "is_available", lambda: usable)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: len(models))
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda number=0: models[number])
        monkeypatch.setattr(
            torch.cuda,
            "get_device_properties",
            lambda number: SimpleNamespace(total_memory=(4 if models[number] == "B" else 80) * GIB),
        )
        monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
        return chosen

    return see


@pytest.mark.parametrize(("models", "usable", "used"), MODELS.values(), ids=MODELS)
def test_workers_take_the_gpus_of_the_first_ones_model_in_turn(machine_with, models, usable, used):
    chosen = machine_with(models, usable)
    for worker in range(4):
        use_gpu_of_worker(worker)
    assert gpus() == used
    assert chosen == (used * 4)[:4]
    assert gpu_bytes() == (80 * GIB if used else 0)


def test_only_tests_that_need_a_gpu_see_one():
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ""


@pytest.mark.parametrize("name", FORCING)
def test_a_variable_that_forces_kernels_is_another_gpu(machine_with, monkeypatch, name):
    machine_with(["A"], True)
    for each in FORCING:
        monkeypatch.delenv(each, raising=False)
    assert gpu_model(0) == "A"
    monkeypatch.setenv(name, "1")
    assert gpu_model(0) == f"A {name}=1"


GPU = torch.device("cuda", 0)
# GiB in all, that are free, and that this process holds; the budget; the part of all that may be allocated.
ENOUGH = {
    "a budget": (80, 20, 0, 16.0, 0.2),
    "a budget that this process holds": (80, 2, 14, 16.0, 0.2),
    "no budget, this process alone": (80, 79, 0, None, 78 / 80),
    "no budget, and a display": (80, 78, 0, None, 78 / 80),
    "a budget of all": (16, 14, 0, 16.0, 14 / 16),
    "a budget of more than all": (12, 10, 0, 16.0, 10 / 12),
    "a budget of nearly all": (16, 14, 0, 15.0, 14 / 16),
    "a GPU smaller than the room for others": (1, 0.5, 0, None, 0.5),
}
TOO_LITTLE = {
    "a budget": (80, 10, 0, 16.0, "16.0 GiB"),
    "no budget": (80, 10, 0, None, "78.0 GiB"),
    "a budget of all": (16, 13, 0, 16.0, "14.0 GiB"),
    "a budget of more than all": (12, 2, 7, 16.0, "10.0 GiB"),
}


@pytest.fixture
def gpu_with(monkeypatch):
    """Makes a GPU of so much memory, and gives the list of the parts of it that were allowed."""

    def see(total, free, held):
        allowed = []
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (int(free * GIB), total * GIB))
        monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: held * GIB)
        monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", lambda part, _: allowed.append(part))
        monkeypatch.setattr(gpus_module, "_WAIT_SECONDS", 0.0)
        return allowed

    return see


@pytest.mark.parametrize(("total", "free", "held", "budget", "part"), ENOUGH.values(), ids=ENOUGH)
def test_a_fit_may_allocate_its_budget_and_no_memory_that_others_may_have(gpu_with, total, free, held, budget, part):
    allowed = gpu_with(total, free, held)
    limit_gpu_memory(GPU, budget)
    assert allowed == [part]


def test_a_fit_waits_for_the_memory_of_a_process_that_ends(gpu_with, monkeypatch):
    allowed, free = gpu_with(80, 10, 0), [40 * GIB, 10 * GIB, 10 * GIB, 10 * GIB]
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (free.pop(), 80 * GIB))
    monkeypatch.setattr(gpus_module, "_WAIT_SECONDS", 60.0)
    monkeypatch.setattr(gpus_module, "_POLL_SECONDS", 0.0)
    limit_gpu_memory(GPU, 16.0)
    assert allowed == [0.2]
    assert not free


@pytest.mark.parametrize(("total", "free", "held", "budget", "needed"), TOO_LITTLE.values(), ids=TOO_LITTLE)
def test_a_budget_that_others_use_is_an_error(gpu_with, total, free, held, budget, needed):
    gpu_with(total, free, held)
    with pytest.raises(HpoError, match="free memory") as caught:
        limit_gpu_memory(GPU, budget)
    assert needed in caught.value.allowed
