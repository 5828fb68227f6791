"""How a stage's process and its workers end.

Owns these ends. Does not import torch, because that takes most of a stage's start.
"""

import os
import signal
import threading
import time
from concurrent.futures import Executor, ProcessPoolExecutor

_POLL_SECONDS = 0.5


def end_with_dvc() -> None:
    """Send this process SIGTERM when the DVC that runs it as a stage has ended; call it before other imports.

    An orphaned stage would write results that are in no dvc.lock, and hold the lock that the next run needs.
    """
    if "DVC_STAGE" in os.environ:
        threading.Thread(target=_end_without, args=(os.getppid(),), daemon=True).start()


def abandon(executor: Executor) -> None:
    """Terminate the workers of a process pool or a cluster; any other executor only gets no more work."""
    if terminate := getattr(executor, "terminate_workers", None):
        terminate()
        return
    # At exit Python waits for workers; only 3.14 has a public way to terminate them.
    processes = getattr(executor, "_processes", None) if isinstance(executor, ProcessPoolExecutor) else None
    workers = list((processes or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    for worker in workers:
        worker.terminate()


def _end_without(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
