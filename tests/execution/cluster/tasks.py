"""Tasks for workers of a cluster."""

import os
import threading
import time
from importlib.metadata import version
from pathlib import Path

from redsm5_hpo.execution.epoch_reports import PipeSender


def unprepared(number: int) -> None:
    """A worker that needs no torch."""


def copied(source: Path, target: Path) -> str:
    """Copy a file between folders that are not where the driver has them."""
    below = target / "seed-1"
    below.mkdir()
    (below / "copy.txt").write_bytes((source / "text.txt").read_bytes())
    return str(source)


def in_main_thread(text: str) -> bool:
    """Whether timeouts would work."""
    return threading.current_thread() is threading.main_thread() and bool(text)


def reported(send: PipeSender, folder: str) -> str:
    """Report two epochs of trial 7, and wait until the driver has heard of them."""
    send(7, 2)
    while not Path(folder, "heard").exists():
        time.sleep(0.05)
    return str(send.path)


def torch_version() -> dict[str, str]:
    """A part of a worker's identity."""
    return {"torch": version("torch")}


def fail(text: str) -> None:
    """A mistake in the program."""
    raise ZeroDivisionError(f"in a text of {len(text)} characters")


def marked_sleep(folder: str, seconds: float) -> int:
    """Leave the numbers of the process and of its Dask worker, and sleep the first time."""
    markers = Path(folder)
    first = not list(markers.glob("[0-9]*"))
    server = Path(f"/proc/{os.getppid()}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
    (markers / f".{os.getpid()}").write_text(server, encoding="utf-8")
    (markers / f".{os.getpid()}").rename(markers / str(os.getpid()))
    if first:
        time.sleep(seconds)
    return os.getpid()
