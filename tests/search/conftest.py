"""A small space and a way to run a stub study."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from redsm5_hpo.execution.epoch_reports import EpochReports
from redsm5_hpo.execution.pool import worker_pool
from redsm5_hpo.params import Choices, Configuration, Order, Params, Range, Space, load_params
from redsm5_hpo.search.order import CostOrder, NumberOrder, TrialOrder
from redsm5_hpo.search.records import TrialRecord, Values
from redsm5_hpo.search.samplers import SobolSampler, TpeSampler
from redsm5_hpo.search.storage.journal import open_journal
from redsm5_hpo.search.study import Callbacks, Objective, SampledStudy, optimize
from redsm5_hpo.training.fit_record import EpochRecord
from tests.search.objectives import EPOCHS, learn

SPACE: Space = {"warmup_ratio": Range(low=0, high=1), "pooling": Choices(choices=("cls", "mean", "max"))}
COVERS = {"study": "of a test"}

RunStub = Callable[..., tuple[TrialRecord, ...]]


ROOT = Path(__file__).parents[2]
DEFAULTS: Configuration = load_params(ROOT / "params.yaml").default_configuration


def stub_study(trials: int = 16, max_concurrent_trials: int = 4, seed: int = 6) -> SampledStudy:
    sampler = TpeSampler(SobolSampler(SPACE, ({"warmup_ratio": 0.5, "pooling": "cls"},)), startup=3)
    return SampledStudy(seed, trials, max_concurrent_trials, sampler, DEFAULTS)


def stub_cost(values: Values) -> int:
    """Unequal, as that of small and large encoders."""
    return {"cls": 1, "mean": 3, "max": 8}[str(values["pooling"])]


def stub_order(kind: Order, max_concurrent_trials: int = 4) -> TrialOrder:
    """The order of a stub study."""
    if kind == "number":
        return NumberOrder(max_concurrent_trials)
    return CostOrder(max_concurrent_trials, stub_cost, EPOCHS)


def processes(count: int) -> Callable[[], Executor]:
    """Opens real workers; needs the fixture `server`."""
    return partial(worker_pool, count, unprepared)


def unprepared(number: int) -> None:
    """A worker that needs no torch."""


def nobody(record: TrialRecord) -> None:
    """Hears of a record and does nothing."""


@pytest.fixture
def run_stub(tmp_path: Path) -> RunStub:
    """Runs a study with a stub objective; its journal is in tmp_path unless `root` is another folder."""

    def run(
        study: SampledStudy | None = None,
        objective: Objective = learn,
        executor: Callable[[], Executor] = lambda: ThreadPoolExecutor(1),
        root: Path = tmp_path,
        callbacks: Callbacks = Callbacks(nobody, nobody),  # noqa: B008
        order: Order = "number",
        reports: EpochReports | None = None,
    ) -> tuple[TrialRecord, ...]:
        run = study or stub_study()
        with open_journal(root, COVERS) as journal:
            return optimize(
                run,
                objective,
                executor,
                journal,
                callbacks,
                order=stub_order(order, run.max_concurrent_trials),
                reports=reports,
            )

    return run


@pytest.fixture(scope="session")
def params() -> Params:
    """The settings that the project ships."""
    return load_params(ROOT / "params.yaml")


def start_python(*arguments: str) -> subprocess.Popen[str]:
    """Another Python that finds this project's modules."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)  # noqa: S603 (our own)


def made(number: int, value: float | None = None, **fields: object) -> TrialRecord:
    """A record in a few words: complete with one epoch unless fields say otherwise."""
    epochs = () if value is None else (EpochRecord(1.0, 1.0, value, value),)
    best = None if value is None else 1
    defaults = {"state": "complete", "params": {"warmup_ratio": 0.5, "pooling": "cls"}, "seed": 1, "epochs": epochs}
    return TrialRecord(number, **{**defaults, "value": value, "best_epoch": best, **fields})  # type: ignore[arg-type]
