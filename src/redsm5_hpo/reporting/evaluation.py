"""The one look at test: a refitted model scored beside its floor.

Owns metrics/ARCH/test.json and the files beside it. Nothing that it writes is read by a search or a refit.
"""

import time
from pathlib import Path

from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.errors import CorpusError
from redsm5_hpo.files import write_csv, write_json
from redsm5_hpo.params import Architecture, Params
from redsm5_hpo.reporting.criteria import CriterionResult, by_criterion
from redsm5_hpo.reporting.floors import floor_answers
from redsm5_hpo.reporting.ledger import record_look
from redsm5_hpo.reporting.predictions import write_confusion, write_predictions
from redsm5_hpo.reporting.result import headline, result_of_test
from redsm5_hpo.training.device import make_repeatable
from redsm5_hpo.training.saving import load_predictor

LEDGER = Path("metrics/test_ledger.jsonl")
SPLITS = Path("data/splits")


def evaluate(params: Params, architecture: Architecture) -> None:
    """Predict test with models/ARCH and write predictions, metrics and plot data."""
    started = time.monotonic()
    make_repeatable()
    train, val, scored = (examples(Corpus.load(SPLITS / part), architecture) for part in ("train", "val", "test"))
    if not scored:
        raise CorpusError(
            f"test holds no example for {architecture}", remedy="see metrics/split.json; raise split.test_share"
        )
    model = Path("models") / architecture
    answers, loss = load_predictor(model).predict(scored)
    criteria = by_criterion(architecture, scored, answers, params.evaluate.low_support)
    floors = floor_answers(architecture, train, val, scored)
    result = {
        **result_of_test(architecture, scored, answers, floors, criteria, params.evaluate.seed),
        "loss": loss,
        "test_looks": record_look(LEDGER, architecture, model, SPLITS / "test"),
    }

    folder = Path("metrics") / architecture
    write_json(folder / "test.json", result)
    write_confusion(folder / "confusion.csv", scored, answers)
    write_csv(folder / "criteria.csv", ("criterion", "f1", "support"), _criteria_rows(criteria))
    write_predictions(Path("data/predictions") / f"{architecture}.csv", scored, answers)
    write_json(Path("metrics/time") / architecture / "evaluate.json", {"seconds": round(time.monotonic() - started, 1)})
    print(f"evaluate {architecture}: {headline(result)}")


def _criteria_rows(criteria: dict[str, CriterionResult]) -> list[tuple[str, float, int]]:
    return [(label, result.f1, result.support) for label, result in criteria.items()]
