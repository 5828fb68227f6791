"""An encoder that is split between two layers computes the same states as the whole."""

from dataclasses import replace

import pytest
import torch

from redsm5_hpo.modeling import mask_of_encoder as mask_module
from redsm5_hpo.modeling.cpu import CPU_ATTENTION
from redsm5_hpo.modeling.encoders import layers_of, load_encoder, uses_token_types
from redsm5_hpo.modeling.encoding import encode, encode_below
from redsm5_hpo.modeling.inputs import LowerStates
from redsm5_hpo.modeling.mask_of_encoder import mask_of_encoder
from tests.dispatched import Dispatched
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


def known(*lengths):
    """A batch that knows whether a window is padded, as those of a fit do."""
    return replace(batch(*lengths), padded=len(set(lengths)) > 1)


def computed(encoder, states, tokens, precision):
    """States of the tokens and the gradients of all weights, from the same dropout."""
    torch.manual_seed(0)
    encoder.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
        real = states().float()[tokens.attention_mask.bool()]
    (real * torch.arange(real.numel()).view_as(real).cos()).sum().backward()
    return [real.detach(), *(each.grad.clone() for each in encoder.parameters() if each.grad is not None)]


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("lengths", [LENGTHS, (7, 7, 7)], ids=["padded", "not padded"])
@pytest.mark.parametrize("attention", [CPU_ATTENTION, "sdpa"])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_mask_changes_no_bit_of_what_transformers_computes(tiny, family, attention, lengths, precision):
    same_bits(load_encoder(tiny[family], attention).train(), known(*lengths), precision)


def same_bits(encoder, tokens, precision):
    """Compare an encoder with what transformers computes from the mask of padding."""
    inputs = {"input_ids": tokens.input_ids, "attention_mask": tokens.attention_mask}
    if uses_token_types(encoder):
        inputs["token_type_ids"] = tokens.token_type_ids
    found = computed(encoder, lambda: encode(encoder, tokens), tokens, precision)
    expected = computed(encoder, lambda: encoder(**inputs).last_hidden_state, tokens, precision)
    assert len(found) == len(expected)
    assert all(map(torch.equal, found, expected))


@pytest.fixture
def masks_of_a_gpu(monkeypatch):
    monkeypatch.setattr(mask_module, "_on_gpu", lambda _: True)


# Beyond the reach of local attention, or not.
WINDOWS = {"padded": (40, 30, 7), "not padded": (40, 40), "short, padded": (5, 4), "short": (5, 5)}


@pytest.mark.usefixtures("masks_of_a_gpu")
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("lengths", WINDOWS.values(), ids=WINDOWS)
def test_the_masks_of_local_and_global_layers_are_those_of_transformers(tiny, lengths, precision):
    same_bits(load_encoder(tiny["modernbert"], "sdpa").train(), known(*lengths), precision)


@pytest.mark.parametrize("lengths", WINDOWS.values(), ids=WINDOWS)
def test_on_a_processor_transformers_makes_the_masks_of_whole_windows(tiny, lengths):
    tokens = known(*lengths)
    assert mask_of_encoder(load_encoder(tiny["modernbert"], "sdpa"), tokens) is tokens.attention_mask


@pytest.mark.usefixtures("masks_of_a_gpu")
@pytest.mark.parametrize("isolated", [False, True], ids=["windows", "isolated sentences"])
@pytest.mark.parametrize("lengths", [LENGTHS, (7, 7, 7)], ids=["padded", "not padded"])
@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "deberta_v2"])
def test_the_host_waits_for_no_value(tiny, family, lengths, isolated):
    encoder, tokens = load_encoder(tiny[family], "sdpa"), replace(known(*lengths), isolated=isolated)
    with Dispatched() as dispatched:
        encode(encoder, tokens)
    assert dispatched.reads == []
