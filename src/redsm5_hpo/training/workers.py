"""Processes that fit: how many, and how they start and end.

Owns the worker count and the process pool. Does not know what a worker computes. A worker has one thread, since two
one-thread workers train more than one with two threads, and ends by itself when its driver is gone.
"""

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection
from multiprocessing.sharedctypes import Synchronized
from typing import ParamSpec, TypeVar

from redsm5_hpo.errors import HpoError
from redsm5_hpo.processes import abandon

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

_LOOK_SECONDS = 1.0


def worker_count(most: int, gpus: int) -> int:
    """HPO_WORKERS, else the GPUs, else the cores; never more than `most`, which find something to do.

    Raises:
        HpoError: HPO_WORKERS is no whole number above 0.
    """
    asked = os.environ.get("HPO_WORKERS", "")
    if not asked:
        return min(most, gpus or len(os.sched_getaffinity(0)))
    if not asked.isdecimal() or int(asked) < 1:
        raise HpoError(
            "HPO_WORKERS is not a number of workers",
            got=repr(asked),
            allowed=f"a whole number from 1; more than {most} would find nothing to do",
            remedy="unset it to use all GPUs or cores",
        )
    return min(most, int(asked))


def worker_pool(workers: int) -> ProcessPoolExecutor:
    """A pool of one-thread processes that end with this one.

    They are forked from a server process that holds the imports and nothing else: fresh like spawned ones, and there
    at once where a stage has started the server early (worker_server.start_worker_server).
    """
    context = multiprocessing.get_context("forkserver")
    started = context.Value("i", 0)
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(started,))


def ask_worker(question: Callable[Asked, Answer], *asked: Asked.args, **named: Asked.kwargs) -> Answer:
    """What a function says in a worker of its own, which ends with the answer, an error or an interruption."""
    with abandoned_on_error(worker_pool(1)) as pool:
        return pool.submit(question, *asked, **named).result()


@contextmanager
def abandoned_on_error(pool: ProcessPoolExecutor) -> Iterator[ProcessPoolExecutor]:
    """The pool for a block; it ends at once when an error or an interruption leaves the block."""
    with pool:
        try:
            yield pool
        except BaseException:
            abandon(pool)  # else leaving would wait for all that was asked
            raise


@contextmanager
def deaths_told(workers: int, smaller: str) -> Iterator[None]:
    """Says that one of so many workers has died, and what of the settings may be `smaller`, as HpoError."""
    try:
        yield
    except BrokenExecutor:
        remedy = f"mostly memory ran out: HPO_WORKERS=1 dvc repro, or a smaller {smaller} or encoder"
        raise HpoError("a worker died", got=f"{workers} at once", remedy=remedy) from None


def _start_worker(started: "Synchronized[int]") -> None:
    from redsm5_hpo.training.device import make_repeatable, use_gpu_of_worker  # torch: no driver needs it

    gc.freeze()  # what was imported stays, and is not looked through again and again
    gc.enable()
    # Ctrl-C reaches the whole process group; the driver alone decides what becomes of the trials.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    driver = multiprocessing.parent_process()
    if driver is not None:
        threading.Thread(target=_end_with_driver, args=(driver.sentinel,), daemon=True).start()
    make_repeatable()
    with started.get_lock():
        number, started.value = started.value, started.value + 1
    use_gpu_of_worker(number)


def _end_with_driver(driver_is_gone: int) -> None:
    # And with the server, the parent: when it dies the driver takes its workers for dead and starts others.
    server = os.getppid()
    while not connection.wait([driver_is_gone], timeout=_LOOK_SECONDS) and os.getppid() == server:
        pass
    os._exit(1)
