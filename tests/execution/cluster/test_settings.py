"""Which cluster is asked, and that it is asked securely."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.execution.cluster.settings import cluster_settings
from redsm5_hpo.execution.executor_choice import uses_cluster

ROOT = Path(__file__).parents[3]
VARIABLES = ("HPO_SCHEDULER", "HPO_TLS_CA", "HPO_TLS_CERT", "HPO_TLS_KEY")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "tcp://localhost:1", "tcp://[::1]:8786"])
def test_this_machine_needs_no_certificate(environment: pytest.MonkeyPatch, address: str) -> None:
    environment.setenv("HPO_SCHEDULER", address)
    assert cluster_settings().certificates == {}


@pytest.mark.parametrize("address", ["tcp://login1:8786", "tcp://10.0.0.1:8786", "tcp://0.0.0.0:8786"])
def test_another_machine_without_tls_is_refused(environment: pytest.MonkeyPatch, address: str) -> None:
    environment.setenv("HPO_SCHEDULER", address)
    with pytest.raises(HpoError, match="without TLS") as caught:
        cluster_settings()
    assert caught.value.got == address
    assert "CA" in caught.value.remedy


@pytest.mark.parametrize("address", ["", "login1:8786", "tls://login1", "http://login1:80", "tls://:8786", "tls://a:b"])
def test_what_is_no_address_is_refused(environment: pytest.MonkeyPatch, address: str) -> None:
    environment.setenv("HPO_SCHEDULER", address)
    with pytest.raises(HpoError, match="not the address of a Dask scheduler"):
        cluster_settings()


def test_certificates_are_files(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("HPO_SCHEDULER", "tls://login1:8786")
    for name in VARIABLES[1:]:
        environment.setenv(name, str(tmp_path / name))
    (tmp_path / "HPO_TLS_CA").touch()
    with pytest.raises(HpoError, match="HPO_TLS_CERT, HPO_TLS_KEY must name a file"):
        cluster_settings()
    for name in VARIABLES[1:]:
        (tmp_path / name).touch()
    assert cluster_settings().certificates == {
        "tls_ca_file": str(tmp_path / "HPO_TLS_CA"),
        "tls_client_cert": str(tmp_path / "HPO_TLS_CERT"),
        "tls_client_key": str(tmp_path / "HPO_TLS_KEY"),
    }


EXECUTORS = {"": False, "local": False, "dask": True}


@pytest.mark.parametrize(("name", "expected"), EXECUTORS.items())
def test_the_executor_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch, name: str, expected: bool) -> None:
    monkeypatch.setenv("HPO_EXECUTOR", name)
    assert uses_cluster() is expected


def test_another_executor_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPO_EXECUTOR", "Dask")
    with pytest.raises(HpoError, match="HPO_EXECUTOR is not an executor"):
        uses_cluster()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"HPO_EXECUTOR": "Dask"}, "error: HPO_EXECUTOR is not an executor\n  got: 'Dask'\n  allowed: local, dask"),
        ({"HPO_EXECUTOR": "dask", "HPO_SCHEDULER": "tcp://10.0.0.1:1"}, "error: HPO_SCHEDULER without TLS"),
    ],
    ids=["executor", "address"],
)
def test_a_stage_shows_what_is_wrong_without_a_traceback(variables: dict[str, str], message: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))), **variables}
    code = "from redsm5_hpo.execution.forkserver import start_worker_server as start\n"
    code += "from redsm5_hpo.core.errors import run_command\nfrom redsm5_hpo.execution.pool import worker_count\n"
    code += "start()\nrun_command(lambda: print(worker_count(1, 0)))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 (our own)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(message)
    assert "Traceback" not in done.stderr
