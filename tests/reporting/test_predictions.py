"""Predictions by id, never by text."""

import csv
import math
from dataclasses import replace

import pytest

from redsm5_hpo.reporting.predictions import COLUMNS, write_confusion, write_predictions
from redsm5_hpo.training.scoring import Answer
from tests.training.builders import example

TEXT = "i feel sad. awake all night."
PAIR = example(TEXT, (0, 11), (12, 28), post_id="p1")
SENTENCE = replace(example("awake all night.", label="SLEEP", status=0, post_id="p2"), sentence_id="p2_4")


def rows(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def written(tmp_path, pair=PAIR, answer=Answer(0.25, 1.23456789, (0, 11))):  # noqa: B008 (a value)
    write_predictions(tmp_path / "p.csv", [pair], [answer])
    (row,) = rows(tmp_path / "p.csv")
    return row


def test_a_row_holds_ids_statuses_odds_and_offsets(tmp_path):
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


def test_what_is_not_learned_is_empty(tmp_path):
    row = written(tmp_path, SENTENCE, Answer(status_log_odds=-1.5))
    empty = {name for name, value in row.items() if value == ""}
    assert empty == {"span_log_odds", "predicted_start", "predicted_end", "gold_spans"}
    assert (row["sentence_id"], row["status_log_odds"], row["predicted_status"]) == ("p2_4", "-1.5", "0")


def test_a_span_that_is_not_given_as_evidence_is_left_out(tmp_path):
    row = written(tmp_path, answer=Answer(1.0, -0.5, (0, 11)))
    assert (row["span_log_odds"], row["predicted_start"], row["predicted_end"]) == ("-0.5", "", "")


def test_odds_of_a_window_without_text_can_be_written(tmp_path):
    assert float(written(tmp_path, answer=Answer(None, -math.inf))["span_log_odds"]) == -math.inf


def test_no_word_of_a_text_or_criterion_is_written(tmp_path):
    write_predictions(tmp_path / "p.csv", [PAIR, SENTENCE], [Answer(1.0, 1.0, (0, 11))] * 2)
    content = (tmp_path / "p.csv").read_text()
    words = {word for one in (PAIR, SENTENCE) for word in f"{one.text} {one.criterion}".split() if len(word) > 1}
    assert [word for word in words if word in content.removeprefix(",".join(COLUMNS))] == []


def test_confusion_has_a_row_an_example(tmp_path):
    write_confusion(tmp_path / "c.csv", [PAIR, SENTENCE], [Answer(-1.0), Answer(-1.0)])
    assert rows(tmp_path / "c.csv") == [
        {"actual": "present", "predicted": "absent"},
        {"actual": "absent", "predicted": "absent"},
    ]


@pytest.mark.parametrize("write", [write_predictions, write_confusion])
def test_answers_must_pair_up_with_examples(tmp_path, write):
    with pytest.raises(ValueError, match="zip"):
        write(tmp_path / "x.csv", [PAIR, SENTENCE], [Answer(1.0)])
