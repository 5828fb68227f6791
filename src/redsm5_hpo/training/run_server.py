"""The process that the workers of all stages of a DVC run are forked from: what it imports, and how it ends.

Owns these two. It looks for no garbage among what it imports, a seventh of the time; workers do again.
"""

import gc
import importlib
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import forkserver
from pathlib import Path

_LOOK_SECONDS = 0.5


def serve(listener: int, dvc: int, preload: Sequence[str], address: str, path: Sequence[str]) -> None:
    """Import, then fork a worker for each request, until DVC has ended.

    Args:
        listener: descriptor of the socket that requests come from.
        dvc: descriptor of DVC's process, readable once that has ended.
        preload: modules that workers find imported.
        address: of the socket; removed at the end.
        path: where modules are.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a stage's driver alone decides what becomes of its workers
    sys.path[:] = path
    gc.disable()
    with _ending_with(dvc, address):
        for name in preload:
            with suppress(ImportError):  # the worker that needs it meets the error, and its driver tells
                importlib.import_module(name)
    try:
        forkserver.main(listener, dvc, [])
    except OSError:  # what multiprocessing's look for an end of file comes to with a descriptor of a process
        Path(address).unlink(missing_ok=True)


@contextmanager
def _ending_with(dvc: int, address: str) -> Iterator[None]:
    """Watch for DVC's end during the block; its thread has ended before workers are forked."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_LOOK_SECONDS):
            if select.select([dvc], [], [], 0)[0]:
                Path(address).unlink(missing_ok=True)
                os._exit(1)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
