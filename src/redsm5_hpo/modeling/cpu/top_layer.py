"""The highest layer of an encoder for the first token only, whose state is all that cls pooling reads.

Owns that shortcut; it equals the whole layer. The matrices of keys and values are applied to one query and one weighted
sum per window instead of to every token, the output and the feed-forward part to one token per window.
"""

from typing import Any, cast

import torch
from torch import Tensor, nn

from redsm5_hpo.modeling.encoders import matrix_of


def first_token_state(layer: nn.Module, states: Tensor, attention_mask: Tensor) -> Tensor:
    """The layer's state of the first token.

    Args:
        layer: of a family with plain attention.
        states: (B, T, H), the layer's input.
        attention_mask: (B, T), 1 for tokens, 0 for padding.

    Returns:
        (B, 1, H).
    """
    # The slice comes first: autograd adds gradients in the order of the operations, which decides their last bits.
    attention, first = layer.get_submodule("attention"), states[:, :1]
    context = _context_of_first(attention.get_submodule("self"), states, attention_mask)
    with torch.autocast(states.device.type, enabled=False):  # rounding the weights costs more than it saves
        output = attention.get_submodule("output")(context.float(), first.float())
        state: Tensor = cast(Any, layer).feed_forward_chunk(output)
    return state


def _context_of_first(attention: nn.Module, states: Tensor, attention_mask: Tensor) -> Tensor:
    """The first token's attention output, (B, 1, H).

    With query q, states x and weights a: q . (K x + k) = (K'q) . x + q . k, and softmax does not depend on q . k;
    sum of a (V x + v) = V (sum of a x) + v (sum of a).
    """
    size = int(cast(Any, attention).attention_head_size)
    query, key, value = (attention.get_submodule(name) for name in ("query", "key", "value"))
    of_keys, of_values = (matrix_of(linear).view(-1, size, states.shape[2]) for linear in (key, value))
    projected = (_by_head(query(states[:, 0]), size) @ of_keys).transpose(0, 1) * size**-0.5  # (B, heads, H)
    scores = (projected @ states.transpose(1, 2)).float()
    padding = attention_mask[:, None, :] == 0
    soft = scores.masked_fill(padding, torch.finfo(scores.dtype).min).softmax(-1)
    weights: Tensor = attention.get_submodule("dropout")(soft)
    summed = (weights @ states).transpose(0, 1)  # (heads, B, H)
    bias = _by_head(cast(Tensor, value.bias)[None], size) * weights.sum(-1).t()[:, :, None]
    context = summed @ of_values.transpose(1, 2) + bias  # (heads, B, size)
    return context.transpose(0, 1).reshape(len(states), 1, -1)


def _by_head(values: Tensor, size: int) -> Tensor:
    """(N, heads * size) to (heads, N, size)."""
    return values.view(len(values), -1, size).transpose(0, 1)
