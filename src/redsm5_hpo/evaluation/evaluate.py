"""The test evaluation of a refitted model and its baselines.

Owns the files of the stage evaluate. No search and no refit reads them.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from redsm5_hpo.core import layout
from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.core.files import Json, write_csv, write_json
from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.corpus.splits.leakage import stand_ins
from redsm5_hpo.evaluation import probabilities, report
from redsm5_hpo.evaluation.baseline_comparison import DEFAULT
from redsm5_hpo.evaluation.baselines import baseline_predictions
from redsm5_hpo.evaluation.evidence_errors import evidence_errors
from redsm5_hpo.evaluation.intervals import Resampling
from redsm5_hpo.evaluation.ledger import Evaluation, evaluation_of, record_evaluation
from redsm5_hpo.evaluation.ledger_versions import ledger_versions
from redsm5_hpo.evaluation.per_criterion import by_criterion
from redsm5_hpo.evaluation.post_level import post_level_examples, post_level_result
from redsm5_hpo.evaluation.prediction_files import write_confusion, write_predictions
from redsm5_hpo.inference.checkpoint import DEFAULT_MODEL, Checkpoint, load_checkpoint
from redsm5_hpo.inference.sharded import PredictionRequest, sharded_predictions
from redsm5_hpo.params import Params
from redsm5_hpo.training.scoring import Prediction, PredictionResult


def evaluate(params: Params, architecture: Architecture, search: layout.Search) -> None:
    """Predict test with the model of a search, and write predictions, metrics and plot data."""
    started, stage = time.monotonic(), layout.after_search("evaluate", search)
    test = Corpus.load(layout.TEST)
    scored = examples(test, architecture)
    if not scored:
        raise CorpusError(
            f"test has no example for {architecture}",
            got=f"{len(test.posts)} post(s), {len(test.sentences)} annotation row(s), {len(test.pairs)} pair(s)",
            allowed=f"at least one {TASKS[architecture].unit}",
            remedy="see metrics/split.json; raise split.test_size",
        )
    model = layout.checkpoint_folder(architecture, search)
    checkpoint = load_checkpoint(model)
    with sharded_predictions(_requests(architecture, model, checkpoint, test, scored)) as found:
        train, val = (examples(Corpus.load(split), architecture) for split in (layout.TRAIN, layout.VAL))
        baselines = baseline_predictions(architecture, train, val, scored)
        predicted = found["test"]()
        default = found.get("default", found["test"] if checkpoint.origin["stage"] == DEFAULT else None)
        compared = report.Compared(baselines, default().predictions if default else None)
        resampling = Resampling(params.evaluate.seed, stand_ins(test.posts, params.split))
        result = _result(params, architecture, scored, predicted, compared, resampling)
        if "posts" in found:
            post_level = found["posts"]().predictions
            result["post_level"] = post_level_result(architecture, test, post_level, resampling)
    result["selection"] = report.selection_result(checkpoint.origin)
    evaluation = evaluation_of(architecture, model, layout.TEST)
    result["test_evaluations"] = _count(evaluation)
    folder = layout.metrics_folder(architecture, stage)
    write_json(folder / layout.TEST_EVALUATION, evaluation._asdict())
    write_json(folder / layout.TEST_METRICS, result)
    _write_plots(folder, scored, predicted.predictions)
    write_predictions(layout.predictions_file(architecture, search), scored, predicted.predictions)
    write_json(layout.time_file(architecture, stage), {"seconds": round(time.monotonic() - started, 1)})
    print(f"{stage} {architecture}: {report.headline(result)}")


def _count(evaluation: Evaluation) -> int:
    """How many models of the architecture were evaluated on test, with this one; warns of what it cannot see."""
    count = record_evaluation(layout.TEST_LEDGER, evaluation, ledger_versions(layout.TEST_LEDGER))
    sys.stderr.writelines(f"warning: {line}\n" for line in count.unseen)
    return count.evaluations


def _requests(
    architecture: Architecture, model: Path, checkpoint: Checkpoint, test: Corpus, scored: Sequence[Example]
) -> dict[str, PredictionRequest]:
    """The model on test, also seed by seed; the default configuration's on test if another is selected; post level."""
    default = model / DEFAULT_MODEL
    requests = {"test": PredictionRequest(model, checkpoint, scored, by_seed=True)}
    if default.exists():
        requests["default"] = PredictionRequest(default, load_checkpoint(default), scored)
    if TASKS[architecture].status:
        requests["posts"] = PredictionRequest(model, checkpoint, post_level_examples(architecture, test))
    return requests


def _result(
    params: Params,
    architecture: Architecture,
    scored: Sequence[Example],
    predicted: PredictionResult,
    compared: report.Compared,
    resampling: Resampling,
) -> dict[str, Json]:
    """The groups of details.json that follow from the predictions for test."""
    predictions = predicted.predictions
    criteria = by_criterion(architecture, scored, predictions, params.evaluate.low_support)
    errors = evidence_errors(architecture, scored, predictions)
    return {
        **report.result_of_test(architecture, scored, predictions, compared, criteria, resampling),
        "loss": predicted.loss,
        "f1_macro_at_default_threshold": report.default_threshold_score(architecture, scored, predictions),
        "probabilities": probabilities.probability_result(scored, predictions, resampling),
        "seeds": report.seed_scores(architecture, scored, predicted.by_seed),
        **({"errors": errors} if errors else {}),
    }


def _write_plots(folder: Path, scored: Sequence[Example], predictions: Sequence[Prediction]) -> None:
    write_confusion(folder / "confusion.csv", scored, predictions)
    write_csv(folder / "reliability.csv", probabilities.RELIABILITY, probabilities.reliability(scored, predictions))
    write_csv(
        folder / "precision_recall.csv",
        probabilities.PRECISION_RECALL,
        probabilities.precision_recall(scored, predictions),
    )
