"""Finished searches in MLflow: `python -m redsm5_hpo.reporting.mlflow` writes them to a tracking store.

Owns what a run of MLflow holds: one parent run a study, one child run a trial. Reads the studies below data; nothing
depends on what it writes. No text of the corpus is in it, and MLflow's own telemetry is off.
"""

import argparse
import os
import re
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from redsm5_hpo.core import layout
from redsm5_hpo.core.errors import HpoError, StorageError, run_command
from redsm5_hpo.core.files import Json, file_sha256, read_json
from redsm5_hpo.core.tasks import TASKS
from redsm5_hpo.reporting.study_tags import study_tags
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.results.study_files import load_space, load_trials

if TYPE_CHECKING:
    from mlflow import MlflowClient

STORE = "sqlite:///report/mlflow.db"
_PARENT, _SHA256 = "mlflow.parentRunId", "sha256"
_STATUS = {"complete": "FINISHED", "pruned": "KILLED"}  # of a trial's run; FAILED otherwise
# In a metric's name: other characters, and the slashes of what is no plain path, such as a//b and a/../b.
_REFUSED = re.compile(r"[^\w.\- :/]|/(?=\.{0,2}(/|$))")
_SETTINGS = {  # which mlflow reads when it is imported: it would report its use, and try a silent server for minutes
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
}


@dataclass(frozen=True)
class Study:
    """A finished search stage.

    Attributes:
        architecture: what was tuned.
        stage: the DVC stage, such as hpo_s2.
    """

    architecture: str
    stage: str

    @property
    def folder(self) -> Path:
        """Its trials and its space."""
        return layout.study_folder(self.architecture, self.stage)

    @property
    def metrics(self) -> dict[str, float]:
        """The numbers of study.json by their dotted keys, as MLflow accepts them."""
        found = _dotted(read_json(layout.metrics_folder(self.architecture, self.stage) / layout.STUDY_METRICS))
        return _accepted({key: float(value) for key, value in found.items() if isinstance(value, int | float)})

    @property
    def params(self) -> dict[str, str]:
        """What was searched: ends and choices by dotted keys, such as space.dropout.low."""
        dimensions = load_space(self.folder).items()
        space = {name: each.model_dump(mode="json", exclude_defaults=True) for name, each in dimensions}
        return {key: str(value) for key, value in _dotted({"space": space}).items()}


def finished_studies() -> list[Study]:
    """The search stages of all architectures whose results are in the working directory."""
    every = [Study(architecture, stage) for architecture in TASKS for stage in layout.search_stages()]
    return [study for study in every if (study.folder / layout.TRIALS).exists()]


def export_studies(uri: str, experiment: str) -> Iterator[str]:
    """Write every finished study that the experiment does not have yet; yields a line about each.

    Times of the runs are those of the export: studies have none. An export that was cut is written anew.

    Raises:
        HpoError: there is no finished study, or MLflow is not installed.
        StudyError: a study's files cannot be read.
        StorageError: the store cannot be reached or written.
    """
    if not (studies := finished_studies()):
        raise HpoError("there is no finished study", got=f"no data/hpo/ARCH/hpo_*/{layout.TRIALS}", remedy="dvc repro")
    for setting in _SETTINGS.items():
        os.environ.setdefault(*setting)
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError:
        install = "pip install 'redsm5-hpo[mlflow]'"
        raise HpoError("studies cannot be exported", got="no package mlflow", remedy=install) from None
    try:
        client = MlflowClient(tracking_uri=uri)
        found = client.get_experiment_by_name(experiment)
        experiment_id = found.experiment_id if found else client.create_experiment(experiment)
        for study in studies:
            yield f"{study.architecture} {study.stage}: {_export(client, experiment_id, study)}"
    except (MlflowException, SQLAlchemyError, OSError) as error:
        raise StorageError(
            "MLflow's tracking store cannot be written",
            got=str(error).strip().splitlines()[0],
            allowed="sqlite:///FILE, or the address of a tracking server",
            remedy="set --tracking-uri or MLFLOW_TRACKING_URI; the same command then continues",
        ) from error


