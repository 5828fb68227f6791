"""The one look at test: a refitted model scored beside its floor.

Owns metrics/ARCH/test.json and the files beside it. Nothing that it writes is read by a search or a refit.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.errors import CorpusError
from redsm5_hpo.files import Json, write_csv, write_json
from redsm5_hpo.params import Architecture, Params
from redsm5_hpo.reporting.criteria import CriterionResult, by_criterion, flat
from redsm5_hpo.reporting.ledger import record_look
from redsm5_hpo.reporting.predictions import write_confusion, write_predictions
from redsm5_hpo.training.device import make_repeatable
from redsm5_hpo.training.floors import majority_floor
from redsm5_hpo.training.saving import load_predictor
from redsm5_hpo.training.scoring import Answer, score

LEDGER = Path("metrics/test_ledger.jsonl")


def evaluate(params: Params, architecture: Architecture) -> None:
    """Predict test with models/ARCH and write predictions, metrics and plot data."""
    started = time.monotonic()
    make_repeatable()
    train, test = Corpus.load(Path("data/splits/train")), Corpus.load(Path("data/splits/test"))
    scored = examples(test, architecture)
    if not scored:
        raise CorpusError(
            f"test holds no example for {architecture}", remedy="see metrics/split.json; raise split.test_share"
        )
    answers, loss = load_predictor(Path("models") / architecture).predict(scored)
    floor = majority_floor(architecture, train, test)
    criteria = by_criterion(architecture, scored, answers, params.evaluate.low_support)
    looks = record_look(LEDGER, architecture, Path("models") / architecture, Path("data/splits/test"))
    result = {**summarise(architecture, scored, answers, loss, floor, criteria), "test_looks": looks}

    folder = Path("metrics") / architecture
    write_json(folder / "test.json", result)
    write_confusion(folder / "confusion.csv", scored, answers)
    write_csv(folder / "criteria.csv", ("criterion", "f1", "support"), _criteria_rows(criteria))
    write_predictions(Path("data/predictions") / f"{architecture}.csv", scored, answers)
    write_json(Path("metrics/time") / architecture / "evaluate.json", {"seconds": round(time.monotonic() - started, 1)})
    print(f"evaluate {architecture}: test f1_macro {result['f1_macro']:.3f}, floor {floor:.3f}, {len(scored)} examples")


def summarise(
    architecture: Architecture,
    scored: Sequence[Example],
    answers: Sequence[Answer],
    loss: float,
    floor: float,
    criteria: dict[str, CriterionResult],
) -> dict[str, Json]:
    """The content of test.json: the primary numbers first, the rest under named groups."""
    found = score(architecture, scored, answers)
    parts = {
        "status_f1_macro": found.status_f1_macro,
        "evidence_f1": found.evidence_f1,
        "evidence_exact_match": found.evidence_exact_match,
    }
    return {
        "f1_macro": found.f1_macro,
        "loss": loss,
        "accuracy": found.accuracy,
        "floors": {"majority": {"f1_macro": floor}},
        "beats_floor": found.f1_macro > floor,
        "examples": len(scored),
        "posts": len({example.post_id for example in scored}),
        "parts": {name: value for name, value in parts.items() if value is not None},
        "criteria": {label: flat(result) for label, result in criteria.items()},
    }


def _criteria_rows(criteria: dict[str, CriterionResult]) -> list[tuple[str, float, int]]:
    return [(label, result.f1, result.support) for label, result in criteria.items()]
