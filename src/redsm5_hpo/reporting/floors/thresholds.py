"""Candidates cut at a threshold, as answers.

Owns the step to log odds. How a threshold is chosen is training.thresholds'.
"""

from collections.abc import Sequence

from redsm5_hpo.training.thresholds import Candidate, Threshold

SpanAnswer = tuple[float, tuple[int, int] | None]


def span_answers(candidates: Sequence[Candidate | None], threshold: Threshold) -> list[SpanAnswer]:
    """Scores above the threshold as log odds, with spans; -1 and no span where there is no candidate."""
    return [(-1.0, None) if each is None else (each.score - threshold.value, each.span) for each in candidates]
