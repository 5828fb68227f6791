"""The loss of a fit, against its definition."""

import math
from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from redsm5_hpo.modeling.inputs import Outputs
from redsm5_hpo.modeling.spans.tokens import TokenSpans
from redsm5_hpo.training.losses import Loss, balanced_weights, configured_loss, focal
from tests.training.builders import CONFIGURATION


def log_probabilities(rows, columns, seed):
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed)).log_softmax(1)


STATUS, TRUTH = log_probabilities(4, 2, 0), torch.tensor([0, 1, 1, 0])
SPANS = TokenSpans(log_probabilities(4, 6, 1), log_probabilities(4, 6, 2))
GOLD = [[(0, 0)], [(2, 4)], [(1, 1), (3, 5)], [(1, 2), (3, 3), (4, 5)]]
PADDED = torch.tensor([[*spans, *[(-1, -1)] * (3 - len(spans))] for spans in GOLD])
OUTPUTS = {
    "status": Outputs(STATUS, None),
    "spans": Outputs(None, SPANS),
    "both": Outputs(STATUS, SPANS),
}
EVERY_OUTPUT = pytest.mark.parametrize("outputs", OUTPUTS.values(), ids=OUTPUTS)


KINDS = {
    "cross_entropy": Loss(0.5),
    "label_smoothing": Loss(0.5, "label_smoothing", smoothing=0.1),
    "focal": Loss(0.5, "focal", gamma=2.0),
    "focal with a small gamma": Loss(0.5, "focal", gamma=0.5),
    "class weights": Loss(0.5, class_weights=(0.5, 2.0)),
}


@pytest.mark.parametrize("loss", KINDS.values(), ids=KINDS)
def test_gradients_are_finite_with_forbidden_positions_and_certain_predictions(loss):
    scores = torch.zeros(1, 4, requires_grad=True)
    start = scores.masked_fill(torch.tensor([[False, True, False, False]]), float("-inf")).log_softmax(1)
    certain = torch.tensor([[-200.0, 200.0]], requires_grad=True)
    outputs = Outputs(certain.log_softmax(1), TokenSpans(start, start))
    loss(outputs, torch.tensor([1]), torch.tensor([[[2, 3], [-1, -1]]])).backward()
    assert scores.grad.isfinite().all()
    assert certain.grad.isfinite().all()
    assert scores.grad[0, 2] < 0 < scores.grad[0, 0]


def test_the_plain_loss_is_cross_entropy():
    scores = torch.randn(4, 2, generator=torch.Generator().manual_seed(5))
    found = Loss(0.5)(Outputs(scores.log_softmax(1), None), TRUTH, PADDED)
    assert torch.allclose(found, functional.cross_entropy(scores, TRUTH))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.6])
def test_smoothed_status_is_torchs_label_smoothing(smoothing):
    scores = torch.randn(4, 2, generator=torch.Generator().manual_seed(5))
    found = Loss(0.5, "label_smoothing", smoothing)(Outputs(scores.log_softmax(1), None), TRUTH, PADDED)
    assert torch.allclose(found, functional.cross_entropy(scores, TRUTH, label_smoothing=smoothing))


def test_smoothed_spans_of_one_gold_span_are_torchs_label_smoothing_of_both_ends():
    gold = torch.tensor([[[0, 0]], [[2, 4]], [[1, 1]], [[3, 3]]])
    found = Loss(0.5, "label_smoothing", 0.1)(Outputs(None, SPANS), TRUTH, gold)
    ends = [
        functional.cross_entropy(scores, gold[:, 0, side], label_smoothing=0.1)
        for side, scores in enumerate((SPANS.start, SPANS.end))
    ]
    assert torch.allclose(found, sum(ends))


PLAIN = {"focal, gamma 0": Loss(0.5, "focal", gamma=0.0), "no smoothing": Loss(0.5, "label_smoothing", smoothing=0.0)}


@EVERY_OUTPUT
@pytest.mark.parametrize("loss", PLAIN.values(), ids=PLAIN)
def test_a_loss_without_effect_is_cross_entropy(loss, outputs):
    torch.testing.assert_close(loss(outputs, TRUTH, PADDED), Loss(0.5)(outputs, TRUTH, PADDED))


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_focal_is_the_documented_formula(gamma):
    chances = [0.1, 0.5, 0.99]
    found = focal(torch.tensor([-math.log(chance) for chance in chances], dtype=torch.float64), gamma)
    assert found.tolist() == pytest.approx([-((1 - chance) ** gamma) * math.log(chance) for chance in chances])


@pytest.mark.parametrize("weight", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("loss", KINDS.values(), ids=KINDS)
def test_two_heads_have_the_weighted_mean_of_their_losses(loss, weight):
    loss = replace(loss, status_weight=weight)
    status, spans, both = (loss(outputs, TRUTH, PADDED) for outputs in OUTPUTS.values())
    assert torch.allclose(both, weight * status + (1 - weight) * spans)


@pytest.mark.parametrize("name", ["status", "spans"])
def test_one_head_has_its_own_loss_whatever_the_weight(name):
    assert len({float(Loss(weight)(OUTPUTS[name], TRUTH, PADDED)) for weight in (0.1, 0.9)}) == 1


@EVERY_OUTPUT
def test_a_class_weight_weighs_the_windows_of_its_class(outputs):
    def alone(row):
        status, spans = outputs
        spans = spans and TokenSpans(spans.start[[row]], spans.end[[row]])
        return Loss(0.5)(Outputs(status if status is None else status[[row]], spans), TRUTH[[row]], PADDED[[row]])

    weighted = Loss(0.5, class_weights=(0.5, 3.0))(outputs, TRUTH, PADDED)
    expected = sum(weight * alone(row) for row, weight in enumerate((0.5, 3.0, 3.0, 0.5))) / 4
    assert torch.allclose(weighted, expected)


BALANCES = {
    "equal": ([0, 1], (1.0, 1.0)),
    "rare present": ([0, 0, 0, 1], (2 / 3, 2.0)),
    "one class alone": ([1, 1], (1.0, 1.0)),
}


@pytest.mark.parametrize(("status", "weights"), BALANCES.values(), ids=BALANCES)
def test_balanced_weights_sum_to_the_same_for_both_classes(status, weights):
    assert balanced_weights(status) == pytest.approx(weights)


CONFIGURED = {
    "smoothing": ({"loss": "label_smoothing", "label_smoothing": 0.3}, Loss(0.4, "label_smoothing", 0.3, 2.0)),
    "focal": ({"loss": "focal", "focal_gamma": 1.5}, Loss(0.4, "focal", 0.1, 1.5)),
    "weights": ({"class_weight": "balanced"}, Loss(0.4, "cross_entropy", 0.1, 2.0, (2 / 3, 2.0))),
}


@pytest.mark.parametrize(("values", "loss"), CONFIGURED.values(), ids=CONFIGURED)
def test_the_loss_is_the_configurations(values, loss):
    assert configured_loss(CONFIGURATION.with_values({"status_weight": 0.4, **values}), [0, 0, 0, 1]) == loss
