"""The highest layer of an encoder, run for the first token alone, which is all that cls pooling reads.

Owns that shortcut: all tokens are keys and values, one is a query, and five sixths of a layer's products (those of the
query, the output and the feed-forward part) shrink to one token a window. It computes what the whole layer computes.
"""

from typing import Any, cast

import torch
from torch import Tensor, nn


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
    state: Tensor = cast(Any, layer).feed_forward_chunk(attention.get_submodule("output")(read, first))
    return state


def _read_by_first(attention: nn.Module, states: Tensor, attention_mask: Tensor) -> Tensor:
    """What the first token's attention gathers from all tokens, (B, 1, H)."""
    size = int(cast(Any, attention).attention_head_size)

    def heads(name: str, of: Tensor) -> Tensor:
        projected: Tensor = attention.get_submodule(name)(of)
        return projected.view(*projected.shape[:2], -1, size).transpose(1, 2)

    query, key, value = heads("query", states[:, :1]), heads("key", states), heads("value", states)
    scores = (query @ key.transpose(2, 3)).float() * size**-0.5
    padding = attention_mask[:, None, None, :] == 0
    weights = scores.masked_fill(padding, torch.finfo(scores.dtype).min).softmax(-1)
    read: Tensor = attention.get_submodule("dropout")(weights).to(value.dtype) @ value
    return read.transpose(1, 2).flatten(2)
