"""The highest layer, run for the first token alone, says what the whole layer says."""

import pytest
import torch

from redsm5_hpo.modeling.dropout import use_cheap_dropout
from redsm5_hpo.modeling.encoders import add_lora, layers_of, load_encoder
from redsm5_hpo.modeling.encoding import encode, encode_below, encode_first
from redsm5_hpo.modeling.inputs import LowerStates, TokenBatch
from tests.modeling.builders import batch, build
from tests.tiny_encoders import FAMILIES

TOKENS = batch(9, 5, 7)
SHORTCUT = [family for family in FAMILIES if family != "deberta_v2"]


@pytest.fixture(params=FAMILIES)
def encoder(request, tiny):
    return load_encoder(tiny[request.param], "eager").eval()


@pytest.mark.parametrize("below", [0, 1, 2])
def test_the_first_token_says_what_it_says_among_all(encoder, below):
    tokens = TOKENS
    if below:
        tokens = tokens.going_on_from(LowerStates(encode_below(encoder, tokens, below), below))
    found = encode_first(encoder, tokens)
    assert found.shape == (3, 1, 32)
    torch.testing.assert_close(found, encode(encoder, TOKENS)[:, :1], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("adapted", [False, True], ids=["all weights", "adapters"])
def test_it_learns_what_it_learns_among_all(encoder, adapted):
    if adapted:
        torch.manual_seed(3)
        add_lora(encoder, rank=2, alpha=4, targets="all_linear")
        for name, weight in encoder.named_parameters():
            if ".lora_B." in name:  # zero in a fresh adapter
                torch.nn.init.normal_(weight, std=0.1)
    gradients, unseen = [], f"encoder.layer.{len(layers_of(encoder)) - 1}.attention.self.key.bias"
    for states in (encode_first(encoder, TOKENS), encode(encoder, TOKENS)[:, :1]):
        encoder.zero_grad()
        states.square().sum().backward()
        learning = ((name, weight.grad) for name, weight in encoder.named_parameters())
        # Softmax does not see a bias of the keys, whose gradient is none here and noise there.
        gradients.append({name: g.clone() for name, g in learning if g is not None and name != unseen})
    torch.testing.assert_close(*gradients, atol=1e-5, rtol=1e-4)


def test_padding_changes_nothing(encoder):
    padded = batch(9, 5, 7, padding=4)
    torch.testing.assert_close(encode_first(encoder, padded), encode_first(encoder, TOKENS), atol=1e-5, rtol=1e-5)


def drops(layer, hidden, attention):
    for name, module in layer.named_modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = attention if name.endswith("attention.self.dropout") else hidden


def copied(tokens, times):
    """One window, so many times."""
    fields = (tokens.input_ids, tokens.attention_mask, tokens.token_type_ids, tokens.text_mask)
    return TokenBatch(*(each.expand(times, -1) for each in fields))


@pytest.mark.parametrize(("hidden", "attention"), [(0.3, 0.0), (0.0, 0.3)], ids=["of states", "of attention"])
@pytest.mark.parametrize("family", SHORTCUT)
def test_dropout_is_as_among_all(tiny, family, hidden, attention):
    encoder = load_encoder(tiny[family], "eager")
    use_cheap_dropout(encoder)
    drops(layers_of(encoder)[-1].train(), hidden, attention)
    copies, draws = copied(batch(9), 600), []  # each has masks of its own
    with torch.no_grad():
        for run in (encode_first, lambda *asked: encode(*asked)[:, :1]):
            torch.manual_seed(1)
            draws.append(run(encoder, copies))
    mean, spread = ([getattr(draw, kind)(0) for draw in draws] for kind in ("mean", "std"))
    assert float(spread[0].mean()) > 0.01
    torch.testing.assert_close(spread[0].mean(), spread[1].mean(), rtol=0.1, atol=0)
    assert float((mean[0] - mean[1]).abs().mean()) < float(spread[0].mean()) / 10


@pytest.mark.parametrize("architecture", ["criteria", "joint"])
@pytest.mark.parametrize("family", SHORTCUT)
def test_cls_pooling_alone_takes_the_shortcut(tiny, family, architecture):
    for pooling, most in (("cls", 1), ("mean", 9)):
        model, seen = build(architecture, tiny[family], pooling=pooling), []
        top = layers_of(model.encoders[-1])[-1]
        top.get_submodule("intermediate").register_forward_hook(lambda *call, seen=seen: seen.append(call[2].shape[1]))
        model(TOKENS, TOKENS)
        assert seen == [most]
