"""The GPUs of this machine.

Owns which of them workers use, their model and memory, the budget of a fit, and the check that a worker computes with
the model that its stage began with. Does not choose a device.
"""

import time

import torch

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.execution.processor import processor_model, with_forcing

# Of NVIDIA's libraries and torch: they take other precisions, kernels or a part of a GPU, or cut its memory otherwise,
# so that other fits run out of it.
FORCING = (
    "NVIDIA_TF32_OVERRIDE",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
    "TORCH_BLAS_PREFER_CUBLASLT",
    "DISABLE_ADDMM_CUDA_LT",
    "CUBLASLT_WORKSPACE_SIZE",
    "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE",
    "PYTORCH_ALLOC_CONF",
    "PYTORCH_CUDA_ALLOC_CONF",
)
# Of a GPU's memory, which no fit may allocate: for CUDA's context of its process, and for a display.
_ROOM_BYTES = 2 * 2**30
_WAIT_SECONDS, _POLL_SECONDS = 20.0, 0.5

_expected = ""  # the model that this process must compute with; empty for any


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


def gpu_model(device: torch.device | int) -> str:
    """The model of a GPU, and the variables that force what it computes with."""
    return with_forcing(torch.cuda.get_device_name(device), FORCING)


def computing_model() -> str:
    """The model of what this process computes with: of its GPU, else of the processor."""
    return gpu_model(torch.cuda.current_device()) if gpus() else processor_model()


def expect_model(model: str) -> None:
    """Let `check_model` refuse any other model from now on; empty for none."""
    global _expected
    _expected = model


def check_model() -> None:
    """Raise HpoError where this process would compute with another model than its stage began with.

    A process that starts after a GPU has failed, or while its driver is replaced, would compute with the processor.
    """
    if _expected and (found := computing_model()) != _expected:
        raise HpoError(
            "a worker would not compute with what this stage began with",
            got=found,
            allowed=_expected,
            remedy="look with `nvidia-smi` for the GPU: one that has failed, and a driver that was updated, need a "
            "restart of the machine; then the same command continues",
        )


def gpu_bytes() -> int:
    """The memory of the smallest GPU that workers use; 0 without GPUs."""
    return min((torch.cuda.get_device_properties(number).total_memory for number in gpus()), default=0)


def limit_gpu_memory(device: torch.device, gpu_memory_gb: float | None) -> None:
    """Let this process allocate so much of a GPU's memory and no more, whatever is free; None allows all but some room.

    Raises:
        HpoError: others go on to use so much that the budget is not free: the fit would depend on them.
    """
    if device.type != "cuda":
        return
    torch.cuda.empty_cache()
    _, total = torch.cuda.mem_get_info(device)
    # Not into the room: what is free there depends on others, and whether a fit runs out of memory must not.
    budget = total - min(_ROOM_BYTES, total // 2)
    if gpu_memory_gb is not None:
        budget = min(budget, int(gpu_memory_gb * 2**30))
    torch.cuda.set_per_process_memory_fraction(budget / total, device)
    found = _wait_for_memory(device, budget)
    if found < budget:
        raise HpoError(
            "a GPU has not as much free memory as a fit may use",
            got=f"{found / 2**30:.1f} of {total / 2**30:.1f} GiB",
            allowed=f"at least {budget / 2**30:.1f} GiB, by training.gpu_memory_gb",
            remedy="end what else uses the GPU, or set a smaller HPO_WORKERS, which changes no result, or a smaller "
            "training.gpu_memory_gb, which may",
        )


def _wait_for_memory(device: torch.device, budget: int) -> int:
    """The bytes that are free or this process's, once they are as many as the budget, or do not become so many.

    What a process had that has just ended, as all workers do where one dies, is free a moment later.
    """
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        found = torch.cuda.mem_get_info(device)[0] + torch.cuda.memory_reserved(device)
        if found >= budget or time.monotonic() > deadline:
            return found
        time.sleep(_POLL_SECONDS)
