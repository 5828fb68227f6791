"""A search killed in many ways: nothing is lost, nobody outlives it, nothing of the corpus gets out."""

import random
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest
import yaml

from tests.pipeline.kills import PARTING, PATIENCE, Blow, drivers, finished_trials, run_under
from tests.pipeline.leaks import leaks, with_token
from tests.pipeline.project import HUB_TOKEN, UP_TO_DATE, dvc, forget, start_dvc
from tests.pipeline.tiny_project import commit, make_project, settings

SEARCH = "hpo_s1@criteria"
# Beside the driver, who may have corpus or tokens to tell; all other kinds of end are for `make test-kills`.
WORKER = ("worker", signal.SIGKILL)
TRIES = 6
# A study of seconds: one of half a second is over before a busy machine lets its killer look a second time.
TRIALS, EPOCHS = 20, 6


@dataclass(frozen=True)
class Struck:
    """One blow to a search, and what was seen before anything else ran.

    Attributes:
        blow: who was hit, with what.
        hit: whether that met a process of a search that had not ended.
        kept: trials that were finished before.
        output: what the run printed.
    """

    blow: Blow
    hit: bool
    kept: int
    output: str


@dataclass(frozen=True)
class Killed:
    """A search whose driver was killed half way through, then a worker of it, and that was at last left alone.

    Attributes:
        project: where it was killed.
        undisturbed: the bytes of dvc.lock before, when it had run to its end.
        outlived: processes that did not end with the driver that was killed half way.
        half_way: how many trials were finished then.
        lock: the bytes of dvc.lock then.
        struck: the blows that followed, the last of which hit a worker.
        leaked: by who was hit, what then repeated the corpus, or held the hub's token.
    """

    project: Path
    undisturbed: bytes
    outlived: list[psutil.Process]
    half_way: int
    lock: bytes
    struck: list[Struck]
    leaked: dict[str, list[object]]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    project = _make_longer_project(tmp_path_factory.mktemp("killed") / "project")
    dvc(project, "repro", SEARCH)
    undisturbed = (project / "dvc.lock").read_bytes()
    outlived, output = _killed_half_way(project)
    leaked = {"driver": _leaked(project, output)}
    half_way, lock = finished_trials(project), (project / "dvc.lock").read_bytes()
    struck = _strikes(project, Blow.drawn(random.Random(11), WORKER, "a trial"))  # noqa: S311 (no secret)
    leaked["worker"] = _leaked(project, struck[-1].output)
    dvc(project, "repro", "--no-run-cache", SEARCH)
    return Killed(project, undisturbed, outlived, half_way, lock, struck, leaked)


def test_no_trial_is_lost_when_a_search_is_killed(killed: Killed) -> None:
    for each in killed.struck:
        message = f"{each.kept} of {TRIALS} trials are kept"
        assert not each.kept or message in each.output or "baseline is" not in each.output, each


def test_workers_end_with_a_killed_driver(killed: Killed) -> None:
    assert killed.outlived == []


def test_a_killed_search_goes_on_where_it_was(killed: Killed) -> None:
    assert 0 < killed.half_way < TRIALS
    message = f"{killed.half_way} of {TRIALS} trials are kept from an earlier run"
    assert message in killed.struck[0].output


def test_a_search_killed_again_and_again_goes_on_to_the_same_lock(killed: Killed) -> None:
    assert killed.lock != killed.undisturbed
    assert UP_TO_DATE in dvc(killed.project, "repro", SEARCH)
    assert (killed.project / "dvc.lock").read_bytes() == killed.undisturbed


@pytest.mark.parametrize("target", ["driver", "worker"])
def test_a_killed_search_repeats_the_corpus_nowhere(killed: Killed, target: str) -> None:
    assert killed.struck[-1].hit
    assert killed.leaked[target] == []


def _make_longer_project(directory: Path) -> Path:
    project, longer = make_project(directory), settings()
    longer["hpo"]["s1"].update(trials=TRIALS, epochs=EPOCHS)
    (project / "params.yaml").write_text(yaml.safe_dump(longer, sort_keys=False), encoding="utf-8")
    commit(project, "A longer search")
    return project


def _strikes(project: Path, blow: Blow) -> list[Struck]:
    """A blow to a search that hits for certain: at once, or again when the search was over."""
    struck: list[Struck] = []
    blow = replace(blow, delay=0.0)
    while not struck or not struck[-1].hit:
        assert len(struck) < TRIES, f"the search was over before {blow}, {TRIES} times"
        forget(project, SEARCH)  # else one that the last blow has missed would not run again
        kept = finished_trials(project)
        hit, output = run_under(project, SEARCH, blow)
        hit = hit and any((project / ".hpo_work").glob("*/journal.jsonl"))
        struck.append(Struck(blow, hit, kept, output))
    return struck


def _leaked(project: Path, output: str) -> list[object]:
    return [*leaks(project, output), *with_token(HUB_TOKEN, project)]


def _killed_half_way(project: Path) -> tuple[list[psutil.Process], str]:
    """Kill a search's driver when some of its trials are finished; returns who outlives it, and what DVC printed."""
    running, driver = _stopped_half_way(project)
    workers = driver.children(recursive=True)
    driver.kill()
    outlived = psutil.wait_procs(workers, timeout=PARTING)[1]
    for worker in outlived:
        worker.kill()
    output, _ = running.communicate()
    assert running.returncode != 0
    return outlived, output


def _stopped_half_way(project: Path) -> tuple[subprocess.Popen[str], psutil.Process]:
    """A DVC that runs the search, and the search's driver, held with some trials in its journal."""
    for _ in range(TRIES):
        forget(project, SEARCH)
        running = start_dvc(project, "repro", "--no-run-cache", SEARCH)
        driver = _stopped_after_the_first_trial(project)
        if 0 < finished_trials(project) < TRIALS:
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
    # All trials at once are those of the run before, whose journal is being removed.
    while not 0 < finished_trials(project) < TRIALS and found[0].is_running():
        assert time.monotonic() < deadline, "no trial finished"
        time.sleep(0.002)
    with suppress(psutil.NoSuchProcess):
        found[0].suspend()
    return found[0]
