"""Dead workers, trials that kill their worker, interruptions."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from redsm5_hpo.execution.pool import WorkerDiedError
from redsm5_hpo.execution.resilient_executor import ResilientExecutor
from redsm5_hpo.search.records import TrialRecord, TrialRequest, failed_trial
from tests.search.conftest import DEFAULTS, RunStub, processes
from tests.search.objectives import Deadly, Hungry, Sleeping, learn

pytestmark = pytest.mark.usefixtures("server")


@pytest.mark.parametrize("workers", [1, 3], ids=["one worker", "three workers"])
def test_a_killed_worker_costs_one_attempt(run_stub: RunStub, tmp_path: Path, workers: int) -> None:
    expected = run_stub(root=tmp_path / "expected")
    assert run_stub(objective=Deadly(tmp_path, trials=(3, 7), times=1), executor=processes(workers)) == expected


@pytest.fixture
def little_memory() -> Iterator[Path]:
    """A control group limited to 64 MiB; the test is skipped where this process cannot create one."""
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
    pytest.skip("no control group can be created here")


def test_a_worker_that_runs_out_of_memory_costs_one_attempt(
    run_stub: RunStub, tmp_path: Path, little_memory: Path
) -> None:
    expected = run_stub(root=tmp_path / "expected")
    assert run_stub(objective=Hungry(tmp_path, little_memory, 4), executor=processes(2)) == expected
    assert (tmp_path / "tried").exists()
    assert not (tmp_path / "survived").exists()


@pytest.mark.parametrize("workers", [1, 3], ids=["one worker", "three workers"])
def test_a_trial_that_kills_its_worker_fails_and_others_do_not(run_stub: RunStub, tmp_path: Path, workers: int) -> None:
    records = run_stub(objective=Deadly(tmp_path, trials=(3,), times=99), executor=processes(workers))
    assert [record.number for record in records if "died" in record.reason] == [3]
    assert (records[3].state, records[3].reason) == ("failed", "worker died 3 times")


def test_the_record_of_a_trial_that_kills_its_worker_does_not_depend_on_the_worker_count(
    run_stub: RunStub, tmp_path: Path
) -> None:
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


def test_an_interrupt_terminates_the_workers(run_stub: RunStub, tmp_path: Path) -> None:
    def workers() -> list[int]:
        return [int(path.name) for path in tmp_path.glob("[0-9]*") if path.is_file()]

    def interrupt() -> None:
        while len(workers()) < 2:
            time.sleep(0.05)
        interrupted.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    interrupted: list[float] = []
    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        run_stub(objective=Sleeping(tmp_path), executor=processes(2))
    assert len(workers()) == 2
    while any(map(is_running, workers())) and time.monotonic() - interrupted[0] < 10:
        time.sleep(0.05)
    assert time.monotonic() - interrupted[0] < 10


def test_an_executor_is_opened_when_the_first_trial_starts() -> None:
    opened: list[Executor] = []

    def open_executor() -> Executor:
        opened.append(ThreadPoolExecutor(1))
        return opened[-1]

    with ResilientExecutor(learn, failed_trial, open_executor) as executor:
        assert opened == []
        executor.submit(TrialRequest(0, {"warmup_ratio": 0.5, "pooling": "cls"}, DEFAULTS, 5, ()))
        assert [record.number for record in executor.collect()] == [0]
        assert len(opened) == 1


def test_where_the_dead_worker_is_known_the_others_go_on_in_the_same_executor() -> None:
    opened, tried = [], Counter[int]()

    def die_or_learn(request: TrialRequest) -> TrialRecord:
        tried[request.number] += 1
        if request.number == 1:
            raise WorkerDiedError
        return learn(request)

    def open_executor() -> Executor:
        opened.append(ThreadPoolExecutor(2))
        return opened[-1]

    with ResilientExecutor(die_or_learn, failed_trial, open_executor) as executor:
        for number in range(3):
            executor.submit(TrialRequest(number, {"warmup_ratio": 0.5, "pooling": "cls"}, DEFAULTS, 5, ()))
        records = []
        while not executor.idle:
            records += executor.collect()
    assert tried == {0: 1, 1: 3, 2: 1}
    assert {record.number: record.reason for record in records}[1] == "worker died 3 times"
    assert len(opened) == 1


def test_news_ends_the_wait_and_loses_no_result() -> None:
    news, going = Future[None](), threading.Event()

    def run(request: TrialRequest) -> TrialRecord:
        going.wait(timeout=60)
        return learn(request)

    with ResilientExecutor(run, failed_trial, lambda: ThreadPoolExecutor(1)) as executor:
        request = TrialRequest(0, {"warmup_ratio": 0.5, "pooling": "cls"}, DEFAULTS, 5, ())
        executor.submit(request)
        news.set_result(None)
        assert executor.collect(news) == []
        going.set()
        assert executor.collect() == [learn(request)]
