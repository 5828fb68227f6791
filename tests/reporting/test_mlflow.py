"""Finished searches in MLflow's tracking store."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import HpoError, StorageError, StudyError
from redsm5_hpo.core.files import write_json, write_jsonl, write_yaml
from redsm5_hpo.reporting.mlflow import export_studies
from tests.reporting.samples import trials, write_run

pytestmark = pytest.mark.skipif(find_spec("mlflow") is None, reason="the extra `mlflow` is not installed")
EXPERIMENT = "depression"
TRIALS = Path("data/hpo/criteria/hpo_s2/trials.jsonl")
STUDY = Path("data/metrics/criteria/hpo_s2/study.json")


class Store:
    """The tracking store of a project, exported to and read."""

    def __init__(self, folder):
        self.uri = f"sqlite:///{folder}/store/mlflow.db"

    def export(self):
        return list(export_studies(self.uri, EXPERIMENT))

    @property
    def client(self):
        from mlflow import MlflowClient  # slow to import, and every process collects every test

        return MlflowClient(tracking_uri=self.uri)

    def _found(self):
        experiment = self.client.get_experiment_by_name(EXPERIMENT).experiment_id
        return {run.info.run_id: run for run in self.client.search_runs([experiment])}

    def sizes(self, stage):
        """The numbers of trials of the studies of a stage."""
        found = self._found()
        parents = [run.data.tags.get("mlflow.parentRunId") for run in found.values()]
        return sorted(parents.count(each) for each, run in found.items() if run.data.tags.get("stage") == stage)

    def export_metrics(self, metrics):
        """The metrics of a study after an export, given what study.json says of it."""
        write_json(STUDY, metrics)
        write_jsonl(TRIALS, [record.to_json() for record in trials(3)])  # a study that is not there yet
        before = set(self._found())
        self.export()
        (new,) = (run for key, run in self._found().items() if key not in before and "stage" in run.data.tags)
        return new.data.metrics

    def runs(self):
        """By name, a trial's behind that of its study."""
        found = self._found()
        parents = {each: run.data.tags.get("mlflow.parentRunId") for each, run in found.items()}
        return {
            (f"{found[parents[each]].info.run_name}/" if parents[each] else "") + run.info.run_name: run
            for each, run in found.items()
        }


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The folder of a project whose searches of criteria are in its store."""
    folder = tmp_path_factory.mktemp("project")
    write_run(folder)
    write_yaml(folder / "params.yaml", {"data": {"source": "mine"}})
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Store(folder).export()
    return folder


@pytest.fixture
def store(exported, tmp_path, monkeypatch):
    """A copy's store; the copy is the working directory."""
    shutil.copytree(exported, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return Store(tmp_path / "copy")


def test_a_study_is_a_run_and_each_of_its_trials_a_child(store):
    counts = {"s0": 3, "s1": 4, "s2": 4}
    studies = [f"criteria hpo_{stage}" for stage in counts]
    children = [f"criteria hpo_{stage}/trial {n}" for stage, count in counts.items() for n in range(count)]
    assert sorted(store.runs()) == sorted(studies + children)


def test_a_trial_has_its_values_and_a_metric_for_each_epoch(store):
    run = store.runs()["criteria hpo_s2/trial 3"]
    assert run.data.params == {"learning_rate": "0.004", "dropout": "0.1", "pooling": "mean"}
    history = store.client.get_metric_history(run.info.run_id, "f1_macro")
    assert [(each.step, each.value) for each in history] == [(1, 0.2), (2, pytest.approx(0.33))]
    assert run.data.metrics["best_f1_macro"] == pytest.approx(0.33)


@pytest.mark.parametrize(
    ("number", "state", "status"),
    [(0, "complete", "FINISHED"), (1, "pruned", "KILLED"), (2, "failed", "FAILED")],
    ids=["complete", "pruned", "failed"],
)
def test_the_state_of_a_trial_is_the_status_of_its_run(store, number, state, status):
    run = store.runs()[f"criteria hpo_s2/trial {number}"]
    assert (run.data.tags["state"], run.info.status) == (state, status)


def test_a_study_has_its_space_and_its_numbers(store):
    run = store.runs()["criteria hpo_s1"]
    assert run.data.params["space.learning_rate.high"] == "0.1"
    assert run.data.metrics == {"epochs.trained": 2}


ENCODERS = {
    "a repository with a revision": ("ORG/NAME@v1.0", "ORG/NAME_v1.0"),
    "a folder of the user's": ("~/my encoders/one", "_/my encoders/one"),
    "a folder beside another": ("a/../b", "a_../b"),
    "a path with two slashes": ("a//b", "a_/b"),
}


@pytest.mark.parametrize(("encoder", "shown"), ENCODERS.values(), ids=ENCODERS)
def test_an_encoder_is_in_a_metrics_name_as_far_as_mlflow_accepts_it(store, encoder, shown):
    found = store.export_metrics({"marginals": {"encoder.name": {encoder: {"best": 0.5}}}})
    assert found == {f"marginals.encoder.name.{shown}.best": 0.5}


def test_metrics_with_different_names_stay_different(store):
    found = store.export_metrics({"importances": {"a@b": 0.1, "a_b": 0.2, "a~b": 0.3}})
    assert found["importances.a_b"] == 0.2
    assert sorted(found.values()) == [0.1, 0.2, 0.3]


def test_what_is_there_is_not_written_again(store):
    before = {name: run.info.run_id for name, run in store.runs().items()}
    assert store.export() == [f"criteria hpo_{stage}: already there" for stage in ("s0", "s1", "s2")]
    assert {name: run.info.run_id for name, run in store.runs().items()} == before


def test_a_study_names_its_corpus_and_under_other_tags_it_is_no_other_run(store):
    write_yaml(Path("params.yaml"), {"data": {"source": "other"}})
    assert store.export()[-1] == "criteria hpo_s2: already there"
    assert store.runs()["criteria hpo_s2"].data.tags["data.source"] == "mine"


def test_a_study_with_more_trials_is_another_run(store):
    write_jsonl(TRIALS, [record.to_json() for record in trials(5)])
    assert store.export()[-1] == "criteria hpo_s2: 5 trials"
    assert store.sizes("hpo_s2") == [4, 5]


def test_an_export_that_was_cut_is_written_anew(store):
    cut = store.runs()["criteria hpo_s1"].info.run_id
    store.client.update_run(cut, status="RUNNING")
    names = set(store.runs())
    assert store.export()[1] == "criteria hpo_s1: 4 trials"
    assert set(store.runs()) == names
    assert store.runs()["criteria hpo_s1"].info.run_id != cut


def test_a_trial_of_more_epochs_than_a_request_holds_is_whole(store):
    record = trials(3)[0].to_json()
    write_jsonl(TRIALS, [{**record, "number": 7, "epochs": record["epochs"] * 200}])
    store.export()
    run = store.runs()["criteria hpo_s2/trial 7"].info.run_id
    assert len(store.client.get_metric_history(run, "f1_macro")) == 400


def test_a_damaged_study_is_one_error_that_names_its_file(store):
    TRIALS.write_text("{")
    with pytest.raises(StudyError, match=str(TRIALS)):
        store.export()


def test_without_a_study_there_is_one_error_and_no_store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HpoError, match="no finished study"):
        Store(tmp_path).export()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("uri", ["sqlite:///params.yaml", "nowhere://here"], ids=["no database", "no such scheme"])
@pytest.mark.usefixtures("store")
def test_a_store_that_cannot_be_written_is_one_error(uri):
    Path("params.yaml").write_text("no: database\n")
    with pytest.raises(StorageError, match="tracking store"):
        list(export_studies(uri, EXPERIMENT))


@pytest.mark.usefixtures("store")
def test_mlflow_reports_nothing_of_its_use():
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
