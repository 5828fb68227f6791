"""What ModernBERT has and the other families have not: rotary positions and local layers."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from redsm5_hpo.modeling.encoders import Attention, load_encoder, load_tokenizer, window_limit
from redsm5_hpo.modeling.encoding import encode, encode_below
from redsm5_hpo.modeling.inputs import LowerStates
from tests.hostile import edit_json
from tests.modeling.builders import batch

LOCAL = 4  # neighbors on either side that a local layer of the tiny encoder sees


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_a_local_layer_sees_its_neighbors_alone(saved: dict[str, Path], attention: Attention) -> None:
    encoder = load_encoder(saved["modernbert"], attention).eval()
    tokens = batch(30)
    below = encode_below(encoder, tokens, 1)  # the layer above is local
    far = below.clone()
    far[:, 0] += 1
    states, changed = (encode(encoder, tokens.resumed_from(LowerStates(values, 1))) for values in (below, far))
    seen = (states != changed).any(-1)[0]
    assert seen[: LOCAL + 1].all()
    assert not seen[LOCAL + 1 :].any()


def test_on_a_cpu_its_attention_keeps_no_weights_of_long_windows(saved: dict[str, Path]) -> None:
    assert load_encoder(saved["modernbert"], "plain_products").config._attn_implementation == "sdpa"
    assert load_encoder(saved["bert"], "plain_products").config._attn_implementation == "plain_products"


def test_the_lowest_layer_sees_everything(saved: dict[str, Path]) -> None:
    encoder = load_encoder(saved["modernbert"]).eval()
    tokens = batch(30)
    other = replace(tokens, input_ids=tokens.input_ids.clone())
    other.input_ids[0, 0] += 1
    assert (encode_below(encoder, tokens, 1) != encode_below(encoder, other, 1)).any(-1).all()


def test_the_states_between_two_layers_are_not_normalized(saved: dict[str, Path]) -> None:
    encoder, tokens = load_encoder(saved["modernbert"]).eval(), batch(9)
    with torch.no_grad():
        encoder.final_norm.weight.zero_()
    assert encode_below(encoder, tokens, 1).abs().sum() > 0
    assert encode(encoder, tokens).abs().sum() == 0


def test_a_window_of_8192_tokens_is_one_window(copied) -> None:
    directory = copied("modernbert")
    edit_json(directory / "config.json", max_position_embeddings=8192)
    edit_json(directory / "tokenizer_config.json", model_max_length=8192)
    encoder = load_encoder(directory).eval()
    assert window_limit(encoder, load_tokenizer(directory)) == 8192
    with torch.no_grad():
        states = encode(encoder, batch(8192, sentence=1000))
    assert states.shape == (1, 8192, 32)
    assert states.isfinite().all()
