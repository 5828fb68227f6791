"""The device and precision of a fit, and its determinism.

Owns device choice, precision, memory budget, torch seeds and thread count. Does not know models or data.
"""

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

import torch

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.core.seeding import child_seed
from redsm5_hpo.modeling.cpu import cpu_attention
from redsm5_hpo.modeling.encoders import Attention

# In messages of plain RuntimeErrors: of torch's allocator on the CPU, and of CUDA for what torch does not allocate.
_OUT_OF_MEMORY = ("can't allocate memory", "CUDA error: out of memory", "STATUS_ALLOC_FAILED")
# Of a GPU's memory, beside what a fit may allocate: CUDA's context of its process, and a display.
_ROOM_BYTES = 2 * 2**30


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
    # cuBLAS needs its workspace fixed before its first call; see torch.use_deterministic_algorithms.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    # Filling every new tensor, which makes reads of uninitialized memory deterministic, takes a third of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def seed_torch(seed: int, purpose: str) -> None:
    """Seed torch's generators of all devices for one purpose."""
    torch.manual_seed(child_seed(seed, purpose))


def use_gpu_of_worker(worker: int) -> None:
    """Assign the GPUs to workers in turn, if there are any."""
    if found := gpus():
        torch.cuda.set_device(found[worker % len(found)])


def gpus() -> list[int]:
    """The numbers of the GPUs that workers use: those of the first one's model, since another rounds differently.

    Empty where the driver is too old for torch, which counts its GPUs all the same.
    """
    if not torch.cuda.is_available():
        return []
    models = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    return [number for number, model in enumerate(models) if model == models[0]]


def gpu_bytes() -> int:
    """The memory of the smallest GPU that workers use; 0 without GPUs."""
    return min((torch.cuda.get_device_properties(number).total_memory for number in gpus()), default=0)


def limit_gpu_memory(device: torch.device, gpu_memory_gb: float | None) -> None:
    """Let this process allocate so much of a GPU's memory and no more, whatever is free; None allows all of it.

    Raises:
        HpoError: others use so much that the budget is not free: the fit would depend on them.
    """
    if device.type != "cuda":
        return
    torch.cuda.empty_cache()
    free, total = torch.cuda.mem_get_info(device)
    budget = total if gpu_memory_gb is None else min(total, int(gpu_memory_gb * 2**30))
    torch.cuda.set_per_process_memory_fraction(budget / total, device)
    needed = min(budget, total - _ROOM_BYTES)
    if free + torch.cuda.memory_reserved(device) < needed:
        raise HpoError(
            "a GPU has not as much free memory as a fit may use",
            got=f"{free / 2**30:.1f} of {total / 2**30:.1f} GiB",
            allowed=f"at least {needed / 2**30:.1f} GiB, by training.gpu_memory_gb",
            remedy="end what else uses the GPU, or set a smaller HPO_WORKERS, which changes no result, or a smaller "
            "training.gpu_memory_gb, which may",
        )


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
