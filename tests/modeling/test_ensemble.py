"""From log probabilities to log odds, and the mean of several models."""

import pytest
import torch

from redsm5_hpo.modeling.ensemble import mean_outputs, status_log_odds
from redsm5_hpo.modeling.inputs import Outputs
from redsm5_hpo.modeling.spans.tokens import TokenSpans


def log_probabilities(columns, seed):
    return torch.randn(2, columns, generator=torch.Generator().manual_seed(seed)).log_softmax(1)


def outputs(seed):
    return Outputs(
        log_probabilities(2, seed), TokenSpans(log_probabilities(4, seed + 1), log_probabilities(4, seed + 2))
    )


def tensors(found):
    return (found.status, found.spans.start, found.spans.end)


def test_status_odds_are_the_log_of_present_to_absent():
    odds = torch.tensor([[0.25, 0.75], [0.9, 0.1]]).log()
    assert torch.allclose(status_log_odds(odds), torch.tensor([3.0, 1 / 9]).log())


@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_mean_of_equal_outputs_is_the_output(count):
    mean = mean_outputs([outputs(0)] * count)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(tensors(mean), tensors(outputs(0)), strict=True))


def test_the_mean_is_that_of_probabilities():
    first, second = outputs(0), outputs(10)
    for mean, a, b in zip(*map(tensors, (mean_outputs([first, second]), first, second)), strict=True):
        assert torch.allclose(mean.exp(), (a.exp() + b.exp()) / 2)


MISSING = {"status": Outputs(None, outputs(0).spans), "spans": Outputs(outputs(0).status, None)}


@pytest.mark.parametrize("name", MISSING)
def test_the_mean_of_a_missing_output_is_missing(name):
    assert getattr(mean_outputs([MISSING[name]] * 2), name) is None
