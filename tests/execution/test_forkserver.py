"""The stages of one DVC run share a fork server, and no other process uses it."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Sequence

import psutil
import pytest

from redsm5_hpo.execution import forkserver

# A stage that prints the parent process of its only worker.
STAGE = """
import os, sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from redsm5_hpo.execution.forkserver import start_worker_server
start_worker_server(*sys.argv[1:])
with ProcessPoolExecutor(1, mp_context=get_context("forkserver")) as pool:
    server = pool.submit(os.getppid).result()
print(server, flush=True)  # after the worker's end: one that outlives its server would keep the pipe open
"""
# A fake dvc that runs a stage per line of its input, "NAME=VALUE MODULE", with that environment variable, in a shell.
DVC = f"""
import os, subprocess, sys
for line in sys.stdin:
    setting, *preload = line.split()
    name, _, value = setting.partition("=")
    environment = {{**os.environ, name: value}}
    subprocess.run([*sys.argv[1:], sys.executable, "-c", {STAGE!r}, *preload], env=environment, check=True)
"""
SHELLS = {  # by what DVC's shell does with a stage's command
    "becomes it": ("sh", "-c", 'exec "$0" "$@"'),
    "waits for it": ("sh", "-c", '"$0" "$@"; exit $?'),
}


def environment(*path: object, **settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DVC_")}
    return {**kept, "PYTHONPATH": os.pathsep.join((*map(str, path), *filter(None, sys.path))), **settings}


class Dvc:
    """A run of stages, which ends with the block."""

    def __init__(self, *path: object, shell: Sequence[str] = ()) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        of_stages = environment(*path, DVC_STAGE="hpo_s0@criteria")
        self.process = subprocess.Popen([sys.executable, "-c", DVC, *shell], env=of_stages, **pipes)  # noqa: S603

    def __enter__(self) -> "Dvc":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def start_stage(self, setting: str = "DVC_STAGE=hpo_s1@criteria", preload: Sequence[str] = ()) -> None:
        print(setting, *preload, file=self.process.stdin, flush=True)

    def server(self, setting: str = "DVC_STAGE=hpo_s1@criteria") -> int:
        """The server of another stage."""
        self.start_stage(setting)
        return int(self.process.stdout.readline())


def has_ended(process: psutil.Process, within: float = 5) -> bool:
    return process in psutil.wait_procs([process], timeout=within)[0]


@pytest.mark.parametrize("shell", SHELLS.values(), ids=SHELLS)
def test_stages_of_one_run_share_a_server(shell):
    with Dvc(shell=shell) as dvc:
        first = dvc.server("DVC_STAGE=hpo_s0@criteria")
        assert dvc.server("DVC_STAGE=hpo_s1@joint") == first
        assert psutil.Process(first).is_running()


OTHERS = {"run": None, "environment": "OMP_NUM_THREADS=3"}


@pytest.mark.parametrize("setting", OTHERS.values(), ids=OTHERS)
def test_another_run_or_environment_has_another_server(setting):
    with Dvc() as dvc, Dvc() as other:
        assert dvc.server() != (dvc.server(setting) if setting else other.server())


def test_each_driver_outside_dvc_has_a_server():
    command = [sys.executable, "-c", STAGE]
    runs = [subprocess.run(command, env=environment(), capture_output=True, check=True) for _ in range(2)]  # noqa: S603
    servers = [int(run.stdout) for run in runs]
    assert servers[0] != servers[1]


def test_the_server_ends_with_dvc():
    with Dvc() as dvc:
        server = psutil.Process(dvc.server())
    assert has_ended(server)


def test_a_killed_server_is_replaced():
    with Dvc() as dvc:
        server = psutil.Process(dvc.server())
        server.kill()
        has_ended(server)
        assert dvc.server() != server.pid


SLOW = """
import os, pathlib, time
pathlib.Path("started.part").write_text(str(os.getpid()))
os.replace("started.part", "started")
time.sleep(60)
"""


@pytest.fixture
def slow(tmp_path):
    """A folder with a module that takes a minute to import, and a function that returns the importing process."""
    (tmp_path / "slow.py").write_text(SLOW)

    def importing() -> psutil.Process:
        while not (tmp_path / "started").exists():
            time.sleep(0.02)
        return psutil.Process(int((tmp_path / "started").read_text()))

    return tmp_path, importing


def test_the_shared_server_ends_with_dvc_even_while_it_imports(slow):
    folder, importing = slow
    with Dvc(folder) as dvc:
        dvc.start_stage(preload=["slow"])
        server = importing()
    assert has_ended(server)


def test_a_drivers_own_server_ends_with_it_even_while_it_imports(slow):
    folder, importing = slow
    with subprocess.Popen([sys.executable, "-c", STAGE, "slow"], env=environment(folder)) as driver:  # noqa: S603
        server = importing()
        driver.kill()
    assert has_ended(server)


def test_a_socket_folder_that_others_can_open_is_not_used(tmp_path):
    folder = forkserver._socket_folder(tmp_path)
    assert folder == forkserver._socket_folder(tmp_path)
    folder.chmod(0o755)
    assert forkserver._socket_folder(tmp_path) is None


@pytest.fixture
def long_folder(tmp_path):
    folder = tmp_path / ("long" * 25)
    folder.mkdir()
    return folder


def test_stages_of_one_run_share_a_server_although_tmpdir_is_too_long_for_a_socket(long_folder):
    with Dvc() as dvc:
        first = dvc.server(f"TMPDIR={long_folder}")
        assert dvc.server(f"TMPDIR={long_folder}") == first
    assert list(long_folder.iterdir()) == []


def test_a_driver_outside_dvc_has_a_server_although_tmpdir_is_too_long_for_a_socket(long_folder):
    command = [sys.executable, "-c", STAGE]
    subprocess.run(command, env=environment(TMPDIR=str(long_folder)), capture_output=True, check=True)  # noqa: S603


REFUSALS = {"pidfd_open": (os, errno.ENOSYS), "mkdir": (forkserver.Path, errno.ENOSPC)}


@pytest.mark.parametrize(("name", "of"), REFUSALS.items(), ids=REFUSALS)
def test_a_system_that_refuses_a_shared_server_gets_none(name, of, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(of[1], os.strerror(of[1]))

    monkeypatch.setenv("DVC_STAGE", "hpo_s0@criteria")
    monkeypatch.setattr(of[0], name, refuse)
    assert forkserver._shared_server_started(tmp_path, ()) is False
