"""What a fit minimises, against the definition written out."""

import math

import pytest
import torch
from torch.nn import functional

from redsm5_hpo.modeling.inputs import Outputs
from redsm5_hpo.training.losses import batch_loss, span_loss, status_loss


def log_probabilities(rows, columns, seed):
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed)).log_softmax(1)


STATUS, TRUTH = log_probabilities(4, 2, 0), torch.tensor([0, 1, 1, 0])
START, END = log_probabilities(4, 6, 1), log_probabilities(4, 6, 2)
GOLD = [[(0, 0)], [(2, 4)], [(1, 1), (3, 5)], [(1, 2), (3, 3), (4, 5)]]
PADDED = torch.tensor([[*spans, *[(-1, -1)] * (3 - len(spans))] for spans in GOLD])


def test_span_loss_is_minus_the_log_of_the_gold_spans_summed_probability():
    start, end = START.exp().tolist(), END.exp().tolist()
    likelihoods = [sum(start[row][i] * end[row][j] for i, j in spans) for row, spans in enumerate(GOLD)]
    expected = sum(-math.log(likelihood) for likelihood in likelihoods) / len(GOLD)
    assert float(span_loss(START, END, PADDED)) == pytest.approx(expected, rel=1e-5)


def test_span_loss_does_not_depend_on_the_order_of_gold_spans_or_on_padding():
    turned = torch.stack([row[torch.tensor([2, 0, 1])] for row in PADDED])
    more = torch.cat([turned, torch.full((4, 2, 2), -1)], dim=1)
    assert torch.allclose(span_loss(START, END, more), span_loss(START, END, PADDED))


def test_span_loss_has_finite_gradients_where_positions_are_forbidden():
    scores = torch.zeros(1, 4, requires_grad=True)
    start = scores.masked_fill(torch.tensor([[False, True, False, False]]), float("-inf")).log_softmax(1)
    span_loss(start, start, torch.tensor([[[2, 3], [-1, -1]]])).backward()
    assert scores.grad.isfinite().all()
    assert scores.grad[0, 2] < 0 < scores.grad[0, 0]


def test_status_loss_is_cross_entropy():
    scores = torch.randn(4, 2, generator=torch.Generator().manual_seed(5))
    found = status_loss(Outputs(scores.log_softmax(1), None, None), TRUTH)
    assert torch.allclose(found, functional.cross_entropy(scores, TRUTH))


@pytest.mark.parametrize("weight", [0.1, 0.5, 0.9])
def test_two_heads_have_the_weighted_mean_of_their_losses(weight):
    status, spans = status_loss(Outputs(STATUS, None, None), TRUTH), span_loss(START, END, PADDED)
    found = batch_loss(Outputs(STATUS, START, END), TRUTH, PADDED, weight)
    assert torch.allclose(found, weight * status + (1 - weight) * spans)


ALONE = {
    "status": (Outputs(STATUS, None, None), status_loss(Outputs(STATUS, None, None), TRUTH)),
    "spans": (Outputs(None, START, END), span_loss(START, END, PADDED)),
}


@pytest.mark.parametrize(("outputs", "expected"), ALONE.values(), ids=ALONE)
def test_one_head_has_its_own_loss_whatever_the_weight(outputs, expected):
    assert {float(batch_loss(outputs, TRUTH, PADDED, weight)) for weight in (0.1, 0.9)} == {float(expected)}
