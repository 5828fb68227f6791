"""What the process of a Dask worker does: unpickle a request, run it, and pickle what came of it.

Owns these steps.
"""

import functools
import os
import traceback
from collections.abc import Callable
from pathlib import Path

from redsm5_hpo.execution.cluster.messages import (
    FOLDERS,
    OUTPUT,
    REPORTS,
    Failure,
    Request,
    Sealed,
    dumped,
    loaded,
    locate,
)
from redsm5_hpo.execution.cluster.store import Store
from redsm5_hpo.execution.pool import Preparation


def prepare_child(folder: Path, prepare: Preparation, number: int) -> None:
    """Work in the folder, and prepare as a worker of a local pool does."""
    folder.mkdir(mode=0o700, exist_ok=True)
    os.chdir(folder)
    prepare(number)


def call(store: Store, output: Path, reports: Path, request: Request) -> Sealed:
    """Run a request; what it returns, or a `Failure`, pickled."""
    locate({OUTPUT: output, FOLDERS: store.folders, REPORTS: reports})
    try:
        return dumped(_function(store.file(request.function))(*loaded(request.arguments)))
    except Exception as error:  # noqa: BLE001 (of the task; the driver raises it)
        return dumped(Failure(error, traceback.format_exc()))


@functools.lru_cache(maxsize=1)  # a study sends the same one with each trial
def _function(path: Path) -> Callable[..., object]:
    function: Callable[..., object] = loaded(Sealed(path.read_bytes()))
    return function
