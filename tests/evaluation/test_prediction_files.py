"""Predictions as CSV: ids, never text."""

import csv
import math
from dataclasses import replace

import pytest

from redsm5_hpo.evaluation.prediction_files import COLUMNS, write_confusion, write_predictions
from redsm5_hpo.training.scoring import Prediction
from tests.training.builders import example

TEXT = "i feel sad. awake all night."
PAIR = example(TEXT, (0, 11), (12, 28), post_id="p1")
SENTENCE = replace(example("awake all night.", label="SLEEP", status=0, post_id="p2"), sentence_id="p2_4")


def rows(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def written(tmp_path, pair=PAIR, prediction=Prediction(0.25, 1.23456789, (0, 11))):  # noqa: B008 (a value)
    write_predictions(tmp_path / "p.csv", [pair], [prediction])
    (row,) = rows(tmp_path / "p.csv")
    return row


def test_a_row_has_ids_statuses_odds_and_offsets(tmp_path):
    assert written(tmp_path) == {
        "post_id": "p1",
        "sentence_id": "",
        "criterion": "MOOD",
        "status": "1",
        "predicted_status": "1",
        "status_log_odds": "0.25",
        "span_log_odds": "1.234568",
        "predicted_start": "0",
        "predicted_end": "11",
        "gold_spans": "0:11;12:28",
    }


def test_fields_that_do_not_apply_are_empty(tmp_path):
    row = written(tmp_path, SENTENCE, Prediction(status_log_odds=-1.5))
    empty = {name for name, value in row.items() if value == ""}
    assert empty == {"span_log_odds", "predicted_start", "predicted_end", "gold_spans"}
    assert (row["sentence_id"], row["status_log_odds"], row["predicted_status"]) == ("p2_4", "-1.5", "0")


def test_a_span_below_the_threshold_is_left_out(tmp_path):
    row = written(tmp_path, prediction=Prediction(1.0, -0.5, (0, 11)))
    assert (row["span_log_odds"], row["predicted_start"], row["predicted_end"]) == ("-0.5", "", "")


def test_odds_of_a_window_without_text_can_be_written(tmp_path):
    assert float(written(tmp_path, prediction=Prediction(None, -math.inf))["span_log_odds"]) == -math.inf


def test_no_word_of_a_text_or_criterion_is_written(tmp_path):
    write_predictions(tmp_path / "p.csv", [PAIR, SENTENCE], [Prediction(1.0, 1.0, (0, 11))] * 2)
    content = (tmp_path / "p.csv").read_text()
    words = {word for one in (PAIR, SENTENCE) for word in f"{one.text} {one.criterion}".split() if len(word) > 1}
    assert [word for word in words if word in content.removeprefix(",".join(COLUMNS))] == []


def test_confusion_has_one_row_for_each_example(tmp_path):
    write_confusion(tmp_path / "c.csv", [PAIR, SENTENCE], [Prediction(-1.0), Prediction(-1.0)])
    assert rows(tmp_path / "c.csv") == [
        {"actual": "present", "predicted": "absent"},
        {"actual": "absent", "predicted": "absent"},
    ]


@pytest.mark.parametrize("write", [write_predictions, write_confusion])
def test_predictions_must_match_examples_in_number(tmp_path, write):
    with pytest.raises(ValueError, match="zip"):
        write(tmp_path / "x.csv", [PAIR, SENTENCE], [Prediction(1.0)])
