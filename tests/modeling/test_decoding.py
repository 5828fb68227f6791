"""From log probabilities to predictions, against a brute-force reference."""

import itertools
import math

import pytest
import torch

from redsm5_hpo.modeling.decoding import best_spans, mean_outputs, status_log_odds
from redsm5_hpo.modeling.inputs import Outputs

NOTHING = float("-inf")


def window(tokens, text, seed):
    """Random log probabilities of one window over the tokens of `text` and position 0."""
    scores = torch.randn(2, tokens, generator=torch.Generator().manual_seed(seed)) * 3
    allowed = torch.zeros(tokens, dtype=torch.bool)
    allowed[[0, *text]] = True
    return scores.masked_fill(~allowed, NOTHING).log_softmax(1)


def brute_force(start, end):
    """Probability of every span, by its first and last token."""
    tokens = range(1, len(start))
    return {(i, j): math.exp(start[i] + end[j]) for i, j in itertools.product(tokens, tokens) if i <= j}


CASES = {f"{tokens} tokens, seed {seed}": (tokens, seed) for tokens in (2, 5, 12) for seed in range(8)}


@pytest.mark.parametrize(("tokens", "seed"), CASES.values(), ids=CASES)
def test_the_best_span_is_the_brute_force_one(tokens, seed):
    start, end = window(tokens, range(1, tokens), seed)
    spans = brute_force(start.tolist(), end.tolist())
    first, last, _ = best_spans(start[None], end[None])
    assert (int(first), int(last)) == max(spans, key=spans.get)


@pytest.mark.parametrize(("tokens", "seed"), CASES.values(), ids=CASES)
def test_the_odds_compare_all_spans_with_no_evidence(tokens, seed):
    start, end = window(tokens, range(1, tokens), seed)
    some, none = sum(brute_force(start.tolist(), end.tolist()).values()), math.exp(start[0] + end[0])
    p = some / (some + none)
    assert float(best_spans(start[None], end[None])[2]) == pytest.approx(math.log(p / (1 - p)), abs=1e-4)


def test_a_span_never_ends_before_it_starts():
    start, end = (torch.tensor([[-9.0, *values]]).log_softmax(1) for values in ([0, 0, 0, 9], [9, 0, 0, 0]))
    first, last, _ = best_spans(start, end)
    assert (int(first), int(last)) != (4, 1)
    assert first <= last


def test_spans_never_end_before_they_start_in_random_windows():
    windows = torch.stack([window(9, range(2, 8), seed) for seed in range(200)])
    first, last, _ = best_spans(windows[:, 0], windows[:, 1])
    assert (first <= last).all()
    assert ((first >= 2) & (last <= 7)).all()


def test_a_window_without_text_has_log_odds_of_minus_infinity():
    start, end = window(6, (), 0)
    assert best_spans(start[None], end[None])[2].tolist() == [NOTHING]


def test_windows_are_independent():
    windows = torch.stack([window(7, range(1, 6), seed) for seed in range(5)])
    together = best_spans(windows[:, 0], windows[:, 1])
    alone = [best_spans(one[None, 0], one[None, 1]) for one in windows]
    for parts, whole in zip(zip(*alone, strict=True), together, strict=True):
        torch.testing.assert_close(torch.cat(parts), whole)


def test_status_odds_are_the_log_of_present_to_absent():
    log_probabilities = torch.tensor([[0.25, 0.75], [0.9, 0.1]]).log()
    assert torch.allclose(status_log_odds(log_probabilities), torch.tensor([3.0, 1 / 9]).log())


def outputs(seed):
    return Outputs(*(window(4, (1, 2, 3), seed + step) for step in range(3)))


@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_mean_of_equal_outputs_is_the_output(count):
    mean = mean_outputs([outputs(0)] * count)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(mean, outputs(0), strict=True))


def test_the_mean_is_that_of_probabilities():
    first, second = outputs(0), outputs(10)
    for mean, a, b in zip(mean_outputs([first, second]), first, second, strict=True):
        assert torch.allclose(mean.exp(), (a.exp() + b.exp()) / 2)


def test_the_mean_of_a_missing_output_is_missing():
    assert mean_outputs([Outputs(outputs(0).status, None, None)] * 2)[1:] == (None, None)
