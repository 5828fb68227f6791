"""A stage ends with its DVC."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
STAGE = """
import os, time
from redsm5_hpo.core.errors import run_command
from redsm5_hpo.execution.stage_process import end_with_dvc
def main():
    print(os.getpid(), flush=True)
    time.sleep(60)
end_with_dvc()
run_command(main)
"""
# It is so slow to start that its DVC has ended when it first looks.
LATE = """
import os, time
from redsm5_hpo.execution.stage_process import end_with_dvc
before = os.getppid()
print(os.getpid(), flush=True)  # the test kills DVC now
while os.getppid() == before:
    time.sleep(0.01)
end_with_dvc()
time.sleep(60)
"""
# A DVC, as far as a stage sees one: it locks the stage's outputs, starts it and waits.
DVC = """
import pathlib, subprocess, sys
from dvc.fs import localfs
from dvc.rwlock import rwlock
stage, *shell = sys.argv[1:]
pathlib.Path(".dvc", "tmp").mkdir(parents=True, exist_ok=True)
with rwlock(".dvc/tmp", localfs, "dvc repro", [], ["results"], False):
    subprocess.run([*shell, sys.executable, "-c", stage])
"""
WAITING_SHELL = ("sh", "-c", '"$0" "$@"; exit $?')  # as dash, where SHELL is not set


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def start(*shell: str, under_dvc: bool, stage: str) -> tuple[subprocess.Popen[str], psutil.Process]:
    environment = {name: value for name, value in os.environ.items() if name != "DVC_STAGE"}
    environment |= {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    environment |= {"DVC_STAGE": "hpo_s0@criteria"} if under_dvc else {}
    command = [sys.executable, "-c", DVC, stage, *shell]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)  # noqa: S603
    assert parent.stdout is not None
    return parent, psutil.Process(int(parent.stdout.readline()))


def ends_with_its_parent(number: signal.Signals, *shell: str, under_dvc: bool, stage: str = STAGE) -> bool:
    parent, child = start(*shell, under_dvc=under_dvc, stage=stage)
    try:
        with parent:
            parent.send_signal(number)
        return child in psutil.wait_procs([child], timeout=4)[0]
    finally:
        if child.is_running():
            child.kill()


@pytest.mark.parametrize("shell", [(), WAITING_SHELL], ids=["alone", "below a shell that waits"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_stage_ends_with_its_dvc(number: signal.Signals, shell: tuple[str, ...]) -> None:
    assert ends_with_its_parent(number, *shell, under_dvc=True)


@pytest.fixture(params=[False, True], ids=["by the system", "by Python"])
def taken_over(request: pytest.FixtureRequest) -> Iterator[None]:
    """Who takes over an orphan: the first process, or, as in many containers, whatever runs all others."""
    libc = ctypes.CDLL(None)
    assert libc.prctl(PR_SET_CHILD_SUBREAPER, int(request.param), 0, 0, 0) == 0
    yield
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@pytest.mark.usefixtures("taken_over")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a call for it")
def test_a_stage_whose_dvc_ended_before_it_looked_ends() -> None:
    assert ends_with_its_parent(signal.SIGKILL, under_dvc=True, stage=LATE)


@pytest.mark.parametrize(
    "words", [(), WAITING_SHELL, ("timeout", "60"), ("setsid", "-w")], ids=["", "sh", "timeout", "setsid"]
)
def test_a_stage_that_dvc_starts_through_another_command_goes_on(words: tuple[str, ...]) -> None:
    parent, child = start(*words, under_dvc=True, stage=STAGE)
    with parent:
        assert not psutil.wait_procs([child], timeout=0.5)[0]
        child.kill()


def test_a_stage_that_was_started_for_a_dvc_on_another_machine_goes_on(project: Path) -> None:
    (project / ".dvc" / "tmp").mkdir(parents=True)
    (project / ".dvc" / "tmp" / "rwlock").write_text(
        '{"read": {}, "write": {"results": {"pid": 0, "cmd": "dvc repro"}}}'
    )
    code = "from redsm5_hpo.execution.stage_process import end_with_dvc; end_with_dvc()"
    environment = os.environ | {
        "DVC_STAGE": "prepare",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    here, elsewhere = (
        subprocess.run([sys.executable, "-c", code], env=environment, start_new_session=alone).returncode  # noqa: S603
        for alone in (False, True)
    )
    assert (here, elsewhere) == (-signal.SIGTERM, 0)


def test_a_command_outside_dvc_outlives_its_parent() -> None:
    started = time.monotonic()
    assert not ends_with_its_parent(signal.SIGKILL, under_dvc=False)
    assert time.monotonic() - started > 2
