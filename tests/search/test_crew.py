"""Dead workers, deadly trials, interruptions."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from redsm5_hpo.search.crew import Crew
from redsm5_hpo.search.records import TrialRecord, TrialRequest
from tests.search.conftest import RunStub
from tests.search.objectives import Deadly, Hungry, Sleeping, learn


def processes(count: int) -> Callable[[], Executor]:
    return lambda: ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("fork"))


@pytest.mark.parametrize("workers", [1, 3], ids=["one worker", "three workers"])
def test_a_killed_worker_costs_one_attempt(run_stub: RunStub, tmp_path: Path, workers: int) -> None:
    expected = run_stub(root=tmp_path / "expected")
    assert run_stub(objective=Deadly(tmp_path, trials=(3, 7), times=1), executor=processes(workers)) == expected


@pytest.fixture
def little_memory() -> Iterator[Path]:
    """A control group that may hold 64 MiB; the test is skipped where this process may not make one."""
    roots = {Path("/sys/fs/cgroup/memory"): "memory.limit_in_bytes", Path("/sys/fs/cgroup"): "memory.max"}
    for root, limit in roots.items():
        group = root / f"redsm5-hpo-test-{os.getpid()}"
        try:
            group.mkdir()
            (group / limit).write_text(str(64 << 20))
        except OSError:
            if group.exists():
                group.rmdir()
            continue
        try:
            yield group
        finally:
            while (group / "cgroup.procs").read_text():
                time.sleep(0.05)
            group.rmdir()
        return
    pytest.skip("no control group can be made here")


def test_a_worker_that_the_kernel_kills_for_memory_costs_one_attempt(
    run_stub: RunStub, tmp_path: Path, little_memory: Path
) -> None:
    expected = run_stub(root=tmp_path / "expected")
    assert run_stub(objective=Hungry(tmp_path, little_memory, 4), executor=processes(2)) == expected
    assert (tmp_path / "tried").exists()
    assert not (tmp_path / "survived").exists()


@pytest.mark.parametrize("workers", [1, 3], ids=["one worker", "three workers"])
def test_a_deadly_trial_fails_and_its_companions_do_not(run_stub: RunStub, tmp_path: Path, workers: int) -> None:
    records = run_stub(objective=Deadly(tmp_path, trials=(3,), times=99), executor=processes(workers))
    assert [record.number for record in records if "died" in record.reason] == [3]
    assert (records[3].state, records[3].reason) == ("failed", "worker died 3 times")


def test_what_becomes_of_a_deadly_trial_does_not_depend_on_workers(run_stub: RunStub, tmp_path: Path) -> None:
    def run(workers: int) -> tuple[TrialRecord, ...]:
        root = tmp_path / str(workers)
        root.mkdir()
        return run_stub(objective=Deadly(root, trials=(2, 4), times=99), executor=processes(workers), root=root)

    assert run(1) == run(2) == run(4)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_interrupt_ends_the_workers_at_once(run_stub: RunStub, tmp_path: Path) -> None:
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_stub(objective=Sleeping(tmp_path), executor=processes(2))
    workers = [int(path.name) for path in tmp_path.glob("[0-9]*") if path.is_file()]
    assert len(workers) == 2
    while any(map(is_running, workers)):
        assert time.monotonic() - started < 10
        time.sleep(0.05)


def test_an_executor_is_opened_when_the_first_trial_starts() -> None:
    opened: list[Executor] = []

    def open_executor() -> Executor:
        opened.append(ThreadPoolExecutor(1))
        return opened[-1]

    with Crew(learn, open_executor) as crew:
        assert opened == []
        crew.submit(TrialRequest(0, {"x": 0.5, "kind": "a"}, 5, ()))
        assert [record.number for record in crew.collect()] == [0]
        assert len(opened) == 1
