"""The processes of trials, refits and predictions: how many there are, and how they start and end.

Owns the worker count and the process pool. Does not know what a worker computes: the caller passes a function that
prepares a worker. A worker ends when its driver has ended.
"""

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from multiprocessing import connection
from multiprocessing.sharedctypes import Synchronized
from typing import ParamSpec, TypeVar

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.execution.cluster import connection as cluster
from redsm5_hpo.execution.executor_choice import asked_workers, uses_cluster
from redsm5_hpo.execution.said_once import share_flag
from redsm5_hpo.execution.stage_process import abandon
from redsm5_hpo.execution.usable_cores import usable_cores
from redsm5_hpo.execution.usable_memory import usable_memory
from redsm5_hpo.execution.worker_memory import check_budgets_fit, check_workers_fit, workers_that_fit

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Preparation = Callable[[int], None]  # called in each new worker with its number, from 0

_POLL_SECONDS = 1.0


class WorkerDiedError(BrokenExecutor):
    """The process of this task died, and no other's; the executor goes on."""


def worker_count(tasks: int, gpus: int) -> int:
    """HPO_WORKERS, else one for each usable core that fits into memory; at most `tasks`, and `gpus` if there are any.

    Of a cluster: HPO_WORKERS, else as many as it has now; more may come. Fewer than there are cores for, because of
    memory, is reported on stderr.

    Args:
        tasks: workers beyond them would be idle.
        gpus: how many workers the GPUs have memory for; 0 without GPUs.

    Raises:
        HpoError: HPO_WORKERS is not a whole number above 0, or more workers than fit into memory.
    """
    asked = asked_workers()
    if uses_cluster():
        return min(tasks, asked or max(1, len(cluster.connection().workers())))
    if asked is None:
        cores = usable_cores()
        workers = min(tasks, gpus or cores, cores)  # a GPU waits for the core that drives it
        return _reported(workers, workers_that_fit(workers, usable_memory()))
    workers = min(tasks, asked)
    check_workers_fit(workers, usable_memory())
    return workers


def worker_count_of_fits(tasks: int, fits: int) -> int:
    """As `worker_count`; `fits` is how many fits the GPUs hold, each with its budget of memory; 0 without GPUs.

    Raises:
        HpoError: as `worker_count`, and for more workers than have a budget; a cluster's have GPUs of their own.
    """
    workers = worker_count(tasks, fits)
    if fits and not uses_cluster():
        check_budgets_fit(workers, fits)
    return workers


@cache  # once, though a stage may ask more than once
def _reported(wanted: int, fitting: int) -> int:
    if fitting < wanted:
        sys.stderr.write(f"{fitting} of {wanted} workers: there is memory for no more; the results are the same\n")
    return fitting


def worker_pool(workers: int, prepare: Preparation) -> Executor:
    """A pool of processes that end with this one; each calls `prepare` with its number before its first task.

    Workers are forked from a server process that only imports modules. They are as fresh as spawned ones, and start
    immediately if the stage has started the server early (forkserver.start_worker_server).
    """
    context = multiprocessing.get_context("forkserver")
    shared = (context.Value("i", 0), context.Value("i", 0))
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(*shared, prepare))


@contextmanager
def abandoned_on_error(pool: Executor) -> Iterator[Executor]:
    """The pool for a block; its workers are terminated when an error or an interruption leaves the block."""
    with pool:
        try:
            yield pool
        except BaseException:
            abandon(pool)  # leaving the pool's own block waits for all submitted tasks
            raise


@contextmanager
def explained_worker_deaths(workers: int, remedy: str) -> Iterator[None]:
    """Raise HpoError when one of the workers dies, with a remedy for too little memory."""
    try:
        yield
    except BrokenExecutor:
        remedy = f"memory probably ran out: {remedy}"
        raise HpoError("a worker died", got=f"{workers} at once", remedy=remedy) from None


def memory_remedy(setting: str) -> str:
    """The remedy of a stage whose workers need less memory with a smaller value of a setting."""
    return f"HPO_WORKERS=1 before the same command, or a smaller {setting} or encoder"


def _start_worker(started: "Synchronized[int]", said: "Synchronized[int]", prepare: Preparation) -> None:
    gc.freeze()  # the garbage collector skips imported objects, which saves time
    gc.enable()
    # Ctrl-C reaches the whole process group, but only the driver handles it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    driver = multiprocessing.parent_process()
    if driver is not None:
        threading.Thread(target=_end_with_driver, args=(driver.sentinel,), daemon=True).start()
    share_flag(said)
    with started.get_lock():
        number, started.value = started.value, started.value + 1
    prepare(number)


def _end_with_driver(driver_sentinel: int) -> None:
    # It also ends with its parent, the server: when that dies, the driver counts its workers as dead.
    server = os.getppid()
    while not connection.wait([driver_sentinel], timeout=_POLL_SECONDS) and os.getppid() == server:
        pass
    os._exit(1)
