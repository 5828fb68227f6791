"""Tasks at workers of a cluster: as in a local pool, whatever dies."""

import os
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from functools import partial
from pathlib import Path

import psutil
import pytest

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.execution.cluster.connection import Connection
from redsm5_hpo.execution.cluster.executor import ClusterExecutor
from redsm5_hpo.execution.cluster.settings import ClusterSettings
from redsm5_hpo.execution.epoch_reports import EpochReports, local_reports
from redsm5_hpo.execution.pool import WorkerDiedError
from redsm5_hpo.execution.stage_process import abandon
from redsm5_hpo.execution.worker_setup import WorkerSetup
from tests.execution.cluster import tasks
from tests.execution.cluster.dask_processes import PATIENCE, Cluster, awaited
from tests.search.conftest import RunStub, processes, start_python
from tests.search.objectives import Deadly

SETUP = WorkerSetup(tasks.unprepared)
TEXT = "a sentence that nobody may see"


@pytest.fixture
def executor(connection: Connection) -> Iterator[ClusterExecutor]:
    with ClusterExecutor(connection, SETUP) as executor:
        yield executor


def gone(process: psutil.Process) -> bool:
    """Whether a process has ended, though nobody may have asked after it."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def sleeper(folder: Path) -> list[psutil.Process]:
    """The process of a marked_sleep and its Dask worker, once it sleeps."""
    assert awaited(lambda: list(folder.glob("[0-9]*")))
    marker = next(folder.glob("[0-9]*"))
    return [psutil.Process(int(marker.name)), psutil.Process(int(marker.read_text(encoding="utf-8")))]


def test_results_come_back_to_their_futures(executor: ClusterExecutor) -> None:
    futures = [executor.submit(pow, 2, exponent) for exponent in range(20)]
    assert [future.result(PATIENCE) for future in futures] == [2**exponent for exponent in range(20)]


def test_a_task_runs_in_the_main_thread_of_a_process(executor: ClusterExecutor) -> None:
    assert executor.submit(tasks.in_main_thread, TEXT).result(PATIENCE)


def test_an_error_reaches_the_driver_with_its_traceback_and_no_log_has_its_text(
    executor: ClusterExecutor, cluster: Cluster
) -> None:
    with pytest.raises(ZeroDivisionError, match="in a text of") as caught:
        executor.submit(tasks.fail, TEXT).result(PATIENCE)
    assert "tasks.py" in str(caught.value.__cause__)
    assert TEXT not in (cluster.folder / "output").read_text(encoding="utf-8")


def test_a_running_tasks_reports_reach_the_driver_by_a_pipe_of_its_machine(
    connection: Connection, tmp_path: Path
) -> None:
    reports = EpochReports()
    with local_reports(reports) as send, ClusterExecutor(connection, SETUP) as executor:
        running = executor.submit(tasks.reported, send, str(tmp_path))
        reports.news.result(PATIENCE)
        assert reports.take() == [(7, 2)]
        (tmp_path / "heard").touch()
        assert running.result(PATIENCE) != str(send.path)


def test_folders_travel_both_ways(connection: Connection, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    for folder in (source, target):
        folder.mkdir()
    (source / "text.txt").write_text(TEXT, encoding="utf-8")
    with ClusterExecutor(connection, WorkerSetup(tasks.unprepared, (source,), (target,))) as executor:
        elsewhere = executor.submit(tasks.copied, source, target).result(PATIENCE)
    assert (target / "seed-1/copy.txt").read_text(encoding="utf-8") == TEXT
    assert elsewhere != str(source)
    assert Path(elsewhere).parents[1].stat().st_mode & 0o077 == 0


def test_a_process_that_dies_fails_its_task_alone(executor: ClusterExecutor) -> None:
    died = executor.submit(os._exit, 1)
    others = [executor.submit(abs, -number) for number in range(8)]
    with pytest.raises(WorkerDiedError):
        died.result(PATIENCE)
    assert [future.result(PATIENCE) for future in others] == list(range(8))


@pytest.mark.parametrize(("times", "reasons"), [(1, []), (99, ["worker died 3 times"])], ids=["once", "always"])
def test_a_study_has_the_records_of_a_local_one_though_processes_die(
    run_stub: RunStub, connection: Connection, tmp_path: Path, times: int, reasons: list[str]
) -> None:
    folders = [tmp_path / "here", tmp_path / "there"]
    for folder in folders:
        folder.mkdir()
    here = run_stub(objective=Deadly(folders[0], (3,), times), root=folders[0], executor=processes(1))
    there = run_stub(
        objective=Deadly(folders[1], (3,), times), root=folders[1], executor=partial(ClusterExecutor, connection, SETUP)
    )
    assert here == there
    assert [record.reason for record in there if "died" in record.reason] == reasons


def test_an_abandoned_executor_ends_its_processes_at_once(connection: Connection, tmp_path: Path) -> None:
    executor = ClusterExecutor(connection, SETUP)
    running = executor.submit(tasks.marked_sleep, str(tmp_path), 600.0)
    process, _ = sleeper(tmp_path)
    abandon(executor)
    assert awaited(lambda: gone(process), within=10)
    with pytest.raises(BrokenExecutor):
        running.result(0)


def test_a_lost_worker_costs_its_task_no_attempt(cluster: Cluster, connection: Connection, tmp_path: Path) -> None:
    with ClusterExecutor(connection, SETUP) as executor:
        running = executor.submit(tasks.marked_sleep, str(tmp_path), 600.0)
        process, worker = sleeper(tmp_path)
        worker.kill()
        assert running.result(PATIENCE) != process.pid
    assert awaited(lambda: gone(process), within=10)
    cluster.add("another")


def test_without_a_worker_a_run_waits_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cluster = Cluster(tmp_path, workers=0)
    try:
        connection = Connection(ClusterSettings(cluster.address, {}))
        with ClusterExecutor(connection, SETUP) as executor:
            waiting = executor.submit(abs, -1)
            said: list[str] = []
            assert awaited(lambda: said.append(capsys.readouterr().err) or "the run waits for one" in "".join(said))
            cluster.add("late")
            assert waiting.result(PATIENCE) == 1
        connection.client.close()
    finally:
        cluster.close()


def test_a_lost_scheduler_ends_the_run_with_a_remedy(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "cluster", workers=1)
    (tmp_path / "marks").mkdir()
    try:
        connection = Connection(ClusterSettings(cluster.address, {}))
        executor = ClusterExecutor(connection, SETUP)
        running = executor.submit(tasks.marked_sleep, str(tmp_path / "marks"), 600.0)
        process, worker = sleeper(tmp_path / "marks")
        cluster.scheduler.kill()
        with pytest.raises(HpoError, match="the connection to the scheduler") as caught:
            running.result(PATIENCE)
        assert "continues with all finished trials" in caught.value.remedy
        abandon(executor)
        assert awaited(lambda: gone(process) and gone(worker), within=60)
        connection.client.close()
    finally:
        cluster.close()


def test_nothing_is_computed_for_a_driver_that_was_killed(cluster: Cluster, tmp_path: Path) -> None:
    driver = start_python("-m", "tests.execution.cluster.driver", cluster.address, str(tmp_path))
    process, worker = sleeper(tmp_path)
    driver.kill()
    driver.communicate()
    assert awaited(lambda: gone(process), within=30)
    assert not gone(worker)
