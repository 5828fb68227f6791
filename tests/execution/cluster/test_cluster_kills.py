"""Whoever of a cluster is killed at whatever moment: the same records, and no process is left."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from redsm5_hpo.core.files import write_jsonl
from tests.execution.cluster.dask_processes import PATIENCE, ROOT, Cluster
from tests.search.conftest import RunStub, stub_study

MANY = 20
# And how a run may end; with 0 too where it had nothing left to do when it was hit.
TARGETS = {"process": (0,), "worker": (0,), "scheduler": (0, 1), "driver": (0, -signal.SIGKILL)}
PARTING = 60.0  # seconds in which all processes must have ended; a lease lasts 20


@pytest.mark.kills
@pytest.mark.parametrize("number", range(MANY))
def test_a_killed_run_has_the_records_of_a_local_one(run_stub: RunStub, tmp_path: Path, number: int) -> None:
    draw = random.Random(number)  # noqa: S311 (no secret)
    target, trials = list(TARGETS)[number % len(TARGETS)], draw.randrange(stub_study().trials - 2)
    root = tmp_path / "there"
    root.mkdir()
    with (tmp_path / "output").open("w") as output:
        cluster = Cluster(tmp_path / "first", workers=2)
        try:
            driver = started(cluster.address, root, number, output)
            awaited(lambda: finished_trials(root) >= trials or driver.poll() is not None)
            time.sleep(draw.uniform(0.0, 0.3))
            hit = struck(target, cluster, driver)
            driver.wait(PATIENCE)
            assert driver.returncode in (TARGETS[target] if hit else (0,))
            if target in ("scheduler", "driver"):
                awaited(lambda: not computing(cluster, root), PARTING)
        finally:
            cluster.close()
        cluster = Cluster(tmp_path / "second", workers=1)
        try:
            assert started(cluster.address, root, number, output).wait(PATIENCE) == 0
        finally:
            cluster.close()
    awaited(lambda: not family(tmp_path), PARTING)
    write_jsonl(tmp_path / "expected.jsonl", [record.to_json() for record in run_stub(root=tmp_path)])
    assert (root / "records.jsonl").read_bytes() == (tmp_path / "expected.jsonl").read_bytes()


def started(address: str, root: Path, salt: int, output: object) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    command = [sys.executable, "-m", "tests.execution.cluster.study_driver", address, str(root), str(salt)]
    return subprocess.Popen(command, cwd=root, env=environment, stderr=output)  # type: ignore[call-overload] # noqa: S603 (our own)


def awaited(happened: Callable[[], object], within: float = PATIENCE) -> None:
    deadline = time.monotonic() + within
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def finished_trials(root: Path) -> int:
    return sum(path.read_bytes().count(b"\n") - 1 for path in root.glob("*/journal.jsonl"))


def struck(target: str, cluster: Cluster, driver: subprocess.Popen[bytes]) -> bool:
    """Kill one; whether there was one, of a run that had not ended."""
    if driver.poll() is not None:
        return False
    processes = [child for child in cluster.children() if not child.children() and "forkserver" in str(child.cmdline())]
    worker = next(iter(cluster.workers.values()))
    found = {"process": processes[:1], "worker": [worker], "scheduler": [cluster.scheduler], "driver": [driver]}
    for process in found[target]:
        process.kill()
    return bool(found[target])


def computing(cluster: Cluster, root: Path) -> list[psutil.Process]:
    """The processes of workers that work in the driver's folder."""
    return [process for process in family(root) if process.pid not in {each.pid for each in cluster.workers.values()}]


def family(folder: Path) -> list[psutil.Process]:
    """The processes that work in a folder or below, but for this one."""
    found = []
    for process in psutil.process_iter():
        try:
            here = process.pid != os.getpid() and Path(process.cwd()).is_relative_to(folder)
            if here and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found
