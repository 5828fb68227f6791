"""A cluster of two workers instead of local processes: the results are the same bytes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.execution.cluster.dask_processes import Cluster
from tests.pipeline.conftest import FinishedRun
from tests.pipeline.leaks import leaks
from tests.pipeline.project import UP_TO_DATE, dvc, forget, stages_run
from tests.pipeline.tiny_project import copied

STAGES = [f"{name}@criteria" for name in ("hpo_s1", "select", "refit", "evaluate")]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), workers=2)
    yield cluster
    cluster.close()


def test_a_cluster_gives_the_same_lock_and_repeats_no_text(
    finished: FinishedRun, cluster: Cluster, tmp_path: Path
) -> None:
    project = copied(finished.project, tmp_path / "project")
    forget(project, *STAGES)
    environment = {"HPO_EXECUTOR": "dask", "HPO_SCHEDULER": cluster.address}
    output = dvc(project, "repro", "--no-run-cache", STAGES[-1], **environment)
    assert stages_run(output) == STAGES
    assert UP_TO_DATE in dvc(project, "repro")
    assert (project / "dvc.lock").read_bytes() == finished.lock
    assert leaks(project, output + (cluster.folder / "output").read_text(encoding="utf-8")) == []