def _export(client: "MlflowClient", experiment: str, study: Study) -> str:
    sha256 = file_sha256(study.folder / layout.TRIALS)
    name = f"{study.architecture} {study.stage}"
    for run in client.search_runs([experiment], f"tags.{_SHA256} = '{sha256}' and tags.mlflow.runName = '{name}'"):
        if run.info.status == "FINISHED":
            return "already there"
        _delete(client, experiment, run.info.run_id)
    records = load_trials(study.folder)
    tags = {**study_tags(study.architecture, study.stage), "architecture": study.architecture, "stage": study.stage}
    tags |= {_SHA256: sha256}  # which alone, with the name, says what is there: a later commit has the same study
    parent = client.create_run(experiment, tags=tags, run_name=name).info.run_id
    for record in records:
        _export_trial(client, experiment, parent, record)
    _log(client, parent, study.params, [(key, value, 0) for key, value in study.metrics.items()])
    client.set_terminated(parent)  # last: what is FINISHED is whole
    return f"{len(records)} trials"


def _delete(client: "MlflowClient", experiment: str, parent: str) -> None:
    for child in client.search_runs([experiment], f"tags.`{_PARENT}` = '{parent}'", max_results=50_000):
        client.delete_run(child.info.run_id)
    client.delete_run(parent)


def _export_trial(client: "MlflowClient", experiment: str, parent: str, record: TrialRecord) -> None:
    tags = {_PARENT: parent, "state": record.state, "seed": str(record.seed)}
    tags |= {"reason": record.reason} if record.reason else {}
    run = client.create_run(experiment, tags=tags, run_name=f"trial {record.number}").info.run_id
    epochs = enumerate(map(asdict, record.epochs), 1)
    metrics = [(key, value, step) for step, epoch in epochs for key, value in epoch.items()]
    if record.value is not None:
        metrics.append(("best_f1_macro", record.value, record.best_epoch or 0))
    _log(client, run, {key: str(value) for key, value in record.params.items()}, metrics)
    client.set_terminated(run, _STATUS.get(record.state, "FAILED"))


def _log(client: "MlflowClient", run: str, params: dict[str, str], metrics: list[tuple[str, float, int]]) -> None:
    from mlflow.entities import Metric, Param

    now = time.time_ns() // 1_000_000
    client.log_batch(
        run,
        metrics=[Metric(key, value, now, step) for key, value, step in metrics],
        params=[Param(key, value) for key, value in params.items()],
    )


def _accepted(metrics: dict[str, float]) -> dict[str, float]:
    """The metrics with `_` for what MLflow refuses in a name, such as an encoder's; different names stay different."""
    accepted: dict[str, float] = {}
    for name, value in metrics.items():
        key = _REFUSED.sub("_", name)
        while key in accepted or (key != name and key in metrics):
            key += "_"
        accepted[key] = value
    return accepted


def _dotted(value: Json) -> dict[str, Json]:
    """The values of a nested mapping by their dotted keys."""
    (row,) = pd.json_normalize(value).to_dict("records")
    return {str(key): each for key, each in row.items()}


def _main(arguments: argparse.Namespace) -> None:
    for line in export_studies(arguments.tracking_uri, arguments.experiment):
        print(line, flush=True)


def main() -> None:
    """Parse the command line, and export."""
    parser = argparse.ArgumentParser(prog="python -m redsm5_hpo.reporting.mlflow", description=__doc__)
    uri = os.environ.get("MLFLOW_TRACKING_URI", STORE)
    parser.add_argument(
        "--tracking-uri", default=uri, help="by default MLFLOW_TRACKING_URI, or sqlite:///report/mlflow.db"
    )
    parser.add_argument("--experiment", default="redsm5-hpo", help="the experiment that holds the runs")
    run_command(partial(_main, parser.parse_args()), again="the same command")


if __name__ == "__main__":
    main()
