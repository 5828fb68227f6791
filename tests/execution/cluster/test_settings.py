"""Which cluster is asked, and that it is asked securely."""

from pathlib import Path

import pytest

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.execution.choice import uses_cluster
from redsm5_hpo.execution.cluster.settings import cluster_settings

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
