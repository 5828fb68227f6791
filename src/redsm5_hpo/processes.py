"""The server process that workers are forked from.

Owns when it starts and in which environment. A stage starts it before its own slow imports, so that both import side by
side and workers are there when they are needed. Knows no torch, since importing that is what takes the time.
"""

import multiprocessing
import os
from multiprocessing import forkserver

# Large pages and memory kept for the next step: training allocates and frees the same large tensors all the time, and
# two workers spend a tenth of their time on page faults otherwise (bench/README.md). Read by glibc alone.
_MALLOC = "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=4294967296"


def start_worker_server(preload: str) -> None:
    """Start the server, which imports the module `preload` and waits; it ends with this process.

    Call it under `if __name__ == "__main__"`: workers import the main module too.
    """
    os.environ.setdefault("GLIBC_TUNABLES", _MALLOC)
    multiprocessing.set_forkserver_preload([preload])
    forkserver.ensure_running()
