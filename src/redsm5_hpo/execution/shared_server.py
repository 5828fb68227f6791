"""The fork server that the stages of a DVC run share: what it imports, and how it ends.

Owns these two. Garbage collection is off, which saves a seventh of the import time; workers turn it on.
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

_POLL_SECONDS = 0.5


def serve(listener: int, dvc: int, preload: Sequence[str], address: str, path: Sequence[str]) -> None:
    """Import the modules, then fork a worker for each request until DVC ends.

    Args:
        listener: descriptor of the socket for requests.
        dvc: descriptor of DVC's process, readable when it has ended.
        address: path of the socket; removed at the end.
        path: the driver's sys.path.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # only a stage's driver handles Ctrl-C
    sys.path[:] = path
    gc.disable()
    with _ending_with(dvc, address):
        for name in preload:
            with suppress(ImportError):  # the worker that needs it raises the error, and its driver shows it
                importlib.import_module(name)
    try:
        forkserver.main(listener, dvc, [])
    except OSError:  # DVC has ended: multiprocessing reads its descriptor for an end of file, but it cannot be read
        Path(address).unlink(missing_ok=True)


@contextmanager
def _ending_with(dvc: int, address: str) -> Iterator[None]:
    """Exit if DVC ends during the block; the watching thread ends with the block, before workers are forked."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_POLL_SECONDS):
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
