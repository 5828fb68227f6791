"""A stage ends with its DVC."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

# A fake dvc that starts a stage and waits, as dvc does; the stage prints its process id and sleeps.
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
DVC = "import subprocess, sys; stage, *shell = sys.argv[1:]; subprocess.run([*shell, sys.executable, '-c', stage])"
WAITING_SHELL = ("sh", "-c", '"$0" "$@"; exit $?')  # as dash, where SHELL is not set


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


# It is so slow to start that its DVC has ended when it first looks.
LATE = """
import os, time
from redsm5_hpo.execution.stage_process import end_with_dvc
print(os.getpid(), flush=True)
before = os.getppid()
while os.getppid() == before:
    time.sleep(0.01)
end_with_dvc()
time.sleep(60)
"""


def test_a_stage_whose_dvc_ended_before_it_looked_ends() -> None:
    assert ends_with_its_parent(signal.SIGKILL, under_dvc=True, stage=LATE)


def test_a_command_outside_dvc_outlives_its_parent() -> None:
    started = time.monotonic()
    assert not ends_with_its_parent(signal.SIGKILL, under_dvc=False)
    assert time.monotonic() - started > 2
