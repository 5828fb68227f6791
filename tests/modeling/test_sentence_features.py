"""The features of sentences."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from redsm5_hpo.modeling.sentence_features import sentence_features
from tests.modeling.builders import batch

TOKENS = batch(8, 5, text_from=3)  # the second window has the first sentence alone
SIZE = 4
STATES = torch.randn(2, 8, SIZE, generator=torch.Generator().manual_seed(0))


def parts(states=STATES, tokens=TOKENS):
    return sentence_features(states, tokens).chunk(3, dim=-1)


def test_the_features_are_the_known_values():
    sentence, asked, agreement = (part[0, 0] for part in parts())
    mean, beside = STATES[0, 3:5].mean(0), STATES[0, [0, 1, 2, 7]].mean(0)
    torch.testing.assert_close(sentence, functional.normalize(mean, dim=0))
    torch.testing.assert_close(asked, functional.normalize(beside, dim=0))
    torch.testing.assert_close(agreement, sentence * asked * SIZE**0.5)


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_the_scale_of_the_states_changes_nothing(scale):
    torch.testing.assert_close(sentence_features(STATES * scale, TOKENS), sentence_features(STATES, TOKENS))


def test_a_sentence_without_tokens_has_no_features_of_its_own():
    sentence, asked, agreement = parts()
    assert torch.equal(sentence[1, 1], torch.zeros(SIZE))
    assert torch.equal(agreement[1, 1], torch.zeros(SIZE))
    assert torch.equal(asked[1, 1], asked[1, 0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_gradients_are_finite_where_a_sentence_has_no_tokens(dtype):
    states = STATES.clone().to(dtype).requires_grad_()
    sentence_features(states, TOKENS).sum().backward()
    assert states.grad.isfinite().all()
    assert states.grad[0].any()


def test_white_space_of_the_text_is_no_part_of_the_criterion():
    sentences = TOKENS.sentences.clone()
    sentences[0, :, 4] = False  # a token between two of the text
    tokens = replace(TOKENS, sentences=sentences)
    changed = STATES.clone()
    changed[0, 4] += 5.0
    assert torch.equal(sentence_features(changed, tokens), sentence_features(STATES, tokens))
