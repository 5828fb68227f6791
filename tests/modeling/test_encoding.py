"""An encoder that is split between two layers computes the same states as the whole."""

import pytest
import torch

from redsm5_hpo.modeling.encoders import layers_of, load_encoder
from redsm5_hpo.modeling.encoding import encode, encode_below
from redsm5_hpo.modeling.inputs import LowerStates
from tests.modeling.builders import batch
from tests.tiny_encoders import FAMILIES, HIDDEN_SIZE

LENGTHS = (9, 5, 7)


@pytest.fixture(params=FAMILIES)
def encoder(request, tiny):
    return load_encoder(tiny[request.param], "eager").eval()


def above(encoder, tokens, layers=1):
    return tokens.resumed_from(LowerStates(encode_below(encoder, tokens, layers), layers))


def apart(encoder, tokens, layers):
    return encode(encoder, above(encoder, tokens, layers))


@pytest.mark.parametrize("layers", [1, 2])
def test_a_split_encoder_equals_the_whole(encoder, layers):
    tokens = batch(*LENGTHS)
    assert torch.equal(apart(encoder, tokens, layers), encode(encoder, tokens))


def test_with_all_layers_below_nothing_runs(encoder):
    tokens = batch(*LENGTHS)
    below = LowerStates(torch.randn(3, 9, HIDDEN_SIZE), len(layers_of(encoder)))
    assert encode(encoder, tokens.resumed_from(below)) is below.values


def test_the_upper_part_reads_the_states_it_is_given(encoder):
    tokens = batch(*LENGTHS)
    below = above(encoder, tokens).below
    changed = below._replace(values=below.values.roll(1, dims=-1))
    assert not torch.allclose(encode(encoder, tokens.resumed_from(changed)), encode(encoder, tokens), atol=1e-3)


def test_the_upper_part_ignores_padding(encoder):
    tokens = batch(*LENGTHS)
    below = above(encoder, tokens).below
    noise = torch.where(tokens.attention_mask.bool().unsqueeze(-1), below.values, torch.tensor(7.0))
    real = tokens.attention_mask.bool()
    torch.testing.assert_close(
        encode(encoder, tokens.resumed_from(below._replace(values=noise)))[real], encode(encoder, tokens)[real]
    )


def test_splitting_an_encoder_does_not_change_it(encoder):
    tokens = batch(*LENGTHS)
    before, names = encode(encoder, tokens), list(encoder.state_dict())
    apart(encoder, tokens, 1)
    assert list(encoder.state_dict()) == names
    assert torch.equal(encode(encoder, tokens), before)


def test_gradients_reach_only_the_layers_above(encoder):
    tokens = batch(*LENGTHS)
    below = above(encoder, tokens).below
    encode(encoder, tokens.resumed_from(below._replace(values=below.values.detach()))).sum().backward()
    lowest, highest = layers_of(encoder)
    assert all(parameter.grad is not None for parameter in highest.parameters() if parameter.dim() > 1)
    assert all(parameter.grad is None for parameter in (*encoder.embeddings.parameters(), *lowest.parameters()))
