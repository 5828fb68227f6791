"""The tables of the test evaluation's figures."""

from redsm5_hpo.reporting.evaluation_tables import (
    confusion_table,
    criterion_table,
    precision_recall_table,
    reliability_table,
    score_table,
)
from tests.reporting.samples import DETAILS, write_evaluation_plots


def test_the_selected_model_has_its_interval_and_stands_beside_the_default_and_the_baselines():
    assert score_table(DETAILS).rows == [
        ("tuned (selected)", "selected", 0.6, 0.5, 0.7),
        ("guess", "baseline", 0.4, None, None),
        ("default", "default", 0.58, None, None),
    ]


def test_a_default_that_is_kept_is_shown_once():
    kept = {**DETAILS, "selection": {"default_is_kept": True}}
    assert [row[:2] for row in score_table(kept).rows] == [("default (selected)", "selected"), ("guess", "baseline")]


def test_a_criterion_has_a_row_for_each_metric_with_its_support():
    assert criterion_table(DETAILS).rows == [
        ("MOOD", "present", 0.8, 0.6, 0.9, 5),
        ("MOOD", "evidence", 0.3, None, None, 5),
        ("SLEEP", "present", 0.0, None, None, 1),
        ("SLEEP", "evidence", 0.1, None, None, 1),
    ]


def test_confusion_counts_examples_and_shares_of_the_true_status(tmp_path):
    write_evaluation_plots(tmp_path)
    assert confusion_table(tmp_path).rows == [
        ("absent", "absent", 1, 1 / 3),
        ("absent", "present", 2, 2 / 3),
        ("present", "absent", 0, 0.0),
        ("present", "present", 1, 1.0),
    ]


def test_reliability_has_the_number_of_examples(tmp_path):
    write_evaluation_plots(tmp_path)
    assert reliability_table(tmp_path).rows == [(0.2, 0.1, 3), (0.9, 1.0, 4)]


def test_precision_and_recall_have_the_share_present(tmp_path):
    write_evaluation_plots(tmp_path)
    assert precision_recall_table(tmp_path, DETAILS).rows == [(0.5, 1.0, 0.9, 0.75), (1.0, 0.5, 0.2, 0.75)]
