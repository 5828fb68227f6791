"""A small space and a way to run a stub study."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from redsm5_hpo.params import Choices, Params, Range, Space, load_params
from redsm5_hpo.search.crew import Objective
from redsm5_hpo.search.journal import open_journal
from redsm5_hpo.search.proposals import SpaceFilling, Tpe
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.study import Listeners, Recipe, run_study
from redsm5_hpo.training.records import EpochRecord
from tests.search.objectives import learn

SPACE: Space = {"x": Range(low=0, high=1), "kind": Choices(choices=("a", "b", "c"))}
COVERS = {"study": "of a test"}

RunStub = Callable[..., tuple[TrialRecord, ...]]


def recipe(trials: int = 16, window: int = 4, seed: int = 6) -> Recipe:
    return Recipe(seed, trials, window, Tpe(SpaceFilling(SPACE, ({"x": 0.5, "kind": "a"},)), startup=3))


def nobody(record: TrialRecord) -> None:
    """Hears of a record and does nothing."""


@pytest.fixture
def run_stub(tmp_path: Path) -> RunStub:
    """Runs a study with a stub objective; its journal is in tmp_path unless said otherwise."""

    def run(
        study: Recipe | None = None,
        objective: Objective = learn,
        executor: Callable[[], Executor] = lambda: ThreadPoolExecutor(1),
        root: Path = tmp_path,
        listeners: Listeners = Listeners(nobody, nobody),  # noqa: B008
    ) -> tuple[TrialRecord, ...]:
        with open_journal(root, COVERS) as journal:
            return run_study(study or recipe(), objective, executor, journal, listeners)

    return run


@pytest.fixture(scope="session")
def params() -> Params:
    """The settings that the project ships."""
    return load_params(Path(__file__).parents[2] / "params.yaml")


def start_python(*arguments: str) -> subprocess.Popen[str]:
    """Another Python that finds this project's modules."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)  # noqa: S603 (our own)


def made(number: int, value: float | None = None, **fields: object) -> TrialRecord:
    """A record in a few words: complete with one epoch unless fields say otherwise."""
    epochs = () if value is None else (EpochRecord(1.0, 1.0, value, value),)
    best = None if value is None else 1
    defaults = {"state": "complete", "configuration": {"x": 0.5, "kind": "a"}, "seed": 1, "epochs": epochs}
    return TrialRecord(number, **{**defaults, "value": value, "best_epoch": best, **fields})  # type: ignore[arg-type]
