"""What git keeps of a run."""

import shutil
from pathlib import Path

import pytest

from redsm5_hpo.core.files import read_json, read_jsonl, write_jsonl
from redsm5_hpo.reporting.headlines import headlines
from redsm5_hpo.reporting.record import record_metrics
from tests.reporting.samples import DETAILS, EVALUATION, SELECTION, write_run

STAGES = ("hpo_s0", "hpo_s1", "hpo_s2", "select", "refit", "evaluate")


@pytest.fixture(autouse=True)
def run(tmp_path, monkeypatch):
    """The working directory, with what a run of criteria leaves."""
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path)


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def test_the_metrics_of_every_stage_are_copied():
    record_metrics("criteria", "")
    assert {path.name for path in Path("metrics/criteria").iterdir()} == set(STAGES)
    assert content("metrics/criteria") == content("data/metrics/criteria")


def test_what_an_earlier_run_recorded_is_gone():
    record_metrics("criteria", "")
    Path("data/metrics/criteria/evaluate/confusion.csv").unlink()
    record_metrics("criteria", "")
    assert not Path("metrics/criteria/evaluate/confusion.csv").exists()


def test_a_copy_of_a_read_only_file_can_be_edited():
    Path("data/metrics/criteria/evaluate/details.json").chmod(0o444)  # as DVC leaves its links
    record_metrics("criteria", "")
    assert Path("metrics/criteria/evaluate/details.json").stat().st_mode & 0o200


def test_the_headlines_are_those_of_the_selection_and_of_test():
    record_metrics("criteria", "")
    assert read_json(Path("metrics/criteria.json")) == headlines(DETAILS, SELECTION, [{"epochs": {"trained": 6}}])


def test_an_evaluation_that_dvc_took_from_its_cache_is_in_this_working_trees_ledger():
    ledger, other = Path("metrics/test_ledger.jsonl"), {**EVALUATION, "model": "of another run"}
    write_jsonl(ledger, [other])
    for _ in range(2):
        record_metrics("criteria", "")
        assert read_jsonl(ledger) == [other, EVALUATION]


def test_a_maximal_search_has_folders_of_its_own_and_no_headlines():
    metrics = Path("data/metrics/criteria")
    for stage in ("select", "refit", "evaluate"):
        shutil.copytree(metrics / stage, metrics / f"{stage}_max")
    shutil.copytree(metrics / "hpo_s2", metrics / "hpo_max")
    record_metrics("criteria", "max")
    assert {path.name for path in Path("metrics/criteria").iterdir()} == {
        "hpo_max",
        "select_max",
        "refit_max",
        "evaluate_max",
    }
    assert not Path("metrics/criteria.json").exists()
