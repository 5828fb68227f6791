"""The CPU attention equals transformers' eager attention."""

from types import SimpleNamespace

import pytest
import torch
from transformers.models.bert.modeling_bert import eager_attention_forward

from redsm5_hpo.modeling.cpu.attention import CPU_ATTENTION, plain_attention
from redsm5_hpo.modeling.encoders import load_encoder
from tests.modeling.builders import batch

QUERY, KEY, VALUE = torch.randn(3, 2, 4, 7, 8, generator=torch.Generator().manual_seed(0))
MASKED = torch.finfo(torch.float32).min
PADDED = torch.zeros(2, 1, 1, 7)
PADDED[1, ..., 5:] = MASKED
MASKS = {
    "no mask": None,
    "padding": PADDED,
    "a bias for every score": torch.randn(2, 4, 7, 7, generator=torch.Generator().manual_seed(1)),
}


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_without_dropout_it_equals_eager_attention(mask):
    module = SimpleNamespace(training=False)
    found, weights = plain_attention(module, QUERY, KEY, VALUE, mask, scaling=0.3, dropout=0.5)
    expected, _ = eager_attention_forward(module, QUERY, KEY, VALUE, mask, scaling=0.3, dropout=0.5)
    assert weights is None
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_it_drops_weights_in_training():
    # With values of 1, an output is the sum of its row's weights: 1 unless some are dropped and the others scaled.
    module = SimpleNamespace(training=True)
    torch.manual_seed(0)
    sums, _ = plain_attention(module, QUERY, KEY, torch.ones_like(VALUE), None, scaling=0.3, dropout=0.5)
    assert not torch.allclose(sums, torch.ones(()))


@pytest.mark.parametrize("family", ["bert", "roberta", "electra", "xlm_roberta"])
def test_an_encoder_computes_the_same_states_with_it(family, tiny):
    tokens = batch(9, 6)
    inputs = {"input_ids": tokens.input_ids, "attention_mask": tokens.attention_mask}
    with torch.inference_mode():
        found, expected = (
            load_encoder(tiny[family], attention).eval()(**inputs).last_hidden_state
            for attention in (CPU_ATTENTION, "eager")
        )
    real = tokens.attention_mask.bool()
    torch.testing.assert_close(found[real], expected[real], rtol=1e-4, atol=1e-5)
