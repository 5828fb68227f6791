"""The highest layer for the first token only equals the whole layer."""

import pytest
import torch

from redsm5_hpo.modeling.cpu import use_cpu_dropout
from redsm5_hpo.modeling.encoders import add_lora, layers_of, load_encoder
from redsm5_hpo.modeling.encoding import encode, encode_below, encode_first
from redsm5_hpo.modeling.inputs import LowerStates, TokenBatch
from tests.modeling.builders import batch, build
from tests.tiny_encoders import FAMILIES

TOKENS = batch(9, 5, 7)
SHORTCUT = [family for family in FAMILIES if family not in ("deberta_v2", "modernbert")]


@pytest.fixture(params=FAMILIES)
def encoder(request, tiny):
    return load_encoder(tiny[request.param], "eager").eval()


@pytest.mark.parametrize("below", [0, 1, 2])
def test_the_states_equal_those_of_the_whole_layer(encoder, below):
    tokens = TOKENS
    if below:
        tokens = tokens.resumed_from(LowerStates(encode_below(encoder, tokens, below), below))
    found = encode_first(encoder, tokens)
    assert found.shape == (3, 1, 32)
    torch.testing.assert_close(found, encode(encoder, TOKENS)[:, :1], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("adapted", [False, True], ids=["all weights", "adapters"])
def test_the_gradients_equal_those_of_the_whole_layer(encoder, adapted):
    if adapted:
        torch.manual_seed(3)
        add_lora(encoder, rank=2, alpha=4, targets="all_linear")
        for name, weight in encoder.named_parameters():
            if ".lora_B." in name:  # zero in a new adapter
                torch.nn.init.normal_(weight, std=0.1)
    gradients, excluded = [], f"encoder.layer.{len(layers_of(encoder)) - 1}.attention.self.key.bias"
    for states in (encode_first(encoder, TOKENS), encode(encoder, TOKENS)[:, :1]):
        encoder.zero_grad()
        states.square().sum().backward()
        found = ((name, weight.grad) for name, weight in encoder.named_parameters())
        # Softmax does not depend on a bias of the keys, whose gradient is None here and noise there.
        gradients.append({name: g.clone() for name, g in found if g is not None and name != excluded})
    torch.testing.assert_close(*gradients, atol=3e-5, rtol=1e-4)  # sums over all tokens, rounded in another order


def test_padding_does_not_change_the_states(encoder):
    padded = batch(9, 5, 7, padding=4)
    torch.testing.assert_close(encode_first(encoder, padded), encode_first(encoder, TOKENS), atol=1e-5, rtol=1e-5)


def set_dropout_of_layer(layer, hidden, attention):
    for name, module in layer.named_modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = attention if name.endswith("attention.self.dropout") else hidden


def copied(tokens, times):
    """Copies of a one-window batch."""
    fields = (tokens.input_ids, tokens.attention_mask, tokens.token_type_ids)
    return TokenBatch(*(each.expand(times, -1) for each in fields), tokens.sentences.expand(times, -1, -1))


@pytest.mark.parametrize(("hidden", "attention"), [(0.3, 0.0), (0.0, 0.3)], ids=["of states", "of attention"])
@pytest.mark.parametrize("family", SHORTCUT)
def test_dropout_has_the_distribution_of_the_whole_layer(tiny, family, hidden, attention):
    encoder = load_encoder(tiny[family], "eager")
    use_cpu_dropout(encoder)
    set_dropout_of_layer(layers_of(encoder)[-1].train(), hidden, attention)
    copies, draws = copied(batch(9), 600), []  # each has its own masks
    with torch.no_grad():
        for run in (encode_first, lambda *args: encode(*args)[:, :1]):
            torch.manual_seed(1)
            draws.append(run(encoder, copies))
    mean, spread = ([getattr(draw, kind)(0) for draw in draws] for kind in ("mean", "std"))
    assert float(spread[0].mean()) > 0.01
    torch.testing.assert_close(spread[0].mean(), spread[1].mean(), rtol=0.1, atol=0)
    assert float((mean[0] - mean[1]).abs().mean()) < float(spread[0].mean()) / 10


@pytest.mark.parametrize("architecture", ["criteria", "joint"])
@pytest.mark.parametrize("family", SHORTCUT)
def test_only_cls_pooling_takes_the_shortcut(tiny, family, architecture):
    for pooling, most in (("cls", 1), ("mean", 9)):
        model, seen = build(architecture, tiny[family], pooling=pooling), []
        top = layers_of(model.encoders[-1])[-1]
        top.get_submodule("intermediate").register_forward_hook(lambda *call, seen=seen: seen.append(call[2].shape[1]))
        model(TOKENS, TOKENS)
        assert seen == [most]
