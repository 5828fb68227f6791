"""The baselines of an architecture and their predictions.

Owns their names, and how status and evidence are combined. Does not fit or score: training.scoring scores the
predictions as it does a model's.

    majority           the most frequent status; where that is present, the whole text is evidence
    all_present        present; the whole text is evidence
    all_absent         absent; no evidence
    guess              present at random, at the label's rate; then the whole text is evidence
    tfidf_logistic     status of a logistic regression; no evidence
    whole_post         evidence is the whole post where tfidf_logistic predicts present
    tfidf_sentence     evidence is the sentence most similar to the definition, if above a threshold
    logistic_sentence  evidence is the sentence with the largest sum of word weights, if above a threshold
    logistic_window    evidence is the window of k words with the largest sum of word weights, if above a threshold

Criteria has the first five, evidence all but tfidf_logistic, share and joint all of them. In share and joint the last
four have the status of tfidf_logistic, whatever their evidence, since status and spans are scored separately.
"""

from collections.abc import Sequence

from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.evaluation.baselines.candidate_spans import SpanPrediction
from redsm5_hpo.evaluation.baselines.evidence_logistic import logistic_evidence
from redsm5_hpo.evaluation.baselines.random_guess import guess_predictions
from redsm5_hpo.evaluation.baselines.similarity import tfidf_sentence
from redsm5_hpo.evaluation.baselines.status_logistic import tfidf_logistic
from redsm5_hpo.training.majority_baseline import majority_predictions
from redsm5_hpo.training.scoring import Prediction


def baseline_predictions(
    architecture: Architecture, train: Sequence[Example], val: Sequence[Example], scored: Sequence[Example]
) -> dict[str, list[Prediction]]:
    """The predictions of every baseline for `scored` by name, tuned on `val` and fitted to both, as the model is.

    Does not read status and spans of `scored`. All examples are those of `architecture`; `train` must not be empty.
    """
    both, whole = [*train, *val], [(0, len(example.text)) for example in scored]
    baselines = {
        "majority": majority_predictions(both, scored),
        "all_present": [Prediction(1.0, 1.0, span) for span in whole],
        "all_absent": [Prediction(-1.0, -1.0, None) for _ in scored],
        "guess": guess_predictions(both, scored),
    }
    # Words alone are enough for posts.
    status = tfidf_logistic(train, val, scored, characters=not TASKS[architecture].spans)
    if TASKS[architecture].status:
        baselines["tfidf_logistic"] = [Prediction(odds, -1.0, None) for odds in status]
    if TASKS[architecture].spans:
        evidence: dict[str, list[SpanPrediction]] = {
            "whole_post": list(zip(status, whole, strict=True)),
            "tfidf_sentence": tfidf_sentence(train, val, scored),
            **logistic_evidence(train, val, scored),
        }
        known = status if TASKS[architecture].status else [None] * len(scored)
        baselines |= {
            name: [Prediction(odds, *span) for odds, span in zip(known, spans, strict=True)]
            for name, spans in evidence.items()
        }
    return baselines
