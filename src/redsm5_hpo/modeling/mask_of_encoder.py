"""The mask of a batch in the form that its encoder reads.

Owns the forms. What is attended to is decided in attention_mask.
"""

from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from redsm5_hpo.modeling.attention_mask import attended
from redsm5_hpo.modeling.encoders import has_bert_layers, has_plain_attention
from redsm5_hpo.modeling.inputs import TokenBatch


def mask_of_encoder(encoder: nn.Module, tokens: TokenBatch) -> Tensor | dict[str, Tensor | None] | None:
    """What is added to the attention scores: 0 for what is attended to, the lowest number else; None: all are.

    (B, 1, 1, T), or (B, 1, T, T) where sentences are isolated; ModernBERT has one for each kind of layer, also of whole
    windows on a GPU.
    transformers makes the first of the (B, T) mask, but asks the device at every call whether a window is padded, and
    the host waits for a GPU's reply; and torch turns true and false into numbers again in every layer.
    """
    if not has_plain_attention(encoder):
        return tokens.attention_mask
    if not tokens.isolated and (_attention(encoder) == "eager" or not (has_bert_layers(encoder) or _on_gpu(tokens))):
        return tokens.attention_mask  # ModernBERT makes one for local layers, too, by operations of its own
    everywhere = _added(encoder, attended(tokens)) if tokens.isolated or tokens.padded else None
    if has_bert_layers(encoder):
        return everywhere
    reach = cast(Any, encoder).config.sliding_window
    if not tokens.isolated and tokens.input_ids.shape[1] <= reach + 1:
        return {"full_attention": everywhere, "sliding_attention": everywhere}
    return {"full_attention": everywhere, "sliding_attention": _added(encoder, attended(tokens, reach))}


def _on_gpu(tokens: TokenBatch) -> bool:
    """There a recorded step would read another mask than one that runs: transformers asks only the latter's device."""
    return tokens.attention_mask.device.type == "cuda"


def _added(encoder: nn.Module, found: Tensor) -> Tensor:
    """(B, N, T) bool, whether a token is attended to, -> (B, 1, N, T), what is added to its score."""
    dtype, lowest = torch.float32, torch.finfo(torch.float32).min
    if _attention(encoder) == "sdpa":
        lowest = float("-inf")  # and the type of the products, which is what torch makes of true and false
        if torch.is_autocast_enabled(found.device.type):
            dtype = torch.get_autocast_dtype(found.device.type)
    left_out = ~found.unsqueeze(1)
    return torch.zeros(left_out.shape, dtype=dtype, device=found.device).masked_fill_(left_out, lowest)


def _attention(encoder: nn.Module) -> str | None:
    return cast(str | None, cast(PreTrainedModel, encoder).config._attn_implementation)
