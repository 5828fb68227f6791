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
from redsm5_hpo.reporting.fitted import default_answers, even_odds_score, seed_scores, selection_result
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
from redsm5_hpo.training.device import make_repeatable
from redsm5_hpo.training.pieces import answering
from redsm5_hpo.training.places import model_folder, report_folder, stage_name
from redsm5_hpo.training.saving import load_predictor
from redsm5_hpo.training.scoring import Answer

LEDGER = Path("metrics/test_ledger.jsonl")
SPLITS = Path("data/splits")


def evaluate(params: Params, architecture: Architecture, search: str = "") -> None:
    """Predict test with a search's model and write predictions, metrics and plot data."""
    started = time.monotonic()
    make_repeatable()
    test = Corpus.load(SPLITS / "test")
    scored = examples(test, architecture)
    if not scored:
        raise CorpusError(
            f"test holds no example for {architecture}", remedy="see metrics/split.json; raise split.test_share"
        )
    model = model_folder(architecture, search)
    questions = post_questions(architecture, test) if learns_status(architecture) else []
    with answering(model, questions) as answers_to_questions:
        answers, result = _evaluated(params, architecture, model, scored)
        if questions:
            said = answers_to_questions()
            result["post_level"] = post_level_result(architecture, test, said, params.evaluate.seed)
    write_json(report_folder(architecture, search) / "test.json", result)
    _write_plots(report_folder(architecture, search), scored, answers, result["criteria"])
    write_predictions(Path("data/predictions") / search / f"{architecture}.csv", scored, answers)
    name, seconds = stage_name("evaluate", search), round(time.monotonic() - started, 1)
    write_json(Path("metrics/time") / architecture / f"{name}.json", {"seconds": seconds})
    print(f"{name} {architecture}: {headline(result)}")


def _evaluated(
    params: Params, architecture: Architecture, model: Path, scored: Sequence[Example]
) -> tuple[list[Answer], dict[str, Json]]:
    """The answers to test, and all that test.json says of them."""
    predictor = load_predictor(model)
    answers, loss = predictor.predict(scored)
    criteria = by_criterion(architecture, scored, answers, params.evaluate.low_support)
    compared = Compared(_floors(architecture, scored), default_answers(model, scored))
    return answers, {
        **result_of_test(architecture, scored, answers, compared, criteria, params.evaluate.seed),
        "loss": loss,
        "f1_macro_at_even_odds": even_odds_score(architecture, scored, answers),
        "probabilities": probability_result(scored, answers, params.evaluate.seed),
        "seeds": seed_scores(predictor, scored),
        "selection": selection_result(predictor),
        "test_looks": record_look(LEDGER, architecture, model, SPLITS / "test"),
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
