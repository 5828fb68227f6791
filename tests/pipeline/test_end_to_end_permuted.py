"""Real posts whose labels are permuted within each criterion: there is nothing to learn, and the pipeline says so."""

import csv
import importlib
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from redsm5_hpo.core.files import read_json, write_csv, write_yaml
from redsm5_hpo.core.seeding import generator
from tests.pipeline.definition import PARAMS, ROOT

STAGES = (
    *("prepare", "split", "hpo s0 criteria", "hpo s1 criteria", "hpo s2 criteria"),
    *("select criteria", "refit criteria", "evaluate criteria"),
)
CORPUS = ROOT.parent / "shared/data/goemotions"
POSTS = 300
# Three of nine criteria: every sentence of test is asked about each.
LEFT_OUT = ["REMORSE", "CONFUSION", "ANNOYANCE", "EMBARRASSMENT", "GRIEF", "NERVOUSNESS"]

Row = dict[str, str]


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def permuted(rows: list[Row]) -> list[Row]:
    """The rows with each criterion's statuses in a random order: as many are present as before."""
    statuses: dict[str, list[str]] = {}
    for row in rows:
        statuses.setdefault(row["DSM5_symptom"], []).append(row["status"])
    for label, found in statuses.items():
        generator(1, label).shuffle(found)
    return [{**row, "status": statuses[row["DSM5_symptom"]].pop()} for row in rows]


def write_permuted(directory: Path) -> None:
    posts = rows_of(CORPUS / "posts.csv")[:POSTS]
    known = {post["post_id"] for post in posts}
    rows = permuted([row for row in rows_of(CORPUS / "annotations.csv") if row["post_id"] in known])
    for name, kept in (("posts.csv", posts), ("annotations.csv", rows)):
        write_csv(directory / name, list(kept[0]), [list(row.values()) for row in kept])
    shutil.copy(CORPUS / "criteria.yaml", directory)


def settings() -> dict[str, Any]:
    """The project's encoder and settings at a small budget; balanced classes, or all would be predicted present."""
    hpo, first, next_one = PARAMS["hpo"], {"trials": 2, "epochs": 1}, {"trials": 1, "epochs": 1}
    defaults = {**PARAMS["training"]["defaults"], "class_weight": "balanced"}
    return {
        **PARAMS,
        "data": {**PARAMS["data"], "source": "permuted", "excluded_labels": LEFT_OUT},
        "encoder": {**PARAMS["encoder"], "max_length": 96},
        "training": {**PARAMS["training"], "defaults": defaults},
        "hpo": {**hpo, "s0": first, "s1": next_one, "s2": {**hpo["s2"], **next_one}},
        "select": {**PARAMS["select"], "folds": 4, "runs": 4},
        "refit": {"seeds": [1]},
        "architectures": ["criteria"],
    }


@pytest.mark.shared
@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside the checkout")
@pytest.mark.usefixtures("server")
def test_nothing_beats_a_baseline_and_the_default_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_yaml(tmp_path / "params.yaml", settings())
    write_permuted(tmp_path / "data/raw/permuted")
    monkeypatch.chdir(tmp_path)
    for command in STAGES:  # as DVC runs them, but in one process
        monkeypatch.setattr(sys, "argv", command.split())
        importlib.import_module(f"stages.{command.split()[0]}").main()
    metrics = tmp_path / "data/metrics/criteria"
    selected, tested = (read_json(metrics / name) for name in ("select/selection.json", "evaluate/details.json"))
    assert selected["selected"] == "default"
    assert "the default configuration is kept" in capsys.readouterr().err
    assert tested["beats_baselines"] is False
    assert tested["beats_default"] is False
    assert tested["selection"]["default_is_kept"] is True
