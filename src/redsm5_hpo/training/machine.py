"""What workers compute with, as one of them describes it: the driver does not import torch.

Owns the description, and how many fits its GPUs hold. Does not start workers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version

LIBRARIES = ("numpy", "peft", "pytorch_optimizer", "scipy", "tokenizers", "torch", "transformers")  # of workers

_GIB = 2**30
# Of a process beside what torch allocates: CUDA's context and kernels, 0.74 GiB on an H200.
_CONTEXT_BYTES = _GIB


@dataclass(frozen=True)
class Machine:
    """What workers compute with.

    Attributes:
        device: the device, and the precision that `auto` chooses on it.
        encoders: each encoder's fingerprint, by name.
        model: of the GPU, else of the processor, with the variables that force what it computes with.
        libraries: versions by name.
        gpus: how many GPUs workers use, all of one model.
        gpu_bytes: the memory of the smallest of them; 0 without GPUs.
        unused_gpus: how many more there are, of other models.
    """

    device: str
    gpus: int
    encoders: dict[str, str]
    model: str = ""
    libraries: dict[str, str] = field(default_factory=dict)
    gpu_bytes: int = 0
    unused_gpus: int = 0

    @property
    def identity(self) -> dict[str, str]:
        """What decides the bytes that a worker computes, by names for messages; how many GPUs it has does not."""
        encoders = {f"encoder {name}": value for name, value in self.encoders.items()}
        return {"device": self.device, "model": self.model, **self.libraries, **encoders}

    def fits_at_once(self, gpu_memory_gb: float | None) -> int:
        """How many fits the GPUs have memory for; 0 without GPUs.

        Args:
            gpu_memory_gb: training.gpu_memory_gb; None, and more than a GPU has, mean one fit on each.
        """
        return self.gpus * fits_per_gpu(gpu_memory_gb, self.gpu_bytes)

    def messages(self, gpu_memory_gb: float | None) -> list[str]:
        """What a study says of its GPUs at its start."""
        fits = self.fits_at_once(gpu_memory_gb)
        if not fits:
            return []
        each = "all the memory" if gpu_memory_gb is None else f"{gpu_memory_gb:g} GiB"
        memory = f"{each} of a GPU for each, {self.gpus} of {self.gpu_bytes / _GIB:.0f} GiB"
        messages = [f"memory for {fits} {'fit' if fits == 1 else 'fits'} at once: {memory}"]
        if self.unused_gpus:
            count = "1 GPU is" if self.unused_gpus == 1 else f"{self.unused_gpus} GPUs are"
            messages.append(
                f"{count} not used: another model than {self.model} rounds differently; CUDA_VISIBLE_DEVICES chooses"
            )
        return messages


def fits_per_gpu(gpu_memory_gb: float | None, gpu_bytes: int) -> int:
    """The number of fits, at least 1, whose budgets and contexts a GPU of `gpu_bytes` holds."""
    if gpu_memory_gb is None:
        return 1
    return max(1, int(gpu_bytes // (gpu_memory_gb * _GIB + _CONTEXT_BYTES)))


def describe_machine(encoder_names: Iterable[str], max_lengths: Mapping[str, int] | None = None) -> Machine:
    """The machine of this process; raises EncoderError for an encoder that cannot be used.

    `max_lengths` are lengths of windows, in tokens, that some of the encoders must be able to read.
    """
    import torch

    from redsm5_hpo.modeling import encoders
    from redsm5_hpo.training.device import found_compute
    from redsm5_hpo.training.gpus import computing_model, gpu_bytes, gpus

    encoder_names = list(encoder_names)
    for name in encoder_names:
        encoders.check_usable(name, (max_lengths or {}).get(name))
    used = len(gpus())
    return Machine(
        str(found_compute("auto")),
        used,
        {name: encoders.fingerprint(name) for name in encoder_names},
        computing_model(),
        {name: version(name) for name in LIBRARIES},
        gpu_bytes(),
        torch.cuda.device_count() - used if used else 0,
    )
