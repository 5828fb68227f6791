"""How a stage's process and its workers end, but not what they compute.

Owns these ends. Knows no torch, since importing that is what takes a stage's time.
"""

import os
import signal
import threading
import time
from concurrent.futures import Executor, ProcessPoolExecutor

_LOOK_SECONDS = 0.5


def end_with_dvc() -> None:
    """Ask this process to end when the DVC that runs it as a stage is gone; call it first of all.

    Left alone it would write results that no dvc.lock knows of, and hold the lock that the next run needs.
    """
    if "DVC_STAGE" in os.environ:
        threading.Thread(target=_end_without, args=(os.getppid(),), daemon=True).start()


def abandon(executor: Executor) -> None:
    """End the workers of a process pool at once, whatever they compute; another executor gets no more work."""
    # Python would wait at exit for abandoned workers; only 3.14 has a public way to end them.
    processes = getattr(executor, "_processes", None) if isinstance(executor, ProcessPoolExecutor) else None
    workers = list((processes or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    for worker in workers:
        worker.terminate()


def _end_without(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
