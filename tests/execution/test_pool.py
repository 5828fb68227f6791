"""The number of workers, and how they start and end."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.execution import pool
from redsm5_hpo.execution.pool import worker_count, worker_count_of_fits
from redsm5_hpo.training.workers import training_workers
from tests.training.builders import ROOT

TASKS = 4
GIB = 2**30
# HPO_WORKERS, GPUs, cores, GiB of memory, workers
COUNTS = {
    "unset, cores": (None, 0, 3, 64, 3),
    "unset, more cores than tasks": (None, 0, 16, 64, TASKS),
    "unset, GPUs before cores": (None, 2, 16, 64, 2),
    "unset, more GPUs than tasks": (None, 8, 16, 64, TASKS),
    "empty is unset": ("", 0, 3, 64, 3),
    "1": ("1", 0, 3, 64, 1),
    "2": ("2", 0, 3, 64, 2),
    "unset, more GPUs than cores": (None, 4, 2, 64, 2),
    "more than cores": ("4", 0, 3, 64, 4),
    "more than tasks": ("99", 0, 3, 64, TASKS),
    "more than GPUs": ("3", 1, 3, 64, 3),
    "unset, 16 cores and little memory": (None, 0, 16, 3.5, 3),
    "unset, too little memory for one": (None, 0, 16, 0.5, 1),
    "2 in little memory": ("2", 0, 16, 2.5, 2),
    "1 in too little memory": ("1", 0, 16, 0.5, 1),
}


@pytest.mark.parametrize(("value", "gpus", "cores", "memory", "expected"), COUNTS.values(), ids=COUNTS)
def test_the_number_of_workers(monkeypatch, value, gpus, cores, memory, expected):
    set_workers(monkeypatch, value)
    monkeypatch.setattr(pool, "usable_cores", lambda: cores)
    monkeypatch.setattr(pool, "usable_memory", lambda: int(memory * GIB))
    assert worker_count(TASKS, gpus) == expected


def test_fewer_workers_because_of_memory_are_reported_once(monkeypatch, capsys):
    set_workers(monkeypatch, None)
    monkeypatch.setattr(pool, "usable_cores", lambda: 16)
    monkeypatch.setattr(pool, "usable_memory", lambda: int(2.5 * GIB))
    pool._reported.cache_clear()
    assert [worker_count(TASKS, gpus=0), worker_count(TASKS, gpus=0)] == [2, 2]
    assert capsys.readouterr().err.startswith("2 of 4 workers: there is memory for no more")
    assert capsys.readouterr().err == ""


def test_more_workers_than_fit_into_memory_are_an_error_that_says_how_many_fit(monkeypatch):
    set_workers(monkeypatch, "4")
    monkeypatch.setattr(pool, "usable_memory", lambda: int(2.6 * GIB))
    with pytest.raises(HpoError, match="not enough memory for 4 workers") as caught:
        worker_count(TASKS, gpus=0)
    assert caught.value.got == "2.6 GiB that may be used"
    assert caught.value.allowed.startswith("at least 4.0 GiB")
    assert caught.value.remedy.startswith("HPO_WORKERS=2,")


# HPO_WORKERS, fits that the GPUs hold, whether they are a cluster's, workers
FITS = {
    "unset": (None, 2, False, 2),
    "as many as the GPUs hold": ("2", 2, False, 2),
    "more than tasks": ("99", TASKS, False, TASKS),
    "no GPU": ("3", 0, False, 3),
    "more than one GPU of a cluster holds": ("3", 1, True, 3),
}


@pytest.mark.parametrize(("value", "fits", "cluster", "expected"), FITS.values(), ids=FITS)
def test_the_number_of_workers_of_fits(monkeypatch, value, fits, cluster, expected):
    set_workers(monkeypatch, value)
    monkeypatch.setattr(pool, "uses_cluster", lambda: cluster)
    monkeypatch.setattr(pool, "usable_cores", lambda: 16)
    monkeypatch.setattr(pool, "usable_memory", lambda: 64 * GIB)
    assert worker_count_of_fits(TASKS, fits) == expected


def test_more_workers_than_fits_that_the_gpus_hold_are_an_error_that_says_how_many(monkeypatch):
    set_workers(monkeypatch, "3")
    monkeypatch.setattr(pool, "usable_memory", lambda: 64 * GIB)
    with pytest.raises(HpoError, match="the GPUs have not enough memory for 3 workers") as caught:
        worker_count_of_fits(TASKS, fits=2)
    assert caught.value.remedy.startswith("HPO_WORKERS=2,")


def set_workers(monkeypatch, value):
    monkeypatch.delenv("HPO_WORKERS", raising=False)
    if value is not None:
        monkeypatch.setenv("HPO_WORKERS", value)


@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", " ", "2 "])
def test_an_invalid_number_of_workers_is_an_error(monkeypatch, value):
    set_workers(monkeypatch, value)
    with pytest.raises(HpoError, match="HPO_WORKERS is not a number of workers") as caught:
        worker_count(TASKS, gpus=0)
    assert caught.value.got == repr(value)
    assert caught.value.remedy


SETTINGS = {
    "one thread": ("__import__('torch').get_num_threads()", 1),
    "deterministic kernels": ("__import__('torch').are_deterministic_algorithms_enabled()", True),
    "no tokenizer threads": ("__import__('os').environ['TOKENIZERS_PARALLELISM']", "false"),
    "Ctrl-C ignored": ("__import__('signal').getsignal(2) == __import__('signal').SIG_IGN", True),
    "garbage collection that skips imported objects": (
        "(lambda gc: gc.isenabled() and gc.get_freeze_count() > 100_000)(__import__('gc'))",
        True,
    ),
    "imports done": ("'redsm5_hpo.training.fit' in __import__('sys').modules", True),
}


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(("expression", "expected"), SETTINGS.values(), ids=SETTINGS)
def test_a_worker_starts_with(expression, expected):
    with training_workers(1) as workers:
        assert workers.submit(eval, expression).result() == expected


def kill(process, number=signal.SIGKILL):
    """Send a signal; returns whether the process existed."""
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return False
    return True


def has_ended(process, within):
    deadline = time.monotonic() + within
    while kill(process, 0):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["driver", "server"])
def test_a_worker_ends_when_its_driver_or_their_server_is_killed(victim):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    command = [sys.executable, "-m", "tests.execution.worker_driver"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as driver:  # noqa: S603 (our own)
        worker = int(driver.stdout.readline())
        assert not has_ended(worker, within=0)
        kill(driver.pid if victim == "driver" else psutil.Process(worker).ppid())
        try:
            assert has_ended(worker, within=5)
        finally:
            kill(worker)
            driver.kill()
