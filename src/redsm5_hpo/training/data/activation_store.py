"""Activations of frozen layers on disk, shared by all stages, workers and architectures that read the same windows.

Owns the folder data/activations: its file names, the lock under which one process computes what others wait for, and
the size of the folder. It is a cache: it may be deleted at any time, and damaged files are computed again. On a CPU
activations stay in their file, whose pages all workers share, so that those of a large corpus need no memory.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import redsm5_hpo
from redsm5_hpo.core.files import hash_files, replaced_file, writing
from redsm5_hpo.core.layout import ACTIVATIONS
from redsm5_hpo.core.locks import lock_if_possible
from redsm5_hpo.execution.processor import processor_model
from redsm5_hpo.modeling.encoders import EncodedWindows
from redsm5_hpo.training.data.npz import mapped_npz
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.gpus import gpu_model

_MAX_BYTES = 8 * 2**30  # of the folder; the least recently used file is deleted first

_TOKENS_AT_ONCE = 65_536  # checked at once, since the check needs memory


@dataclass(frozen=True)
class Source:
    """What activations are computed from.

    Attributes:
        layers: the number of frozen layers of each side.
        settings: of each side's encoder; equal weights compute otherwise with others.
        weights: of these layers.
        sides: the windows of each side.
        isolated: whether their sentences are isolated.
        compute: the device and precision.
    """

    layers: tuple[int, ...]
    settings: tuple[str, ...]
    weights: Sequence[Tensor]
    sides: Sequence[EncodedWindows]
    isolated: bool
    compute: Compute

    def name(self) -> str:
        """A hash of all that the values depend on, machine and code included: others round differently.

        Not on which of equal GPUs computes them.
        """
        compute = replace(self.compute, device=torch.device(self.compute.device.type))
        package = Path(redsm5_hpo.__file__).parent
        # The second makes the batches: a GPU, and its padding, round by their shapes.
        code = hash_files([package / "modeling", package / "training" / "data"], relative_to=package)
        libraries = [version(name) for name in ("torch", "transformers")]
        encoders = (self.layers, self.settings, self.isolated)
        digest = hashlib.sha256(repr((encoders, str(compute), _machine(self.compute), code, libraries)).encode())
        for weight in self.weights:
            digest.update(weight.cpu().numpy().tobytes())
        for tokens in self.sides:
            sentences = (tokens.sentences,) if self.isolated else ()
            for array in (tokens.input_ids, tokens.token_type_ids, tokens.lengths, *sentences):
                digest.update(array.tobytes())
        return digest.hexdigest()[:32]


def stored(source: Source, computed: Callable[[], list[Tensor]]) -> list[Tensor] | None:
    """The activations of some windows, read from the disk, or computed and written.

    `computed` computes them: (N, H) for each side, in half precision.

    Returns:
        the activations on the source's device; None if one is not finite in half precision.
    """
    path = ACTIVATIONS / f"{source.name()}.npz"
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_suffix(".lock").open("w")
    with lock:
        lock_if_possible(lock)
        states = _read(path, source.compute)
        if states is None:
            states = computed()
            _write(path, states)
            states = _read(path, source.compute) or states
    with suppress(OSError):
        os.utime(path)  # the time of its last use
    return states if all(map(_is_finite, states)) else None


def _machine(compute: Compute) -> str:
    if compute.device.type == "cuda":
        return gpu_model(compute.device)
    # Processors of one capability round differently, too, and may share the folder.
    return f"{processor_model()} {torch.backends.cpu.get_cpu_capability()}"


def _read(path: Path, compute: Compute) -> list[Tensor] | None:
    arrays = mapped_npz(path)
    if arrays is None:
        return None
    return [torch.from_numpy(arrays[name]).view(compute.half).to(compute.device) for name in sorted(arrays)]


def _is_finite(states: Tensor) -> bool:
    return all(bool(torch.isfinite(part).all()) for part in torch.split(states, _TOKENS_AT_ONCE))


def _write(path: Path, states: Sequence[Tensor]) -> None:
    arrays = {f"side_{number}": each.cpu().view(torch.int16).numpy() for number, each in enumerate(states)}
    _delete_least_recently_used(sum(array.nbytes for array in arrays.values()))
    with replaced_file(path) as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def _delete_least_recently_used(new_bytes: int) -> None:
    found = []
    for path in ACTIVATIONS.glob("*.npz"):
        with suppress(FileNotFoundError):  # another worker has just deleted it
            status = path.stat()
            found.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in found) + new_bytes
    for _, size, path in sorted(found):
        if total <= _MAX_BYTES:
            return
        path.unlink(missing_ok=True)
        total -= size
