"""Runs of sentences, against a brute-force reference."""

import math

import pytest
import torch

from redsm5_hpo.modeling.spans.sentence_runs import SentenceRunHead, SentenceRuns, run_sums
from tests.modeling.builders import batch, shape

SIZES = (3, 1, 4, 2)  # tokens of the sentences of a window, after one special token
LONGEST = 3


def membership(*windows):
    """(B, S, T) of windows with these sizes of sentences."""
    members = torch.zeros(len(windows), max(map(len, windows)), 1 + max(map(sum, windows)), dtype=torch.bool)
    for row, sizes in enumerate(windows):
        for number, size in enumerate(sizes):
            start = 1 + sum(sizes[:number])
            members[row, number, start : start + size] = True
    return members


def distribution(*windows, seed=0, longest=LONGEST):
    """Random log probabilities over the runs of windows with these sizes of sentences."""
    members = membership(*windows)
    scores = torch.randn(len(windows), 1 + members.shape[1] * longest, generator=torch.Generator().manual_seed(seed))
    shown = torch.tensor(
        [[s + k < len(sizes) for s in range(members.shape[1]) for k in range(longest)] for sizes in windows]
    )
    scores[:, 1:] = (2 * scores[:, 1:]).masked_fill(~shown, float("-inf"))
    every = scores.log_softmax(1)
    return SentenceRuns(every[:, 0], every[:, 1:].view(len(windows), -1, longest), members)


def tokens_of(run, sizes=SIZES):
    first, count = run
    return set(range(1 + sum(sizes[:first]), 1 + sum(sizes[: first + count])))


def runs(sizes=SIZES, longest=LONGEST):
    every = [(first, count) for first in range(len(sizes)) for count in range(1, longest + 1)]
    return [(first, count) for first, count in every if first + count <= len(sizes)]


def f1(first, second):
    return 2 * len(first & second) / (len(first) + len(second))


def probability(found, run, row=0):
    return math.exp(found.runs[row, run[0], run[1] - 1])


@pytest.mark.parametrize("longest", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", range(10))
def test_the_best_run_has_the_highest_expected_token_f1(seed, longest):
    found = distribution(SIZES, seed=seed, longest=longest)
    every = runs(longest=longest)
    expected = {
        run: sum(probability(found, other) * f1(tokens_of(run), tokens_of(other)) for other in every) for run in every
    }
    first, last = (int(token) for token in found.best())
    best = tokens_of(max(expected, key=expected.get))
    assert (first, last) == (min(best), max(best))


def test_the_odds_compare_all_runs_with_no_evidence():
    found = distribution(SIZES)
    some = sum(probability(found, run) for run in runs())
    assert float(found.log_odds()) == pytest.approx(math.log(some / math.exp(found.none)), abs=1e-5)


GOLD = {
    "a sentence": ([(1, 3)], [(0, 1)]),
    "two sentences": ([(4, 8)], [(1, 2)]),
    "a part of a sentence": ([(6, 7)], [(2, 1)]),
    "parts of two sentences, of which one is nearer": ([(4, 5)], [(1, 1)]),
    "more sentences than a run has": ([(1, 10)], [(0, 3)]),
    "two spans": ([(1, 3), (9, 10)], [(0, 1), (3, 1)]),
    "two spans in one sentence": ([(5, 5), (7, 8)], [(2, 1)]),
    "none": ([(0, 0)], []),
}


@pytest.mark.parametrize(("gold", "nearest"), GOLD.values(), ids=GOLD)
def test_a_loss_is_minus_the_log_of_the_summed_probability_of_the_nearest_runs(gold, nearest):
    found = distribution(SIZES)
    padded = torch.tensor([[*gold, (-1, -1)]])
    likelihood = sum(probability(found, run) for run in nearest) or math.exp(found.none)
    assert float(found.losses(padded)) == pytest.approx(-math.log(likelihood), rel=1e-5)


def test_the_uniform_loss_is_over_the_runs_that_there_are_and_none():
    found = distribution((2, 2), SIZES)
    for row, sizes in enumerate(((2, 2), SIZES)):
        logs = [float(found.none[row]), *(math.log(probability(found, run, row)) for run in runs(sizes))]
        assert float(found.uniform_losses()[row]) == pytest.approx(-sum(logs) / len(logs), rel=1e-5)


def test_windows_are_independent():
    together = distribution(SIZES, (1, 1), (2,))
    for row, sizes in enumerate((SIZES, (1, 1), (2,))):
        members = membership(sizes)
        own = SentenceRuns(together.none[[row]], together.runs[[row], : len(sizes)], members)
        assert [int(token) for token in own.best()] == [int(token[row]) for token in together.best()]
        assert float(own.log_odds()) == pytest.approx(float(together.log_odds()[row]), abs=1e-5)


def test_a_window_without_text_beside_a_longer_one_has_position_0_as_its_best_run():
    assert [int(token[1]) for token in distribution(SIZES, ()).best()] == [0, 0]


def test_the_mean_is_that_of_probabilities():
    first, second = distribution(SIZES, seed=1), distribution(SIZES, seed=2)
    mean = first.mean([second])
    assert torch.allclose(mean.runs.exp(), (first.runs.exp() + second.runs.exp()) / 2)
    assert torch.allclose(mean.none.exp(), (first.none.exp() + second.none.exp()) / 2)


def head(**values):
    torch.manual_seed(0)
    return SentenceRunHead(4, shape(**values)).eval()


STATES = torch.randn(2, 9, 4, generator=torch.Generator().manual_seed(3))


def test_the_score_of_a_run_is_the_sum_over_its_sentences_and_the_bias_of_its_length():
    model = head()
    torch.nn.init.constant_(model.length_bias, 0.5)
    found = model(STATES, batch(9, 6))
    scores = found.runs[0] - found.none[0]
    assert torch.allclose(scores[0, 1], scores[0, 0] + scores[1, 0] - 0.5, atol=1e-5)


def test_a_run_does_not_go_beyond_the_last_sentence():
    found = head(max_evidence_sentences=3)(STATES, batch(9, 6))  # three sentences and one
    shown = [
        [[True, True, True], [True, True, False], [True, False, False]],
        [[True, False, False], *[[False] * 3] * 2],
    ]
    assert found.runs.isfinite().tolist() == shown


def test_at_first_most_windows_have_no_evidence():
    torch.manual_seed(0)
    found = SentenceRunHead(64, shape()).eval()(torch.randn(2, 9, 64) / 8, batch(9, 6))
    assert (found.log_odds() < 0).all()


def test_a_head_reads_the_criterion():
    tokens = batch(9, 6)
    changed = STATES.clone()
    changed[:, 1] += 1.0  # a token of the criterion
    model = head()
    assert not torch.allclose(model(STATES, tokens).none, model(changed, tokens).none)


@pytest.mark.parametrize("longest", [1, 2, 4])
def test_run_sums_are_the_sums_of_slices(longest):
    values = torch.arange(1.0, 6.0)
    expected = [[float(values[s : s + k + 1].sum()) for k in range(longest)] for s in range(5)]
    assert run_sums(values, longest).tolist() == expected
