"""The device and precision of a fit, and its determinism.

Owns device choice, precision, torch seeds and thread count. Does not know models or data, or which GPUs there are.
"""

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

import torch

from redsm5_hpo.core.seeding import child_seed
from redsm5_hpo.modeling.cpu import cpu_attention
from redsm5_hpo.modeling.encoders import Attention
from redsm5_hpo.training.gpus import check_model

# In messages of plain RuntimeErrors: of torch's allocator on the CPU, and of CUDA for what torch does not allocate.
_OUT_OF_MEMORY = ("can't allocate memory", "CUDA error: out of memory", "_ALLOC_FAILED", "_ALLOCATION_FAILED")


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
        """The 16-bit type in which activations are cached: that of the matrix products, else the more exact float16."""
        return torch.bfloat16 if self.precision == "bf16" else torch.float16

    def autocast(self, *, cached: bool = True) -> AbstractContextManager[None]:
        """The context of forward passes; weights and optimizer state stay fp32.

        Args:
            cached: whether weights are rounded once in the context. They must not be where it records a CUDA graph,
                which would read them when the context has ended.
        """
        enabled = self.precision == "bf16"
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=enabled, cache_enabled=cached)


def choose_compute(precision: Literal["auto", "bf16", "fp32"]) -> Compute:
    """What `found_compute` finds; raises HpoError if that is another model than this worker's stage began with."""
    check_model()
    return found_compute(precision)


def found_compute(precision: Literal["auto", "bf16", "fp32"]) -> Compute:
    """The GPU if there is one, else the CPU; auto means bf16 if the device has it natively."""
    device = torch.device("cuda", torch.cuda.current_device()) if torch.cuda.is_available() else torch.device("cpu")
    if precision == "auto":
        return Compute(device, "bf16" if _computes_bf16(device) else "fp32")
    return Compute(device, precision)


def fastest_attention() -> Attention:
    """The attention to load encoders with: SDPA on a GPU; plain products are faster on a CPU (bench/README.md)."""
    return "sdpa" if torch.cuda.is_available() else cpu_attention()


def make_repeatable() -> None:
    """One thread and deterministic kernels: the same inputs give the same bytes, whatever other processes do."""
    # cuBLAS needs its workspace fixed before its first call; see torch.use_deterministic_algorithms. Another value, set
    # for other work, would choose other kernels, or have torch refuse all products.
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    # Filling every new tensor, which makes reads of uninitialized memory deterministic, takes a third of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def seed_torch(seed: int, purpose: str) -> None:
    """Seed torch's generators of all devices for one purpose."""
    torch.manual_seed(child_seed(seed, purpose))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that the device or the host is out of memory."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _OUT_OF_MEMORY)


def _computes_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "arm_bf16"))
