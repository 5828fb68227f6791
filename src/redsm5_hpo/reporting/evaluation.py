"""The one look at test: a refitted model scored beside its floor.

Owns metrics/ARCH/test.json and the files beside it. Nothing that it writes is read by a search or a refit.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.corpus.tasks import learns_status
from redsm5_hpo.errors import CorpusError
from redsm5_hpo.files import Json, write_csv, write_json
from redsm5_hpo.params import Architecture, Params
from redsm5_hpo.reporting.criteria import by_criterion
from redsm5_hpo.reporting.fitted import even_odds_score, seed_scores, selection_result
from redsm5_hpo.reporting.floors import floor_answers
from redsm5_hpo.reporting.ledger import record_look
from redsm5_hpo.reporting.post_level import post_level_result, post_questions
from redsm5_hpo.reporting.predictions import write_confusion, write_predictions
from redsm5_hpo.reporting.probabilities import (
    PRECISION_RECALL,
    RELIABILITY,
    precision_recall,
    probability_result,
    reliability,
)
from redsm5_hpo.reporting.result import Compared, headline, result_of_test
from redsm5_hpo.training.model_folder import DEFAULT_MODEL, Description, load_description
from redsm5_hpo.training.pieces import Request, predicting
from redsm5_hpo.training.places import model_folder, report_folder, stage_name
from redsm5_hpo.training.scoring import Answer, Predicted

LEDGER = Path("metrics/test_ledger.jsonl")
SPLITS = Path("data/splits")


def evaluate(params: Params, architecture: Architecture, search: str = "") -> None:
    """Predict test with a search's model and write predictions, metrics and plot data."""
    started = time.monotonic()
    test = Corpus.load(SPLITS / "test")
    scored = examples(test, architecture)
    if not scored:
        raise CorpusError(
            f"test holds no example for {architecture}", remedy="see metrics/split.json; raise split.test_share"
        )
    model = model_folder(architecture, search)
    description = load_description(model)
    with predicting(_requests(architecture, model, description, test, scored)) as found:
        floors = _floors(architecture, scored)
        predicted = found["test"]()
        compared = Compared(floors, found["default"]().answers if "default" in found else None)
        result = _result(params, architecture, scored, predicted, compared)
        if "posts" in found:
            said = found["posts"]().answers
            result["post_level"] = post_level_result(architecture, test, said, params.evaluate.seed)
    result["selection"] = selection_result(description.origin)
    result["test_looks"] = record_look(LEDGER, architecture, model, SPLITS / "test")
    write_json(report_folder(architecture, search) / "test.json", result)
    _write_plots(report_folder(architecture, search), scored, predicted.answers, result["criteria"])
    write_predictions(Path("data/predictions") / search / f"{architecture}.csv", scored, predicted.answers)
    name, seconds = stage_name("evaluate", search), round(time.monotonic() - started, 1)
    write_json(Path("metrics/time") / architecture / f"{name}.json", {"seconds": seconds})
    print(f"{name} {architecture}: {headline(result)}")


def _requests(
    architecture: Architecture, model: Path, description: Description, test: Corpus, scored: Sequence[Example]
) -> dict[str, Request]:
    """What is asked: test, of each seed too; the default configuration where another ships; whole posts."""
    requests, default = {"test": Request(model, description, scored, by_seed=True)}, model / DEFAULT_MODEL
    if default.exists():
        requests["default"] = Request(default, load_description(default), scored)
    if learns_status(architecture):
        requests["posts"] = Request(model, description, post_questions(architecture, test))
    return requests


def _result(
    params: Params, architecture: Architecture, scored: Sequence[Example], predicted: Predicted, compared: Compared
) -> dict[str, Json]:
    """All that test.json says of the predictions for test."""
    answers, seed = predicted.answers, params.evaluate.seed
    criteria = by_criterion(architecture, scored, answers, params.evaluate.low_support)
    return {
        **result_of_test(architecture, scored, answers, compared, criteria, seed),
        "loss": predicted.loss,
        "f1_macro_at_even_odds": even_odds_score(architecture, scored, answers),
        "probabilities": probability_result(scored, answers, seed),
        "seeds": seed_scores(architecture, scored, predicted.by_seed),
    }


def _floors(architecture: Architecture, scored: Sequence[Example]) -> dict[str, list[Answer]]:
    train, val = (examples(Corpus.load(SPLITS / part), architecture) for part in ("train", "val"))
    return floor_answers(architecture, train, val, scored)


def _write_plots(
    folder: Path, scored: Sequence[Example], answers: Sequence[Answer], criteria: Mapping[str, Json]
) -> None:
    by_label = [(label, result["f1"], result["support"]) for label, result in criteria.items()]
    write_confusion(folder / "confusion.csv", scored, answers)
    write_csv(folder / "criteria.csv", ("criterion", "f1", "support"), by_label)
    write_csv(folder / "reliability.csv", RELIABILITY, reliability(scored, answers))
    write_csv(folder / "precision_recall.csv", PRECISION_RECALL, precision_recall(scored, answers))
