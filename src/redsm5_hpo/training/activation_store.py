"""Activations of frozen layers on disk, for all stages, workers and architectures that read the same windows.

Owns the folder data/activations: what a file's name stands for, one process computing what others wait for, and how
large the folder grows. Like the tokens beside it, it may be deleted at any time, and what is damaged is made again.
"""

import fcntl
import hashlib
import os
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import redsm5_hpo
from redsm5_hpo.files import hash_files, replaced_file
from redsm5_hpo.modeling.encoders import EncodedWindows
from redsm5_hpo.training.device import Compute

ACTIVATIONS = Path("data/activations")
_MOST_BYTES = 4 * 2**30  # of the folder; what was used longest ago goes first


@dataclass(frozen=True)
class Source:
    """What activations are made of.

    Attributes:
        layers: how many frozen layers each side has.
        weights: theirs.
        sides: the windows of each side.
        compute: where and how they are computed.
    """

    layers: tuple[int, ...]
    weights: Sequence[Tensor]
    sides: Sequence[EncodedWindows]
    compute: Compute

    def name(self) -> str:
        """For all that the values depend on, the machine and the code among it: others round differently."""
        modeling = hash_files([Path(redsm5_hpo.__file__).parent / "modeling"])
        libraries = [version(name) for name in ("torch", "transformers")]
        digest = hashlib.sha256(
            repr((self.layers, str(self.compute), _machine(self.compute), modeling, libraries)).encode()
        )
        for weight in self.weights:
            digest.update(weight.cpu().numpy().tobytes())
        for tokens in self.sides:
            for array in (tokens.input_ids, tokens.token_type_ids, tokens.lengths):
                digest.update(array.tobytes())
        return digest.hexdigest()[:32]


def stored(source: Source, computed: Callable[[], list[Tensor]]) -> list[Tensor] | None:
    """The activations of some windows: from the disk, or computed and written for others.

    `computed` computes them, (N, H) for each side, in half precision.

    Returns:
        them on the source's device; None where one is not finite in half precision.
    """
    path = ACTIVATIONS / f"{source.name()}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # given up by the system when its holder dies
        states = _read(path, source.compute)
        if states is None:
            states = computed()
            _write(path, states)
    with suppress(OSError):
        os.utime(path)  # used just now
    return states if all(bool(torch.isfinite(each).all()) for each in states) else None


def _machine(compute: Compute) -> str:
    if compute.device.type == "cuda":
        return torch.cuda.get_device_name(compute.device)
    return torch.backends.cpu.get_cpu_capability()


def _read(path: Path, compute: Compute) -> list[Tensor] | None:
    try:
        with np.load(path, allow_pickle=False) as arrays:  # a zip: each array is read against its checksum
            found = [torch.from_numpy(arrays[name]) for name in sorted(arrays.files)]
    except (OSError, EOFError, RuntimeError, TypeError, ValueError, zipfile.BadZipFile):
        return None  # absent or damaged
    return [each.view(compute.half).to(compute.device) for each in found]


def _write(path: Path, states: Sequence[Tensor]) -> None:
    arrays = {f"side_{number}": each.cpu().view(torch.int16).numpy() for number, each in enumerate(states)}
    _make_room(sum(array.nbytes for array in arrays.values()))
    with replaced_file(path) as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def _make_room(size: int) -> None:
    found = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in ACTIVATIONS.glob("*.npz"))
    left = sum(each[1] for each in found) + size
    for _, of_file, path in found:
        if left <= _MOST_BYTES:
            return
        path.unlink(missing_ok=True)
        left -= of_file
