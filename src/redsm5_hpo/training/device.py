"""Where and in which precision a fit computes, and how it is made repeatable.

Owns device choice, precision, torch seeds and thread count. Does not know models or data.
"""

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

import torch

from redsm5_hpo.modeling.attention import CPU_ATTENTION, Attention
from redsm5_hpo.seeding import child_seed

# What bare RuntimeErrors say: torch's allocator on the CPU, and CUDA where it is not torch that allocates.
_NO_ROOM = ("can't allocate memory", "CUDA error: out of memory", "STATUS_ALLOC_FAILED")


@dataclass(frozen=True)
class Compute:
    """A device and the precision of its matrix products.

    Attributes:
        device: where tensors live.
        precision: bf16 (autocast) or fp32.
    """

    device: torch.device
    precision: Literal["bf16", "fp32"]

    @property
    def half(self) -> torch.dtype:
        """The type of half the width in which values are kept: that of the products, or the one nearest to float32."""
        return torch.bfloat16 if self.precision == "bf16" else torch.float16

    def autocast(self) -> AbstractContextManager[None]:
        """The context in which forward passes run; weights and optimiser state stay fp32."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.precision == "bf16")


def choose_compute(precision: Literal["auto", "bf16", "fp32"]) -> Compute:
    """The GPU where there is one, else the CPU; auto means bf16 where it is native."""
    device = torch.device("cuda", torch.cuda.current_device()) if torch.cuda.is_available() else torch.device("cpu")
    if precision == "auto":
        return Compute(device, "bf16" if _computes_bf16(device) else "fp32")
    return Compute(device, precision)


def fastest_attention() -> Attention:
    """The attention to load encoders with: SDPA on a GPU; on a CPU the plain products are faster (bench/README.md)."""
    return "sdpa" if torch.cuda.is_available() else CPU_ATTENTION


def make_repeatable() -> None:
    """One thread and deterministic kernels: the same inputs give the same bytes, whatever runs beside."""
    # cuBLAS needs its workspace fixed before its first call; see torch.use_deterministic_algorithms.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    # Would fill every new tensor, to make reading before writing repeatable as well: a third of a training step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def seed_torch(seed: int, purpose: str) -> None:
    """Seed torch's generators of all devices for one purpose of a fit."""
    torch.manual_seed(child_seed(seed, purpose))


def use_gpu_of_worker(worker: int) -> None:
    """Let workers take the GPUs in turn; nothing to do where there is none."""
    if gpus := gpu_count():
        torch.cuda.set_device(worker % gpus)


def gpu_count() -> int:
    """How many GPUs torch sees."""
    return torch.cuda.device_count()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that the device or the host has no memory left."""
    told = isinstance(error, RuntimeError) and any(words in str(error) for words in _NO_ROOM)
    return told or isinstance(error, MemoryError | torch.OutOfMemoryError)


def _computes_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "arm_bf16"))
