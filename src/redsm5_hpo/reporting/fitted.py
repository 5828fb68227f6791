"""What is told of a refitted model beside its scores: its seeds one by one, and how it came to be shipped.

Owns those groups of test.json. Does not load or choose models.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.files import Json
from redsm5_hpo.training.saving import DEFAULT_MODEL, Predictor, load_predictor
from redsm5_hpo.training.scoring import Answer, score


def seed_scores(predictor: Predictor, scored: Sequence[Example]) -> dict[str, Json]:
    """f1_macro of each seed's model alone, their mean, and from two seeds on their standard deviation."""
    scores = {
        str(seed): score(predictor.architecture, scored, alone.predict(scored)[0]).f1_macro
        for seed, alone in predictor.by_seed().items()
    }
    spread = {"std": stdev(scores.values())} if len(scores) > 1 else {}
    return {**scores, "mean": fmean(scores.values()), **spread}


def default_answers(model: Path, scored: Sequence[Example]) -> list[Answer] | None:
    """Answers of the default configuration's model, refitted like the one in `model`; None where that is what ships."""
    beside = model / DEFAULT_MODEL
    return load_predictor(beside).predict(scored)[0] if beside.exists() else None


def even_odds_score(architecture: str, scored: Sequence[Example], answers: Sequence[Answer]) -> float:
    """f1_macro if the answers were read without the thresholds of the selection."""
    even = [replace(answer, status_threshold=0.0, span_threshold=0.0) for answer in answers]
    return score(architecture, scored, even).f1_macro


def selection_result(predictor: Predictor) -> dict[str, Json]:
    """What the selection found when it shipped this configuration."""
    origin = predictor.origin
    return {"mean": origin.value, "ships_default": origin.stage == "default", **origin.selection}
