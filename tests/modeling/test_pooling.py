"""The poolings."""

import pytest
import torch
from torch.nn import functional

from redsm5_hpo.modeling.inputs import TokenBatch
from redsm5_hpo.modeling.pooling import POOLINGS, make_pooling

STATES = torch.tensor([[[1.0, -4.0], [3.0, -2.0], [8.0, -9.0]], [[5.0, -7.0], [99.0, 99.0], [99.0, 99.0]]])
MASK = torch.tensor([[1, 1, 1], [1, 0, 0]])
KNOWN = {
    "cls": [[1.0, -4.0], [5.0, -7.0]],
    "mean": [[4.0, -5.0], [5.0, -7.0]],
    "max": [[8.0, -2.0], [5.0, -7.0]],
}


def tokens(mask):
    """Windows whose first token is the criterion's; each other token is a sentence."""
    rows, length = mask.shape
    sentences = torch.eye(length).bool()[1:].expand(rows, -1, -1) & mask.bool().unsqueeze(1)
    return TokenBatch(torch.zeros_like(mask), mask, torch.zeros_like(mask), sentences)


def pool(name, states=STATES, mask=MASK):
    torch.manual_seed(0)
    return make_pooling(name, states.shape[-1])(states, tokens(mask))


@pytest.mark.parametrize(("name", "expected"), KNOWN.items(), ids=KNOWN)
def test_pooling_gives_the_known_values(name, expected):
    assert torch.equal(pool(name), torch.tensor(expected))


@pytest.mark.parametrize("junk", [0.0, 1e6, -1e6], ids=["zeros", "large", "very negative"])
@pytest.mark.parametrize("name", POOLINGS)
def test_pooling_ignores_padding(name, junk):
    padded = torch.cat([STATES, torch.full((2, 2, 2), junk)], dim=1)
    mask = torch.cat([MASK, torch.zeros(2, 2, dtype=torch.int64)], dim=1)
    assert torch.allclose(pool(name, padded, mask), pool(name))


@pytest.mark.parametrize("name", ("mean", "max", "attention", "sentences"))
def test_pooling_reads_every_token(name):
    for token in range(3):
        changed = STATES.clone()
        changed[0, token] += 20.0
        assert not torch.allclose(pool(name, changed)[0], pool(name)[0])


def test_attention_pooling_is_a_convex_combination():
    torch.manual_seed(0)
    pooling = make_pooling("attention", 3)
    states = torch.cat([torch.eye(3), torch.full((1, 3), 7.0)]).unsqueeze(0)  # pooled states are the weights themselves
    weights = pooling(states, tokens(torch.tensor([[1, 1, 1, 0]])))[0]
    assert torch.allclose(weights.sum(), torch.tensor(1.0))
    assert (weights > 0).all()


def test_attention_pooling_weighs_by_its_score():
    pooling = make_pooling("attention", 2)
    torch.nn.init.constant_(pooling.score.weight, 1.0)
    weights = torch.tensor([-3.0, 1.0, -1.0]).softmax(0)  # the sums of the features
    assert torch.allclose(pooling(STATES, tokens(MASK))[0], weights @ STATES[0])


@pytest.mark.parametrize("name", POOLINGS)
def test_pooling_keeps_half_precision(name):
    pooled = make_pooling(name, 2).bfloat16()(STATES.bfloat16(), tokens(MASK))
    assert pooled.dtype is torch.bfloat16
    assert pooled.isfinite().all()


def test_sentence_pooling_is_a_convex_combination_of_the_features_of_sentences():
    pooling = make_pooling("sentences", 2)
    torch.nn.init.zeros_(pooling.score.weight)  # all sentences weigh the same
    asked, first, second = functional.normalize(STATES[0])
    mean = (first + second) / 2
    assert torch.allclose(pooling(STATES, tokens(MASK))[0], torch.cat([mean, asked, mean * asked * 2**0.5]))


@pytest.mark.parametrize(("name", "size"), {**dict.fromkeys(POOLINGS, 2), "sentences": 6}.items(), ids=POOLINGS)
def test_a_pooling_names_the_size_of_its_output(name, size):
    assert (make_pooling(name, 2).size, pool(name).shape[1]) == (size, size)


def test_an_unknown_pooling_is_refused():
    with pytest.raises(KeyError):
        make_pooling("sum", 2)
