"""The study is the same bytes, whatever the worker count and wherever it was killed."""

import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil

from tests.pipeline.conftest import FinishedRun
from tests.pipeline.kills import drivers, finished_trials
from tests.pipeline.project import UP_TO_DATE, dvc, forget, stages_run, start_dvc
from tests.pipeline.tiny_project import TRIALS

FITTING = ["hpo_s1@criteria", "refit@criteria"]  # a search and a refit; what lies between follows from the first
PATIENCE = 120.0  # seconds until a stage that ought to start counts as hung
TRIES = 5
PARTING = 10.0  # seconds in which orphaned workers have to be gone


def test_one_worker_gives_the_same_lock_as_two(finished: FinishedRun, copy: Path) -> None:
    forget(copy, *FITTING)
    assert stages_run(dvc(copy, "repro", "--no-run-cache", "refit@criteria", workers=1)) == FITTING
    assert UP_TO_DATE in dvc(copy, "repro")
    assert (copy / "dvc.lock").read_bytes() == finished.lock


def test_a_killed_search_goes_on_to_the_same_lock(finished: FinishedRun, copy: Path) -> None:
    running, driver = _search_stopped_half_way(copy)
    family = driver.children(recursive=True)
    driver.kill()
    survivors = psutil.wait_procs(family, timeout=PARTING)[1]
    for worker in survivors:
        worker.kill()
    running.communicate()
    assert survivors == []
    assert running.returncode != 0
    assert 0 < finished_trials(copy) < TRIALS["s1"]
    assert (copy / "dvc.lock").read_bytes() != finished.lock

    said = dvc(copy, "repro", "--no-run-cache", "hpo_s1@criteria")
    assert f"of {TRIALS['s1']} trials are kept from an earlier run" in said
    assert UP_TO_DATE in dvc(copy, "repro")
    assert (copy / "dvc.lock").read_bytes() == finished.lock


def _search_stopped_half_way(project: Path) -> tuple[subprocess.Popen[str], psutil.Process]:
    """A DVC that runs the search, and the search's driver, held with some trials in its journal.

    The tiny study is over in a second: where the machine is busy the hold may come too late, and is tried again.
    """
    for _ in range(TRIES):
        forget(project, "hpo_s1@criteria")
        running = start_dvc(project, "repro", "--no-run-cache", "hpo_s1@criteria")
        driver = _stopped_after_the_first_trial(project)
        if 0 < finished_trials(project) < TRIALS["s1"]:
            return running, driver
        with suppress(psutil.NoSuchProcess):
            driver.resume()
        running.communicate()
    raise AssertionError(f"the study was over before it could be held, {TRIES} times")


def _stopped_after_the_first_trial(project: Path) -> psutil.Process:
    """The search's driver, held once a trial is in its journal, or gone when it was faster."""
    deadline = time.monotonic() + PATIENCE
    while not (found := drivers(project)):
        assert time.monotonic() < deadline, "no search started"
    while finished_trials(project) == 0 and found[0].is_running():
        assert time.monotonic() < deadline, "no trial finished"
        time.sleep(0.002)
    with suppress(psutil.NoSuchProcess):
        found[0].suspend()
    return found[0]
