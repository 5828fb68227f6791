"""Where evidence F1 is lost: shares worked out by hand, and what they add up to."""

import numpy as np
import pytest

from redsm5_hpo.evaluation.evidence_errors import KINDS, evidence_errors
from redsm5_hpo.training.scoring import Prediction, score
from tests.evaluation.simulated_predictions import random_examples, random_predictions
from tests.training.builders import example

TEXT = "i feel so sad. awake all night."
SAD, AWAKE, SO_SAD, NIGHT = (0, 13), (15, 30), (7, 13), (25, 30)


def predicted(span, odds=1.0):
    return Prediction(None, odds, span)


def kinds(pairs):
    found = evidence_errors("evidence", *zip(*pairs, strict=True))
    return {kind: value for kind in KINDS if (value := found[kind])}


PAIRS = {
    "right": ((example(TEXT, SAD), predicted(SAD)), {}),
    "rightly none": ((example(TEXT), predicted(SAD, -1.0)), {}),
    "withheld": ((example(TEXT, SAD), predicted(SAD, -1.0)), {"withheld": 1.0}),
    "no token to predict": ((example(TEXT, SAD), predicted(None)), {"withheld": 1.0}),
    "wrongly present": ((example(TEXT), predicted(SAD)), {"wrongly_present": 1.0}),
    "wrong place": ((example(TEXT, SAD), predicted(AWAKE)), {"wrong_place": 1.0}),
    "half of the tokens": ((example(TEXT, SAD), predicted(SO_SAD)), {"partial": 1 - 2 * 2 / (4 + 2)}),
    "the better of two gold spans": ((example(TEXT, SAD, AWAKE), predicted(NIGHT)), {"partial": 1 - 2 * 1 / (3 + 1)}),
    "a span without a word is no evidence": ((example(TEXT), predicted((13, 14))), {}),
}


@pytest.mark.parametrize(("pair", "expected"), PAIRS.values(), ids=PAIRS)
def test_a_pair_has_one_kind_of_error(pair, expected):
    assert kinds([pair]) == pytest.approx(expected)


def test_a_criterion_with_few_pairs_counts_as_much_as_one_with_many():
    withheld, wrong = (example(TEXT, SAD, label="SLEEP"), predicted(SAD, -1.0)), (example(TEXT, SAD), predicted(AWAKE))
    right = (example(TEXT), predicted(SAD, -1.0))
    assert kinds([withheld, wrong, right, right, right]) == pytest.approx({"withheld": 1 / 2, "wrong_place": 1 / 8})


@pytest.mark.parametrize("architecture", ["evidence", "share", "joint"])
@pytest.mark.parametrize("seed", range(5))
def test_the_kinds_add_up_to_the_loss_of_evidence_f1(architecture, seed):
    examples = random_examples(seed)
    predictions = random_predictions(seed + 100, architecture, examples)
    found = evidence_errors(architecture, examples, predictions)
    evidence_f1 = score(architecture, examples, predictions).evidence_f1
    assert sum(found[kind] for kind in KINDS) == pytest.approx(1 - evidence_f1, abs=1e-12)


def test_localization_is_the_evidence_f1_of_present_pairs_whatever_their_odds():
    pairs = [
        (example(TEXT, SAD), predicted(SAD, -9.0)),
        (example(TEXT, SAD), predicted(SO_SAD)),
        (example(TEXT, AWAKE, label="SLEEP"), predicted(None, -np.inf)),
        (example(TEXT, label="SLEEP"), predicted(SAD)),
    ]
    found = evidence_errors("evidence", *zip(*pairs, strict=True))
    assert found["localization"] == pytest.approx(((1 + 2 / 3) / 2 + 0) / 2)


def test_the_ranking_is_that_of_the_odds_of_any_span():
    odds = [(True, 2.0), (True, -1.0), (False, -1.0), (False, -np.inf)]
    pairs = [(example(TEXT, *[SAD] * gold), Prediction(-value, value, SAD)) for gold, value in odds]
    assert evidence_errors("share", *zip(*pairs, strict=True))["roc_auc"] == pytest.approx((2 + 1.5) / 4)


UNDEFINED = {
    "no evidence anywhere": ([example(TEXT)] * 2, set(KINDS)),
    "evidence in every pair": ([example(TEXT, SAD)] * 2, {*KINDS, "localization"}),
}


@pytest.mark.parametrize(("scored", "names"), UNDEFINED.values(), ids=UNDEFINED)
def test_what_is_undefined_is_left_out(scored, names):
    assert set(evidence_errors("evidence", scored, [predicted(SAD)] * 2)) == names


def test_an_architecture_without_spans_has_no_evidence_errors():
    assert evidence_errors("criteria", [example(TEXT, SAD)], [Prediction(1.0)]) == {}
