"""Which runs a page shows, and which files it asks for."""

import shutil
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.pages.runs import evaluated_runs
from redsm5_hpo.params import load_params

FIGURES = ["scores", "trials"]
pytestmark = pytest.mark.usefixtures("project")


def test_runs_without_a_test_evaluation_are_left_out():
    assert [run.name for run in evaluated_runs(load_params(), FIGURES)] == ["criteria", "share"]


def test_a_maximal_search_is_a_run_of_its_own():
    for stage in ("select", "evaluate", "report"):
        shutil.copytree(f"metrics/criteria/{stage}", f"metrics/criteria/{stage}_max")
    shutil.copytree("metrics/criteria/hpo_s2", "metrics/criteria/hpo_max")
    runs = evaluated_runs(load_params(), FIGURES)
    assert [(run.name, run.anchor, list(run.studies)) for run in runs] == [
        ("criteria", "criteria", ["s0", "s1", "s2"]),
        ("criteria max", "criteria-max", ["max"]),
        ("share", "share", ["s0", "s1", "s2"]),
    ]


def test_the_times_of_stages_that_ran_elsewhere_are_left_out():
    assert [run.seconds for run in evaluated_runs(load_params(), FIGURES)] == [{"hpo_s1": 90.0}, {}]


def test_missing_files_are_one_error_that_names_them():
    gone = ["metrics/split.json", "metrics/criteria/hpo_s0/study.json", "metrics/share/report/trials.csv"]
    for path in gone:
        Path(path).unlink()
    with pytest.raises(HpoError) as error:
        evaluated_runs(load_params(), FIGURES)
    assert str(error.value).splitlines() == [
        "3 file(s) are missing:",
        *(f"    - {path}" for path in gone),
        "  remedy: dvc repro",
    ]


def test_of_many_missing_files_some_are_named():
    for path in Path("metrics").glob("*/hpo_*/study.json"):
        path.unlink()
    shutil.rmtree("metrics/share/report")
    Path("metrics/share/select/selection.json").unlink()
    with pytest.raises(HpoError, match=r"^9 file\(s\) are missing:(\n    - metrics/.*){8}\n    - and 1 more\n  remedy"):
        evaluated_runs(load_params(), FIGURES)


def test_no_result_is_an_error():
    for architecture in ("criteria", "share"):
        Path(f"metrics/{architecture}/evaluate/details.json").unlink()
    with pytest.raises(HpoError, match="no result to show"):
        evaluated_runs(load_params(), FIGURES)
