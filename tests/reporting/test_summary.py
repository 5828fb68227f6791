"""The table at the end of a run."""

import pytest

from redsm5_hpo.files import write_json
from redsm5_hpo.reporting.summary import HEADER, main, summary
from tests.training.builders import PARAMS, ROOT

TEST = "0.612 [0.550, 0.660]"
SELECTED = {"shipped": "s2-2", "candidates": {"default": {"mean": 0.4}, "s2-2": {"mean": 0.48}}}
STATES = {"complete": 3, "failed": 1, "infeasible": 1, "pruned": 2}
SEARCHED = {"best": {"f1_macro": 0.51, "trial": 2}, "epochs": {"planned": 14, "trained": 11}, "trials": STATES}
TESTED = {
    "f1_macro": 0.61239,
    "intervals": {"f1_macro": {"low": 0.55, "high": 0.6604}},
    "beats_floor": True,
    "floors": {
        "guess": {"f1_macro": 0.4, "p_holm": 0.02},
        "majority": {"f1_macro": 0.3, "p_holm": 0.01},
        "default": {"f1_macro": 0.6, "p": 0.4},
    },
    "strongest_floor": {"f1_macro": 0.4, "name": "guess"},
}


def table(metrics, source="redsm5"):
    """The table's cells, row by row, by architecture."""
    params = PARAMS.model_copy(update={"data": PARAMS.data.model_copy(update={"source": source})})
    lines = summary(params, metrics).splitlines()
    cells = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines]
    assert cells[0] == list(HEADER)
    rows = {row[0]: row[1:] for row in cells[1:] if len(row) == len(HEADER)}
    return rows, lines[1 + len(rows) :]


def test_what_is_missing_is_a_dash(tmp_path):
    rows, _ = table(tmp_path)
    assert rows == {architecture: ["-"] * 9 for architecture in PARAMS.architectures}


@pytest.fixture
def metrics(tmp_path):
    """The metrics of a whole run of criteria."""
    for stage in ("hpo_s0", "hpo_s1", "hpo_s2"):
        write_json(tmp_path / f"criteria/{stage}.json", SEARCHED)
    write_json(tmp_path / "criteria/select.json", SELECTED)
    write_json(tmp_path / "criteria/test.json", TESTED)
    for stage in ("hpo_s0", "hpo_s1", "hpo_s2", "select", "refit", "evaluate"):
        write_json(tmp_path / f"time/criteria/{stage}.json", {"seconds": 10.4})
    return tmp_path


def test_a_whole_run_shows_its_scores_trials_and_time(metrics):
    rows, _ = table(metrics)
    assert rows["criteria"] == ["9/6/6", "33", "62 s", "0.510", "0.480", "s2-2", TEST, "guess 0.400", "yes"]
    assert rows["joint"] == ["-"] * 9


def test_a_maximal_search_that_has_run_stands_below_the_other(metrics):
    for stage in ("hpo_max", "select_max", "refit_max", "evaluate_max"):
        write_json(metrics / f"time/criteria/{stage}.json", {"seconds": 1800.0})
    write_json(metrics / "criteria/hpo_max.json", {**SEARCHED, "best": {"f1_macro": 0.7}})
    write_json(metrics / "criteria/select_max.json", {"shipped": "max-9", "candidates": {"max-9": {"mean": 0.66}}})
    write_json(metrics / "criteria/max/test.json", {**TESTED, "f1_macro": 0.65})
    rows, _ = table(metrics)
    assert list(rows)[:3] == ["criteria", "criteria max", "evidence"]
    tested = TEST.replace("0.612", "0.650")
    assert rows["criteria max"] == ["3/2/2", "11", "2.0 h", "0.700", "0.660", "max-9", tested, "guess 0.400", "yes"]


def test_a_maximal_search_that_has_not_run_has_no_row(metrics):
    write_json(metrics / "criteria/hpo_max.json", {})
    assert list(table(metrics)[0]) == list(PARAMS.architectures)


def test_half_a_run_shows_what_there_is(metrics):
    for path in ("criteria/hpo_s2.json", "criteria/test.json", "time/criteria/evaluate.json"):
        (metrics / path).unlink()
    rows, _ = table(metrics)
    assert rows["criteria"] == ["6/4/4", "22", "52 s", "-", "0.480", "s2-2", "-", "-", "-"]


def test_architectures_stand_in_the_order_of_the_settings(metrics):
    rows, _ = table(metrics)
    assert list(rows) == list(PARAMS.architectures)


def test_columns_are_aligned(metrics):
    lines = summary(PARAMS, metrics).splitlines()[:5]
    for title in HEADER[1:]:
        column = lines[0].index(title)
        assert all(line[column - 2 : column] == "  " and line[column] != " " for line in lines)


BEATEN = {
    "beyond chance": ({}, "yes"),
    "not beyond chance": ({"beats_floor": False}, "no"),
    "without p values": ({"beats_floor": False, "floors": {"guess": {"f1_macro": 0.4}}}, "too few posts"),
}


@pytest.mark.parametrize(("changes", "word"), BEATEN.values(), ids=BEATEN)
def test_the_verdict_against_the_floors_is_a_word(metrics, changes, word):
    write_json(metrics / "criteria/test.json", {**TESTED, **changes})
    rows, _ = table(metrics)
    assert rows["criteria"][-1] == word


NOTES = {"demo": True, "redsm5": False}


@pytest.mark.parametrize(("source", "noted"), NOTES.items(), ids=NOTES)
def test_scores_on_the_demo_corpus_come_with_a_note(metrics, source, noted):
    _, notes = table(metrics, source)
    assert any("nothing about ReDSM5" in line for line in notes) is noted


def test_the_command_prints_the_run_in_the_working_directory(metrics, monkeypatch, capsys):
    monkeypatch.chdir(metrics)
    (metrics / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    metrics.joinpath("metrics").symlink_to(metrics)
    main()
    assert "0.612" in capsys.readouterr().out
