"""The device and precision of a fit, and its determinism."""

import os

import pytest
import torch

from redsm5_hpo.training.device import choose_compute, is_out_of_memory, make_repeatable, seed_torch

MEMORY = {
    "the host's allocator": (MemoryError(), True),
    "the device's allocator": (torch.OutOfMemoryError("CUDA out of memory"), True),
    "torch's allocator on the host": (
        RuntimeError("[enforce fail at alloc_cpu.cpp:119] DefaultCPUAllocator: can't allocate memory: you tried"),
        True,
    ),
    "CUDA itself": (RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be reported later"), True),
    "CUDA's libraries": (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"), True),
    "cuDNN": (RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"), True),
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
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")  # of other work, which would choose other kernels
    torch.use_deterministic_algorithms(False)
    make_repeatable()
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == (1, True)
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def draw(seed, purpose):
    seed_torch(seed, purpose)
    return float(torch.rand(()))


def test_a_seed_and_a_purpose_decide_torchs_random_numbers():
    assert draw(1, "dropout") == draw(1, "dropout")
    assert len({draw(1, "dropout"), draw(2, "dropout"), draw(1, "initialisation")}) == 3
