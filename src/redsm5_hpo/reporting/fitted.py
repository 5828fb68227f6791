"""What is told of a refitted model beside its scores: its seeds one by one, and how it came to be shipped.

Owns those groups of test.json. Does not load or choose models.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean, stdev

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.files import Json
from redsm5_hpo.training.scoring import Answer, score
from redsm5_hpo.training.winner import Winner


def seed_scores(
    architecture: str, scored: Sequence[Example], by_seed: Mapping[int, Sequence[Answer]]
) -> dict[str, Json]:
    """f1_macro of each seed's model alone, their mean, and from two seeds on their standard deviation."""
    scores = {str(seed): score(architecture, scored, answers).f1_macro for seed, answers in by_seed.items()}
    spread = {"std": stdev(scores.values())} if len(scores) > 1 else {}
    return {**scores, "mean": fmean(scores.values()), **spread}


def even_odds_score(architecture: str, scored: Sequence[Example], answers: Sequence[Answer]) -> float:
    """f1_macro if the answers were read without the thresholds of the selection."""
    even = [replace(answer, status_threshold=0.0, span_threshold=0.0) for answer in answers]
    return score(architecture, scored, even).f1_macro


def selection_result(origin: Winner) -> dict[str, Json]:
    """What the selection found when it shipped this configuration."""
    return {"mean": origin.value, "ships_default": origin.stage == "default", **origin.selection}
