"""The tags that tell studies apart in MLflow."""

import subprocess

import pytest

from redsm5_hpo.core.files import write_yaml
from redsm5_hpo.reporting.study_tags import COMMIT, study_tags

SETTINGS = {"data": {"source": "mine"}, "encoder": {"name": "bert_base"}}
OF_SETTINGS = {"data.source": "mine", "encoder.name": "bert_base"}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A working directory with settings and without git."""
    write_yaml(tmp_path / "params.yaml", {**SETTINGS, "hpo": {"s2": {"trials": 8, "epochs": 12}}})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def write_maximal(project, **trials):
    per_architecture = {"criteria": 800, "evidence": 1200}
    (project / "maximal").mkdir()
    search = {"epochs": 6, "trials_per_architecture": per_architecture, **trials}
    write_yaml(project / "maximal/params.yaml", {"hpo": {"max": search}})


@pytest.mark.usefixtures("project")
def test_a_study_has_its_corpus_its_encoder_and_its_budget():
    assert study_tags("criteria", "hpo_s2") == {**OF_SETTINGS, "hpo.s2.trials": "8", "hpo.s2.epochs": "12"}


TRIALS = {"of the architecture": (None, "1200"), "of every study": (20, "20")}


@pytest.mark.parametrize(("trials", "shown"), TRIALS.values(), ids=TRIALS)
def test_the_budget_of_the_maximal_search_is_that_of_its_own_settings(project, trials, shown):
    write_maximal(project, trials=trials)
    expected = {**OF_SETTINGS, "hpo.max.trials": shown, "hpo.max.epochs": "6"}
    assert study_tags("evidence", "hpo_max") == expected


def test_in_a_repository_a_study_has_the_commit(project):
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "core.hooksPath=/dev/null")
    for command in (("init", "-q"), ("add", "."), (*identity, "commit", "-qm", "first")):
        subprocess.run(["git", *command], cwd=project, check=True)  # noqa: S603, S607 (git, in the test's folder)
    assert len(study_tags("criteria", "hpo_s2")[COMMIT]) == 40


def test_in_a_repository_without_a_commit_there_is_none(project):
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)  # noqa: S607 (git, in the test's folder)
    assert COMMIT not in study_tags("criteria", "hpo_s2")


def test_without_settings_there_is_no_tag(project):
    (project / "params.yaml").unlink()
    assert study_tags("criteria", "hpo_s2") == {}
