"""An encoder that is entered between two layers says what it says as a whole."""

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
    return tokens.going_on_from(LowerStates(encode_below(encoder, tokens, layers), layers))


def apart(encoder, tokens, layers):
    return encode(encoder, above(encoder, tokens, layers))


@pytest.mark.parametrize("layers", [1, 2])
def test_both_parts_together_say_what_the_whole_says(encoder, layers):
    tokens = batch(*LENGTHS)
    assert torch.equal(apart(encoder, tokens, layers), encode(encoder, tokens))


def test_all_layers_below_leave_nothing_to_run(encoder):
    tokens = batch(*LENGTHS)
    below = LowerStates(torch.randn(3, 9, HIDDEN_SIZE), len(layers_of(encoder)))
    assert encode(encoder, tokens.going_on_from(below)) is below.values


def test_the_upper_part_reads_the_states_it_is_given(encoder):
    tokens = batch(*LENGTHS)
    below = above(encoder, tokens).below
    changed = below._replace(values=below.values.roll(1, dims=-1))
    assert not torch.allclose(encode(encoder, tokens.going_on_from(changed)), encode(encoder, tokens), atol=1e-3)


def test_the_upper_part_looks_at_no_padding(encoder):
    tokens = batch(*LENGTHS)
    below = above(encoder, tokens).below
    noise = torch.where(tokens.attention_mask.bool().unsqueeze(-1), below.values, torch.tensor(7.0))
    real = tokens.attention_mask.bool()
    torch.testing.assert_close(
        encode(encoder, tokens.going_on_from(below._replace(values=noise)))[real], encode(encoder, tokens)[real]
    )


def test_entering_an_encoder_leaves_it_as_it_was(encoder):
    tokens = batch(*LENGTHS)
    before, names = encode(encoder, tokens), list(encoder.state_dict())
    apart(encoder, tokens, 1)
    assert list(encoder.state_dict()) == names
    assert torch.equal(encode(encoder, tokens), before)


def test_gradients_reach_the_layers_above_alone(encoder):
    tokens = batch(*LENGTHS)
    below = above(encoder, tokens).below
    encode(encoder, tokens.going_on_from(below._replace(values=below.values.detach()))).sum().backward()
    lowest, highest = layers_of(encoder)
    assert all(parameter.grad is not None for parameter in highest.parameters() if parameter.dim() > 1)
    assert all(parameter.grad is None for parameter in (*encoder.embeddings.parameters(), *lowest.parameters()))
