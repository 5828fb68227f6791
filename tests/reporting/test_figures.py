"""The files behind the figures."""

import csv
import shutil
from pathlib import Path

import pytest

from redsm5_hpo.reporting.figures import write_figures
from tests.reporting.samples import write_run


@pytest.fixture(autouse=True)
def run(tmp_path, monkeypatch):
    """The working directory, with what a run of criteria leaves."""
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path)
    write_figures("criteria", "")


def content():
    return {path.name: path.read_bytes() for path in Path("metrics/criteria/report").iterdir()}


def test_each_row_of_each_file_names_the_architecture():
    assert len(content()) == 11
    for name in content():
        with (Path("metrics/criteria/report") / name).open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert rows, name
        assert {row["architecture"] for row in rows} == {"criteria"}, name


def test_the_same_run_is_the_same_bytes():
    before = content()
    write_figures("criteria", "")
    assert content() == before


def test_a_default_that_failed_in_the_selection_is_marked_nowhere():
    Path("data/hpo/criteria/select/default.yaml").unlink()
    write_figures("criteria", "")
    with Path("metrics/criteria/report/trials.csv").open(newline="") as stream:
        assert {row["default"] for row in csv.DictReader(stream)} == {"0"}


def test_the_maximal_search_has_files_of_its_own_under_another_name():
    shutil.copytree("data/hpo/criteria/hpo_s2", "data/hpo/criteria/hpo_max")
    for folder in ("data/hpo/criteria/select", "data/metrics/criteria/select", "data/metrics/criteria/evaluate"):
        shutil.copytree(folder, f"{folder}_max")
    write_figures("criteria", "max")
    with Path("metrics/criteria/report_max/trials.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {(row["architecture"], row["stage"]) for row in rows} == {("criteria max", "max")}
