"""How a stage's process and its workers start and end, but not what they compute.

Owns when the server that workers are forked from starts, and in which environment. A stage starts it before its own
slow imports, so that both import side by side and workers are there when they are needed. Knows no torch, since
importing that is what takes the time.
"""

import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import forkserver

# Large pages and memory kept for the next step: training allocates and frees the same large tensors all the time, and
# two workers spend a tenth of their time on page faults otherwise (bench/README.md). Read by glibc alone.
MALLOC = "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=4294967296"
# Kernels that oneDNN keeps, 1,024 unless told: it makes one for each shape of each product, fifteen or more for every
# length of windows, and a search over batch sizes would make them again and again.
KERNELS_KEPT = "8192"
_LOOK_SECONDS = 0.5


def start_worker_server(*preload: str) -> None:
    """Start the server, which imports the modules `preload` and waits; it ends with this process.

    Call it under `if __name__ == "__main__"`: workers import the main module too.
    """
    end_with_dvc()
    os.environ.setdefault("GLIBC_TUNABLES", MALLOC)
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", KERNELS_KEPT)
    multiprocessing.set_forkserver_preload(["redsm5_hpo.training.server", *preload])
    forkserver.ensure_running()


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
