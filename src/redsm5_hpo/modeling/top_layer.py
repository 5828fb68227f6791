"""The highest layer of an encoder, run for the first token alone, which is all that cls pooling reads.

Owns that shortcut: all tokens are looked at, one looks. Its query and what it gathers go through the matrices of keys
and values once a window, where the whole layer takes every token through them, and the output and the feed-forward part
are of one token a window. It computes what the whole layer computes.
"""

from typing import Any, cast

import torch
from torch import Tensor, nn

from redsm5_hpo.modeling.encoders import matrix_of


def first_state(layer: nn.Module, states: Tensor, attention_mask: Tensor) -> Tensor:
    """The layer's state of the first token.

    Args:
        layer: of a family with plain attention; its own dropouts are used.
        states: (B, T, H), what stands below.
        attention_mask: (B, T), 1 for tokens, 0 for padding.

    Returns:
        (B, 1, H).
    """
    attention, first = layer.get_submodule("attention"), states[:, :1]
    read = _read_by_first(attention.get_submodule("self"), states, attention_mask)
    with torch.autocast(states.device.type, enabled=False):  # for so few tokens it costs more to round the weights
        output = attention.get_submodule("output")(read.float(), first.float())
        state: Tensor = cast(Any, layer).feed_forward_chunk(output)
    return state


def _read_by_first(attention: nn.Module, states: Tensor, attention_mask: Tensor) -> Tensor:
    """What the first token's attention gathers from all tokens, (B, 1, H).

    With query q, states x and weights a: q . (K x + k) is (K'q) . x + q . k, of which softmax does not see the last,
    and the sum of a (V x + v) is V (sum of a x) + v (sum of a).
    """
    size = int(cast(Any, attention).attention_head_size)
    query, key, value = (attention.get_submodule(name) for name in ("query", "key", "value"))
    of_keys, of_values = (matrix_of(linear).view(-1, size, states.shape[2]) for linear in (key, value))
    asked = (_by_head(query(states[:, 0]), size) @ of_keys).transpose(0, 1) * size**-0.5  # (B, heads, H)
    scores = (asked @ states.transpose(1, 2)).float()
    padding = attention_mask[:, None, :] == 0
    soft = scores.masked_fill(padding, torch.finfo(scores.dtype).min).softmax(-1)
    weights: Tensor = attention.get_submodule("dropout")(soft)
    gathered = (weights @ states).transpose(0, 1)  # (heads, B, H)
    shifted = _by_head(cast(Tensor, value.bias)[None], size) * weights.sum(-1).t()[:, :, None]
    read = gathered @ of_values.transpose(1, 2) + shifted  # (heads, B, size)
    return read.transpose(0, 1).reshape(len(states), 1, -1)


def _by_head(values: Tensor, size: int) -> Tensor:
    """(N, heads * size) to (heads, N, size)."""
    return values.view(len(values), -1, size).transpose(0, 1)
