"""What a caller says about the workers of an executor, wherever they run.

Owns the fields. Does not know what workers compute.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.execution.pool import Preparation


@dataclass(frozen=True)
class WorkerSetup:
    """What workers are, wherever they run.

    Attributes:
        prepare: called in each new worker with its number, before its first task.
        reads: folders that tasks read, as their paths stand in requests.
        writes: folders that tasks write new files into, likewise.
        identity: asked of workers on other machines: by name, what decides the bytes that they compute.
        expected: the identity that every worker must have; None for any.
    """

    prepare: Preparation
    reads: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()
    identity: Callable[[], Mapping[str, str]] | None = None
    expected: Mapping[str, str] | None = None
