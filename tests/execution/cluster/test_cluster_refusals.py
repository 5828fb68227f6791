"""Workers that would compute other bytes are refused by name, and the run waits for others."""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

import pytest

from redsm5_hpo.execution.cluster import worker as remote
from redsm5_hpo.execution.cluster.connection import Connection
from redsm5_hpo.execution.cluster.executor import ClusterExecutor
from redsm5_hpo.execution.stage_process import abandon
from redsm5_hpo.execution.worker_setup import WorkerSetup
from tests.execution.cluster import tasks
from tests.execution.cluster.dask_processes import awaited

SETUP = WorkerSetup(tasks.unprepared)


def refusal(connection: Connection, setup: WorkerSetup, capsys: pytest.CaptureFixture[str]) -> str:
    """What a run says whose workers are refused; its task waits."""
    executor = ClusterExecutor(connection, setup)
    waiting: Future[int] = executor.submit(abs, -1)
    said: list[str] = []
    assert awaited(lambda: said.append(capsys.readouterr().err) or "is refused" in "".join(said))
    assert not waiting.done()
    abandon(executor)
    return "".join(said)


OTHERS = {
    "another GPU": (partial(dict, model="a GPU"), {"model": "another GPU"}, "model a GPU, not another GPU"),
    "another version": (tasks.torch_version, {"torch": "0.4"}, f"torch {tasks.torch_version()['torch']}, not 0.4"),
}


@pytest.mark.parametrize(("identity", "expected", "difference"), OTHERS.values(), ids=OTHERS)
def test_a_worker_that_would_compute_other_bytes_is_refused_by_name(
    connection: Connection,
    capsys: pytest.CaptureFixture[str],
    identity: Callable[[], dict[str, str]],
    expected: dict[str, str],
    difference: str,
) -> None:
    said = refusal(connection, WorkerSetup(tasks.unprepared, identity=identity, expected=expected), capsys)
    assert "it would compute other bytes than the first worker" in said
    assert difference in said


def test_a_worker_with_other_code_is_refused_by_name(
    connection: Connection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "code_hash", lambda: "that of another commit")
    said = refusal(connection, SETUP, capsys)
    assert "the worker worker-0" in said
    assert "its code of redsm5_hpo is not that of the driver" in said
