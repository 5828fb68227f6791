"""The tables at the end of a run."""

import re
from pathlib import Path

import pytest

from redsm5_hpo.core.files import write_json, write_yaml
from redsm5_hpo.core.layout import headlines_file, recorded_metrics, time_file
from redsm5_hpo.reporting.summary import TABLES, main, summary
from tests.training.builders import PARAMS, ROOT

TEST = "0.612 [0.550, 0.660]"
SELECTED = {"selected": "s2-2", "candidates": {"default": {"mean": 0.4}, "s2-2": {"mean": 0.48}}}
STATES = {"complete": 3, "failed": 1, "infeasible": 1, "pruned": 2}
SEARCHED = {"best": {"f1_macro": 0.51, "trial": 2}, "epochs": {"planned": 14, "trained": 11}, "trials": STATES}
TESTED = {
    "f1_macro": 0.61239,
    "intervals": {"f1_macro": {"low": 0.55, "high": 0.6604}},
    "beats_baselines": True,
    "baselines": {
        "guess": {"f1_macro": 0.4, "p_holm": 0.02},
        "majority": {"f1_macro": 0.3, "p_holm": 0.01},
        "default": {"f1_macro": 0.6, "p": 0.4},
    },
    "strongest_baseline": {"f1_macro": 0.4, "name": "guess"},
}


