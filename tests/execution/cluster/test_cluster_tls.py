"""A cluster with a private CA, made with the commands of docs/cluster.md."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.execution.cluster.connection import Connection
from redsm5_hpo.execution.cluster.executor import ClusterExecutor
from redsm5_hpo.execution.cluster.settings import ClusterSettings
from redsm5_hpo.execution.worker_setup import WorkerSetup
from tests.execution.cluster.dask_processes import PATIENCE, ROOT, Cluster
from tests.execution.cluster.tasks import unprepared

COMMANDS = re.findall(r"^\$ (openssl .*)$", (ROOT / "docs/cluster.md").read_text(encoding="utf-8"), re.MULTILINE)


def made_ca(folder: Path) -> dict[str, str]:
    """A CA of its own; the arguments of a client."""
    folder.mkdir()
    for command in COMMANDS:
        subprocess.run(shlex.split(command), cwd=folder, check=True, capture_output=True)  # noqa: S603 (our docs')
    names = {"tls_ca_file": "ca.pem", "tls_client_cert": "node.pem", "tls_client_key": "node.key"}
    return {argument: str(folder / name) for argument, name in names.items()}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, dict[str, str]]]:
    folder = tmp_path_factory.mktemp("secured")
    files = made_ca(folder / "tls")
    options = [
        word
        for option, name in zip(("--tls-ca-file", "--tls-cert", "--tls-key"), files, strict=True)
        for word in (option, files[name])
    ]
    cluster = Cluster(folder / "cluster", 1, options)
    yield cluster, files
    cluster.close()


def test_tasks_run_under_tls(secured: tuple[Cluster, dict[str, str]]) -> None:
    cluster, files = secured
    assert cluster.address.startswith("tls://")
    connection = Connection(ClusterSettings(cluster.address, files))
    with ClusterExecutor(connection, WorkerSetup(unprepared)) as executor:
        assert executor.submit(abs, -1).result(PATIENCE) == 1
    connection.client.close()


def test_a_certificate_of_another_ca_is_refused(secured: tuple[Cluster, dict[str, str]], tmp_path: Path) -> None:
    with pytest.raises(HpoError, match="there is no connection to the scheduler tls://") as caught:
        Connection(ClusterSettings(secured[0].address, made_ca(tmp_path / "foreign")))
    assert "certificate" in caught.value.allowed
