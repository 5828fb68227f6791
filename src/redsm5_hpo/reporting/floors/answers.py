"""Which floors an architecture has, and their answers.

Owns the floors' names and how the halves of share and joint are put together. Does not fit, and does not score: the
answers have the form of a model's, so that `training.scoring.score` treats both alike.

    majority           the commonest status of train; where that is present, the whole text
    all_present        present; the whole text
    all_absent         absent; no evidence
    guess              at random, as often present as the label is in train; the whole text
    tfidf_logistic     status of a logistic regression; no evidence
    whole_post         evidence is the whole post where tfidf_logistic says present
    tfidf_sentence     evidence is the sentence most similar to the definition, where similar enough
    logistic_sentence  evidence is the sentence with the largest weight, where large enough
    logistic_window    evidence is the run of k words with the largest weight, where large enough

Criteria has the first five, evidence all but tfidf_logistic, share and joint all. There the last four say
tfidf_logistic's status beside the evidence that they give in any case, since status and spans are scored apart.
"""

from collections.abc import Sequence

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.corpus.tasks import learns_spans, learns_status
from redsm5_hpo.params import Architecture
from redsm5_hpo.reporting.floors.evidence import logistic_evidence
from redsm5_hpo.reporting.floors.guess import guess_answers
from redsm5_hpo.reporting.floors.similarity import tfidf_sentence
from redsm5_hpo.reporting.floors.status import tfidf_logistic
from redsm5_hpo.reporting.floors.thresholds import SpanAnswer
from redsm5_hpo.training.floors import majority_answers
from redsm5_hpo.training.scoring import Answer


def floor_answers(
    architecture: Architecture, train: Sequence[Example], val: Sequence[Example], scored: Sequence[Example]
) -> dict[str, list[Answer]]:
    """Every floor's answers to `scored` by name, fitted on `train` and tuned on `val`.

    The labels and spans of `scored` are not read. All examples are those of `architecture`; `train` must not be empty.
    """
    whole = [(0, len(example.text)) for example in scored]
    floors = {
        "majority": majority_answers(train, scored),
        "all_present": [Answer(1.0, 1.0, span) for span in whole],
        "all_absent": [Answer(-1.0, -1.0, None) for _ in scored],
        "guess": guess_answers(train, scored),
    }
    # Posts are long enough for words alone.
    status = tfidf_logistic(train, val, scored, characters=not learns_spans(architecture))
    if learns_status(architecture):
        floors["tfidf_logistic"] = [Answer(odds, -1.0, None) for odds in status]
    if learns_spans(architecture):
        evidence: dict[str, list[SpanAnswer]] = {
            "whole_post": list(zip(status, whole, strict=True)),
            "tfidf_sentence": tfidf_sentence(train, val, scored),
            **logistic_evidence(train, val, scored),
        }
        said = status if learns_status(architecture) else [None] * len(scored)
        floors |= {name: _both_halves(said, spans) for name, spans in evidence.items()}
    return floors


def _both_halves(status: Sequence[float | None], spans: Sequence[SpanAnswer]) -> list[Answer]:
    return [Answer(odds, *span) for odds, span in zip(status, spans, strict=True)]
