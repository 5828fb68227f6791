"""Killing a running pipeline: who is hit, with which signal, and when.

Owns the blow and what must hold right after it: nobody outlives the run. What must hold in the end is the tests'.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from redsm5_hpo.core.layout import METRICS, SELECTION_METRICS, STUDY_METRICS, TEST_METRICS, metrics_folder
from tests.pipeline.project import start_dvc

PARTING = 10.0  # seconds in which all processes of a run that has ended have to be gone
PATIENCE = 600.0  # seconds until a run counts as hung
TARGETS = {  # and the signals that are worth a try
    "driver": (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP),
    "worker": (signal.SIGKILL, signal.SIGTERM, signal.SIGINT),
    "server": (signal.SIGKILL,),
    "dvc": (signal.SIGKILL, signal.SIGTERM, signal.SIGINT),
    "terminal": (signal.SIGINT,),  # Ctrl-C, which reaches the whole process group
}
KINDS = [(target, number) for target, numbers in TARGETS.items() for number in numbers]
MOMENTS = {  # how long the first and the last blow wait after the event, in seconds
    "started": (0.0, 3.0),
    "a trial": (0.0, 0.2),  # the tiny studies take half a second
    "finished": (0.0, 0.5),
}
WITHOUT_WORKERS = ("prepare", "split", "evaluate")


@dataclass(frozen=True)
class Blow:
    """A signal to one of a run's processes at a moment of a stage.

    Attributes:
        target: a key of TARGETS.
        number: the signal.
        moment: a key of MOMENTS.
        delay: seconds after it.
    """

    target: str
    number: signal.Signals
    moment: str
    delay: float

    @classmethod
    def drawn(cls, draw: random.Random, kind: tuple[str, signal.Signals], moment: str) -> "Blow":
        """A blow of a kind at a random distance from a moment."""
        return cls(*kind, moment, draw.uniform(*MOMENTS[moment]))


def run_under(project: Path, stage: str, blow: Blow) -> tuple[bool, str]:
    """Run a stage under DVC and strike; whether the blow met a process, and what the run printed."""
    output, kept = project.parent / f"{project.name}.output", finished_trials(project)
    with output.open("w", encoding="utf-8") as stream:
        running = start_dvc(project, "repro", "--no-run-cache", stage, output=stream)
        try:
            _await(lambda: running.poll() is not None or _has_come(project, stage, blow.moment, kept))
            time.sleep(blow.delay)
            hit = False
            while not hit and running.poll() is None:
                time.sleep(0.02)
                hit = _strike(project, running.pid, blow)
            running.wait(timeout=PATIENCE)
        finally:
            psutil.wait_procs(family(project), timeout=PARTING)
            survivors = family(project)  # asked anew: what has ended but nobody has asked after is none
            for process in survivors:
                process.kill()
    text = output.read_text(encoding="utf-8")
    assert not survivors, f"{survivors} outlive a run after {blow}:\n{text}"
    return hit, text


def family(project: Path) -> list[psutil.Process]:
    """All processes that work in the project's folder, orphans too."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(project) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def drivers(project: Path) -> list[psutil.Process]:
    """The processes that run a stage in the project's folder: one at most, under one DVC."""
    return [process for process in family(project) if _is_driver(process)]


def finished_trials(project: Path) -> int:
    """How many trials are in the journals of studies that are not yet finished."""
    journals = (project / ".hpo_work").glob("*/journal.jsonl")
    return sum(_trials_in(path) for path in journals if not path.with_name("finished").exists())


def _trials_in(journal: Path) -> int:
    try:
        return max(journal.read_bytes().count(b"\n") - 1, 0)
    except FileNotFoundError:  # the run that is watched clears what an earlier one has left
        return 0


def _strike(project: Path, dvc_process: int, blow: Blow) -> bool:
    try:
        if blow.target == "terminal":
            os.killpg(dvc_process, blow.number)
            return True
        targets = {"dvc": [psutil.Process(dvc_process)], **_driver_and_below(project)}[blow.target]
        for process in targets[:1]:
            process.send_signal(blow.number)
        return bool(targets)
    except (psutil.NoSuchProcess, ProcessLookupError):
        return False


def _driver_and_below(project: Path) -> dict[str, list[psutil.Process]]:
    """The stage's process, the server that it shares with other stages of the run, and the workers."""
    forked = [process for process in family(project) if "shared_server" in " ".join(process.cmdline())]
    servers = [process for process in forked if process.ppid() not in {each.pid for each in forked}]
    workers = [process for process in forked if process not in servers]
    return {"driver": drivers(project), "server": servers, "worker": workers}


def _is_driver(process: psutil.Process) -> bool:
    try:
        return process.cmdline()[1:2] == ["-m"] and process.cmdline()[2].startswith("stages.")
    except (psutil.Error, IndexError):
        return False


def _has_come(project: Path, stage: str, moment: str, kept: int) -> bool:
    if moment == "a trial" and stage.startswith("hpo"):
        return finished_trials(project) > kept
    if moment == "finished":
        return _results(project, stage).exists()
    return bool(drivers(project))


def _results(project: Path, stage: str) -> Path:
    """What a stage writes last, or nearly so."""
    name, _, architecture = stage.partition("@")
    if not architecture:
        return project / METRICS / f"{name}.json"
    last = {"select": SELECTION_METRICS, "refit": "metrics.json", "evaluate": TEST_METRICS}
    return project / metrics_folder(architecture, name) / last.get(name, STUDY_METRICS)


def _await(event: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not event():
        assert time.monotonic() < deadline, "the run hangs"
        time.sleep(0.01)
