"""The device and precision of a fit, and its determinism."""

from types import SimpleNamespace

import pytest
import torch

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.training.device import (
    choose_compute,
    gpu_bytes,
    gpus,
    is_out_of_memory,
    limit_gpu_memory,
    make_repeatable,
    seed_torch,
    use_gpu_of_worker,
)

MEMORY = {
    "the host's allocator": (MemoryError(), True),
    "the device's allocator": (torch.OutOfMemoryError("CUDA out of memory"), True),
    "torch's allocator on the host": (
        RuntimeError("[enforce fail at alloc_cpu.cpp:119] DefaultCPUAllocator: can't allocate memory: you tried"),
        True,
    ),
    "CUDA itself": (RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be reported later"), True),
    "CUDA's libraries": (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"), True),
    "another error of CUDA": (RuntimeError("CUDA error: device-side assert triggered"), False),
    "another error of torch": (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
    "another error": (ValueError("can't allocate memory"), False),
}


@pytest.mark.parametrize(("error", "expected"), MEMORY.values(), ids=MEMORY)
def test_out_of_memory_errors_are_recognized(error, expected):
    assert is_out_of_memory(error) is expected


def test_torchs_error_on_the_host_is_recognized():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60)
    assert is_out_of_memory(caught.value)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_requested_precision_is_used(precision):
    assert choose_compute(precision).precision == precision


PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16}


@pytest.mark.parametrize(("precision", "dtype"), PRECISIONS.items(), ids=PRECISIONS)
def test_products_are_computed_in_the_precision(precision, dtype):
    compute = choose_compute(precision)
    square = torch.ones(2, 2, device=compute.device)
    with compute.autocast():
        assert (square @ square).dtype is dtype


NATIVE = {"native": ({"avx512_bf16": True}, "bf16"), "emulated": ({"avx512_f": True}, "fp32"), "unknown": ({}, "fp32")}


@pytest.mark.parametrize(("capabilities", "precision"), NATIVE.values(), ids=NATIVE)
def test_auto_means_bf16_if_the_processor_has_it(monkeypatch, capabilities, precision):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert choose_compute("auto").precision == precision


def test_repeatable_means_one_thread_and_deterministic_kernels(monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    torch.use_deterministic_algorithms(False)
    make_repeatable()
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == (1, True)


def draw(seed, purpose):
    seed_torch(seed, purpose)
    return float(torch.rand(()))


def test_a_seed_and_a_purpose_decide_torchs_random_numbers():
    assert draw(1, "dropout") == draw(1, "dropout")
    assert len({draw(1, "dropout"), draw(2, "dropout"), draw(1, "initialisation")}) == 3


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


GPU = torch.device("cuda", 0)
# GiB in all, that are free, and that this process holds; the budget; the part of all that may be allocated.
ENOUGH = {
    "a budget": (80, 20, 0, 16.0, 0.2),
    "a budget that this process holds": (80, 2, 14, 16.0, 0.2),
    "no budget, this process alone": (80, 79, 0, None, 1.0),
    "no budget, and a display": (80, 78, 0, None, 1.0),
    "a budget of all": (16, 14, 0, 16.0, 1.0),
    "a budget of more than all": (12, 10, 0, 16.0, 1.0),
    "a budget of nearly all": (16, 14, 0, 15.0, 15 / 16),
    "a GPU smaller than the room for others": (1, 0.5, 0, None, 1.0),
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
        return allowed

    return see


@pytest.mark.parametrize(("total", "free", "held", "budget", "part"), ENOUGH.values(), ids=ENOUGH)
def test_a_fit_may_allocate_its_budget(gpu_with, total, free, held, budget, part):
    allowed = gpu_with(total, free, held)
    limit_gpu_memory(GPU, budget)
    assert allowed == [part]


@pytest.mark.parametrize(("total", "free", "held", "budget", "needed"), TOO_LITTLE.values(), ids=TOO_LITTLE)
def test_a_budget_that_others_use_is_an_error(gpu_with, total, free, held, budget, needed):
    gpu_with(total, free, held)
    with pytest.raises(HpoError, match="free memory") as caught:
        limit_gpu_memory(GPU, budget)
    assert needed in caught.value.allowed
