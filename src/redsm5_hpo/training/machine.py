"""The machine that workers compute on, as a worker describes it: the driver does not import torch.

Owns how a worker process is prepared for fits, and the description of its machine.
"""

import gc
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

from redsm5_hpo.execution.executors import open_executor
from redsm5_hpo.execution.pool import Result, abandoned_on_error
from redsm5_hpo.execution.processor import processor_model
from redsm5_hpo.execution.worker_setup import WorkerSetup

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
        model: of the GPU, else of the processor.
        libraries: versions by name.
        gpu_bytes: the memory of the smallest GPU; 0 without GPUs.
    """

    device: str
    gpus: int
    encoders: dict[str, str]
    model: str = ""
    libraries: dict[str, str] = field(default_factory=dict)
    gpu_bytes: int = 0

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
        return [
            f"memory for {fits} fits at once: {each} of a GPU for each, {self.gpus} of {self.gpu_bytes / _GIB:.0f} GiB"
        ]


def fits_per_gpu(gpu_memory_gb: float | None, gpu_bytes: int) -> int:
    """The number of fits, at least 1, whose budgets and contexts a GPU of `gpu_bytes` holds."""
    if gpu_memory_gb is None:
        return 1
    return max(1, int(gpu_bytes // (gpu_memory_gb * _GIB + _CONTEXT_BYTES)))


def training_workers(
    workers: int, machine: Machine | None = None, reads: Iterable[Path] = (), writes: Iterable[Path] = ()
) -> Executor:
    """Workers of one thread each: two such workers train faster than one worker with two threads.

    Args:
        machine: what every worker of a cluster must be; None for any.
        reads: folders that tasks read, as their paths stand in requests.
        writes: folders that tasks write new files into, likewise.
    """
    setup = WorkerSetup(prepare_worker, tuple(reads), tuple(writes))
    if machine is not None:
        setup = replace(setup, identity=partial(_identity, tuple(machine.encoders)), expected=machine.identity)
    return open_executor(workers, setup)


def run_in_worker(function: Callable[[], Result], reads: Iterable[Path] = ()) -> Result:
    """Run a function in a worker of its own, which ends after a result, an error or an interruption."""
    with abandoned_on_error(training_workers(1, reads=reads)) as pool:
        return pool.submit(function).result()


def prepare_worker(number: int) -> None:
    """Make this worker process compute deterministically, on its GPU."""
    from redsm5_hpo.training.device import make_repeatable, use_gpu_of_worker  # here, for a driver without torch

    make_repeatable()
    use_gpu_of_worker(number)
    gc.freeze()  # a fit collects what the one before has left, and modules are not among it


def machine_of_workers(encoder_names: Iterable[str], max_lengths: Mapping[str, int] | None = None) -> Machine:
    """The machine as a worker describes it; raises EncoderError for an encoder that cannot be used.

    `max_lengths` are lengths of windows, in tokens, that some of the encoders must be able to read.
    """
    return run_in_worker(partial(describe_machine, sorted(set(encoder_names)), max_lengths))


def describe_machine(encoder_names: Iterable[str], max_lengths: Mapping[str, int] | None = None) -> Machine:
    """`machine_of_workers` for this process."""
    import torch

    from redsm5_hpo.modeling import encoders
    from redsm5_hpo.training.device import choose_compute, gpu_bytes, gpu_count

    encoder_names = list(encoder_names)
    for name in encoder_names:
        encoders.check_usable(name, (max_lengths or {}).get(name))
    gpus = gpu_count()
    return Machine(
        str(choose_compute("auto")),
        gpus,
        {name: encoders.fingerprint(name) for name in encoder_names},
        torch.cuda.get_device_name() if gpus else processor_model(),
        {name: version(name) for name in LIBRARIES},
        gpu_bytes(),
    )


def _identity(encoder_names: tuple[str, ...]) -> dict[str, str]:
    return describe_machine(encoder_names).identity
