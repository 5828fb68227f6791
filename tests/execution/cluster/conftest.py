"""A cluster of this machine, and executors of it."""

from collections.abc import Iterator

import pytest

from redsm5_hpo.execution.cluster.connection import Connection
from redsm5_hpo.execution.cluster.settings import ClusterSettings
from tests.execution.cluster.dask_processes import Cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and two workers without TLS."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), workers=2)
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def connection(cluster: Cluster) -> Iterator[Connection]:
    """A connection to it."""
    connection = Connection(ClusterSettings(cluster.address, {}))
    yield connection
    connection.client.close()
