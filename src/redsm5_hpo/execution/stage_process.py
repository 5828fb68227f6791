"""The process of a stage: which DVC runs it, and how it and its workers end.

Owns these. Does not import torch, because that takes most of a stage's start.
"""

import functools
import os
import signal
import threading
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil

_POLL_SECONDS = 0.5
_TAKE_OVER_ORPHANS = ("systemd", "launchd", "tini", "dumb-init", "docker-init", "catatonit")


def end_with_dvc() -> None:
    """Send this process SIGTERM when the DVC that runs it as a stage has ended; call it before other imports.

    An orphaned stage would write results that are in no dvc.lock, and hold the lock that the next run needs.
    """
    if "DVC_STAGE" in os.environ:
        above = _up_to_dvc()
        if _takes_over_orphans(above[-1]):  # it ended while Python started
            os.kill(os.getpid(), signal.SIGTERM)
        threading.Thread(target=_end_without, args=(above,), daemon=True).start()


def dvc_process() -> int:
    """The number of the process that runs this one as a stage, or ran it."""
    return _up_to_dvc()[-1]


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


@functools.cache  # whoever is above after DVC has ended is not meant
def _up_to_dvc() -> list[int]:
    """The processes above this one up to DVC, which hands a stage's command to the user's shell.

    Some shells become the command, others wait for it: dash, which is /bin/sh where SHELL is not set, and fish.
    """
    parent = os.getppid()
    try:
        shell = psutil.Process(parent)
        command = shell.cmdline()
        waits = bool(command) and Path(command[0]).name.endswith("sh") and "-c" in command
        return [parent, shell.ppid()] if waits else [parent]
    except psutil.Error:  # it has just ended, or is another user's
        return [parent]


def _takes_over_orphans(number: int) -> bool:
    """Whether a process is the system's, to which children go whose parent has ended, and no DVC of a container."""
    try:
        name = psutil.Process(number).name()
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:  # another user's
        return False
    return (number == 1 and not name.startswith(("dvc", "python"))) or name in _TAKE_OVER_ORPHANS


def _end_without(above: list[int]) -> None:
    with suppress(psutil.NoSuchProcess):  # the shell has ended
        while [os.getppid(), *(psutil.Process(each).ppid() for each in above[:-1])] == above:
            time.sleep(_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
