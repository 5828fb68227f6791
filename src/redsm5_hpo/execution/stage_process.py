"""The process of a stage: which DVC runs it, and how it and its workers end.

Owns these. Does not import torch, because that takes most of a stage's start.
"""

import functools
import json
import os
import signal
import threading
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil

_POLL_SECONDS = 0.5


def end_with_dvc() -> None:
    """Send this process SIGTERM when the DVC that runs it as a stage has ended; call it before other imports.

    An orphaned stage would write results that are in no dvc.lock, and hold the lock that the next run needs.
    """
    if "DVC_STAGE" in os.environ:
        above = _up_to_dvc()
        if _is_orphan():  # DVC ended while Python started
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


def _is_orphan() -> bool:
    """Whether none of the DVC processes that run stages of this project is above this process.

    The parent alone does not say so: any process may take over the children of one that has ended. What leads a process
    group was started by something else, such as ssh, perhaps on a machine where DVC's process cannot be seen.
    """
    if os.getpgrp() == os.getpid():
        return False
    try:
        above = {process.pid for process in psutil.Process().parents()}
    except psutil.Error:  # one has just ended
        return False
    running = _running_dvcs()
    return bool(running) and not running & above


def _running_dvcs() -> set[int]:
    """Who DVC's lock of outputs says writes some in this project; none if that is unknown."""
    root = next((folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / ".dvc").is_dir()), Path.cwd())
    try:
        holders = json.loads((root / ".dvc" / "tmp" / "rwlock").read_text(encoding="utf-8"))
        return {writer["pid"] for writer in holders["write"].values()}
    except (OSError, ValueError, LookupError):  # no such file, or another DVC is writing it
        return set()


def _end_without(above: list[int]) -> None:
    with suppress(psutil.NoSuchProcess):  # the shell has ended
        while [os.getppid(), *(psutil.Process(each).ppid() for each in above[:-1])] == above:
            time.sleep(_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
