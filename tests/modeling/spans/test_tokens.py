"""Spans of tokens, against a brute-force reference."""

import itertools
import math

import pytest
import torch
from torch.nn import functional

from redsm5_hpo.modeling.spans.tokens import TokenSpanHead, TokenSpans
from tests.modeling.builders import batch, shape

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
    first, last = TokenSpans(start[None], end[None]).best()
    assert (int(first), int(last)) == max(spans, key=spans.get)


@pytest.mark.parametrize(("tokens", "seed"), CASES.values(), ids=CASES)
def test_the_odds_compare_all_spans_with_no_evidence(tokens, seed):
    start, end = window(tokens, range(1, tokens), seed)
    some, none = sum(brute_force(start.tolist(), end.tolist()).values()), math.exp(start[0] + end[0])
    p = some / (some + none)
    assert float(TokenSpans(start[None], end[None]).log_odds()) == pytest.approx(math.log(p / (1 - p)), abs=1e-4)


def test_a_span_never_ends_before_it_starts():
    start, end = (torch.tensor([[-9.0, *values]]).log_softmax(1) for values in ([0, 0, 0, 9], [9, 0, 0, 0]))
    first, last = TokenSpans(start, end).best()
    assert (int(first), int(last)) != (4, 1)
    assert first <= last


def test_spans_never_end_before_they_start_in_random_windows():
    windows = torch.stack([window(9, range(2, 8), seed) for seed in range(200)])
    first, last = TokenSpans(windows[:, 0], windows[:, 1]).best()
    assert (first <= last).all()
    assert ((first >= 2) & (last <= 7)).all()


def test_a_window_without_text_has_log_odds_of_minus_infinity():
    start, end = window(6, (), 0)
    assert TokenSpans(start[None], end[None]).log_odds().tolist() == [NOTHING]


def test_only_text_and_position_0_have_a_probability():
    tokens = batch(9, 6, padding=2)
    torch.manual_seed(0)
    found = TokenSpanHead(4, shape())(torch.randn(2, 11, 4), tokens)
    allowed = tokens.text_mask
    allowed[:, 0] = True
    assert torch.equal(found.start.isfinite(), allowed)
    assert torch.equal(found.end.isfinite(), allowed)


def test_windows_are_independent():
    windows = torch.stack([window(7, range(1, 6), seed) for seed in range(5)])
    together = TokenSpans(windows[:, 0], windows[:, 1])
    alone = [TokenSpans(one[None, 0], one[None, 1]) for one in windows]
    torch.testing.assert_close(torch.cat([each.log_odds() for each in alone]), together.log_odds())
    for side in (0, 1):
        assert torch.cat([each.best()[side] for each in alone]).tolist() == together.best()[side].tolist()


START, END = (torch.randn(4, 6, generator=torch.Generator().manual_seed(seed)).log_softmax(1) for seed in (1, 2))
GOLD = [[(0, 0)], [(2, 4)], [(1, 1), (3, 5)], [(1, 2), (3, 3), (4, 5)]]
PADDED = torch.tensor([[*spans, *[(-1, -1)] * (3 - len(spans))] for spans in GOLD])


def test_a_loss_is_minus_the_log_of_the_gold_spans_summed_probability():
    start, end = START.exp().tolist(), END.exp().tolist()
    likelihoods = [sum(start[row][i] * end[row][j] for i, j in spans) for row, spans in enumerate(GOLD)]
    expected = [-math.log(likelihood) for likelihood in likelihoods]
    assert TokenSpans(START, END).losses(PADDED).tolist() == pytest.approx(expected, rel=1e-5)


def test_a_loss_does_not_depend_on_the_order_of_gold_spans_or_on_padding():
    permuted = torch.stack([row[torch.tensor([2, 0, 1])] for row in PADDED])
    more = torch.cat([permuted, torch.full((4, 2, 2), -1)], dim=1)
    spans = TokenSpans(START, END)
    assert torch.allclose(spans.losses(more), spans.losses(PADDED))


def test_the_uniform_loss_is_torchs_cross_entropy_with_uniform_ends():
    uniform = torch.full((4, 6), 1 / 6)
    expected = sum(functional.cross_entropy(scores, uniform, reduction="none") for scores in (START, END))
    assert torch.allclose(TokenSpans(START, END).uniform_losses(), expected)


def test_the_uniform_loss_is_over_allowed_positions_alone():
    padded = (functional.pad(scores, (0, 3), value=NOTHING) for scores in (START, END))
    assert torch.allclose(TokenSpans(*padded).uniform_losses(), TokenSpans(START, END).uniform_losses())