@pytest.fixture(autouse=True)
def metrics(tmp_path, monkeypatch):
    """Where stages write metrics, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data/metrics"


def table(source="redsm5"):
    """The rows of cells by architecture, those of both tables as one, and the lines below them."""
    params = PARAMS.model_copy(update={"data": PARAMS.data.model_copy(update={"source": source})})
    blocks = [block.splitlines() for block in summary(params).split("\n\n")]
    rows: dict[str, list[str]] = {}
    for lines, columns in zip(blocks, TABLES, strict=True):
        cells = [re.split(r" {2,}", line) for line in lines]
        assert cells[0] == list(columns)
        for name, *values in [row for row in cells[1:] if len(row) == len(columns)]:
            rows.setdefault(name, []).extend(values)
    return rows, blocks[-1][1 + len(rows) :]


def test_a_missing_value_is_a_dash():
    rows, _ = table()
    assert rows == {architecture: ["-"] * 9 for architecture in PARAMS.architectures}


FOREIGN = {
    "prepare": {"params": {"params.yaml": {"data": {"source": "redsm5"}}}},
    "split": {"outs": [{"path": "data/splits/test", "md5": "new"}]},
    "evaluate@criteria": {"deps": [{"path": "data/splits/test", "md5": "old"}]},
}


@pytest.mark.usefixtures("finished")
def test_a_result_of_another_corpus_is_not_shown_as_one_of_this():
    write_yaml(Path("dvc.lock"), {"stages": FOREIGN})
    lines = summary(
        PARAMS.model_copy(update={"data": PARAMS.data.model_copy(update={"source": "redsm5"})})
    ).splitlines()
    rows = [line.split() for line in lines if line.startswith("criteria ")]
    assert rows == [["criteria", *"---"], ["criteria", *"------"]]
    assert "criteria: recorded on another corpus or split" in lines[-1]


@pytest.fixture
def finished(metrics):
    """The metrics of a finished run of criteria."""
    for stage in ("hpo_s0", "hpo_s1", "hpo_s2"):
        write_json(metrics / f"criteria/{stage}/study.json", SEARCHED)
    write_json(metrics / "criteria/select/selection.json", SELECTED)
    write_json(metrics / "criteria/evaluate/details.json", TESTED)
    for stage in ("hpo_s0", "hpo_s1", "hpo_s2", "select", "refit", "evaluate"):
        write_json(time_file("criteria", stage), {"seconds": 10.4})
    return metrics


@pytest.mark.usefixtures("finished")
def test_a_finished_run_shows_its_scores_trials_and_time():
    rows, _ = table()
    assert rows["criteria"] == [TEST, "guess 0.400", "yes", "9/6/6", "33", "62 s", "0.510", "0.480", "s2-2"]
    assert rows["joint"] == ["-"] * 9


def test_a_finished_maximal_search_is_a_row_below_the_multi_stage_search(finished):
    for stage in ("hpo_max", "select_max", "refit_max", "evaluate_max"):
        write_json(time_file("criteria", stage), {"seconds": 1800.0})
    write_json(finished / "criteria/hpo_max/study.json", {**SEARCHED, "best": {"f1_macro": 0.7}})
    selection = {"selected": "max-9", "candidates": {"max-9": {"mean": 0.66}}}
    write_json(finished / "criteria/select_max/selection.json", selection)
    write_json(finished / "criteria/evaluate_max/details.json", {**TESTED, "f1_macro": 0.65})
    rows, _ = table()
    assert list(rows)[:3] == ["criteria", "criteria max", "evidence"]
    tested = TEST.replace("0.612", "0.650")
    assert rows["criteria max"] == [tested, "guess 0.400", "yes", "3/2/2", "11", "2.0 h", "0.700", "0.660", "max-9"]


def test_a_maximal_search_that_has_not_run_has_no_row(finished):
    write_json(finished / "criteria/hpo_max/study.json", {})
    assert list(table()[0]) == list(PARAMS.architectures)


def test_an_unfinished_run_shows_its_finished_stages(finished):
    for path in (finished / "criteria/hpo_s2/study.json", finished / "criteria/evaluate/details.json"):
        path.unlink()
    time_file("criteria", "evaluate").unlink()
    rows, _ = table()
    assert rows["criteria"] == ["-", "-", "-", "6/4/4", "22", "52 s", "-", "0.480", "s2-2"]


@pytest.mark.usefixtures("finished")
def test_what_an_earlier_run_recorded_is_no_result_of_this_one():
    write_json(recorded_metrics("joint", "evaluate") / "details.json", TESTED)
    assert table()[0]["joint"] == ["-"] * 9
    assert "guess 0.400" in summary(PARAMS, recorded_metrics)


def test_a_clone_in_which_nothing_has_run_is_told_where_the_recorded_results_are():
    sentence = "what git keeps of earlier runs: `dvc metrics show`, `make page`"
    assert sentence not in summary(PARAMS)
    write_json(headlines_file("joint"), {"f1_macro": 0.6})
    assert sentence in summary(PARAMS)


@pytest.mark.usefixtures("finished")
def test_a_run_that_has_results_is_not_sent_to_the_recorded_ones():
    write_json(headlines_file("joint"), {"f1_macro": 0.6})
    assert "earlier runs" not in summary(PARAMS)


@pytest.mark.usefixtures("finished")
def test_architectures_have_the_order_of_the_settings():
    rows, _ = table()
    assert list(rows) == list(PARAMS.architectures)


@pytest.mark.usefixtures("finished")
def test_columns_are_aligned():
    for block, columns in zip(summary(PARAMS).split("\n\n"), TABLES, strict=True):
        lines = block.splitlines()[:5]
        for title in columns[1:]:
            column = lines[0].index(title)
            assert all(line[column - 2 : column] == "  " and line[column] != " " for line in lines)


def test_the_longest_cells_fit_into_80_columns(finished):
    for stage in ("hpo_max", "select_max", "refit_max", "evaluate_max"):
        write_json(time_file("criteria", stage), {"seconds": 45_000.0})
    trials = {"complete": 1800, "pruned": 900, "failed": 10}
    study = {**SEARCHED, "trials": trials, "epochs": {"planned": 9999, "trained": 9999}}
    write_json(finished / "criteria/hpo_max/study.json", study)
    selection = {"selected": "max-1199", "candidates": {"max-1199": {"mean": 0.66}}}
    write_json(finished / "criteria/select_max/selection.json", selection)
    longest = {"f1_macro": 0.4, "name": "logistic_sentence"}
    few = {**TESTED, "strongest_baseline": longest, "baselines": {"guess": {"f1_macro": 0.4}}}
    write_json(finished / "criteria/evaluate_max/details.json", few)
    tables = [line for line in summary(PARAMS).splitlines() if "  " in line]
    assert "max-1199" in tables[-4]
    assert max(map(len, tables)) <= 80


BEATS = {
    "beyond chance": ({}, "yes"),
    "not beyond chance": ({"beats_baselines": False}, "no"),
    "without p values": ({"beats_baselines": False, "baselines": {"guess": {"f1_macro": 0.4}}}, "too few posts"),
}


@pytest.mark.parametrize(("changes", "text"), BEATS.values(), ids=BEATS)
def test_the_comparison_with_the_baselines_is_shown(finished, changes, text):
    write_json(finished / "criteria/evaluate/details.json", {**TESTED, **changes})
    rows, _ = table()
    assert rows["criteria"][2] == text


NOTES = {"demo": True, "redsm5": False}


@pytest.mark.parametrize(("source", "noted"), NOTES.items(), ids=NOTES)
@pytest.mark.usefixtures("finished")
def test_scores_on_the_demo_corpus_have_a_note(source, noted):
    _, notes = table(source)
    assert any("nothing about ReDSM5" in line for line in notes) is noted


@pytest.mark.usefixtures("finished")
def test_the_command_prints_the_run_in_the_working_directory(tmp_path, capsys):
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    main()
    assert "0.612" in capsys.readouterr().out
