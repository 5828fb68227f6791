"""Candidates cut at a threshold, as answers."""

from redsm5_hpo.reporting.floors.thresholds import span_answers
from redsm5_hpo.training.scoring import Answer
from redsm5_hpo.training.thresholds import Candidate, Threshold


def candidates(*scores):
    """A span with each score; none for None."""
    return [None if value is None else Candidate(value, (0, 3)) for value in scores]


def test_only_scores_above_the_threshold_are_evidence():
    answers = [Answer(None, *each) for each in span_answers(candidates(0.6, 0.5, 0.4, None), Threshold(0.5, 1.0))]
    assert [answer.evidence for answer in answers] == [(0, 3), None, None, None]
    assert [answer.status for answer in answers] == [1, 0, 0, 0]
