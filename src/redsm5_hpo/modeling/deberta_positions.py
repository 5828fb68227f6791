"""DeBERTa's relative positions, computed where its states are.

Owns the formula, which transformers computes with a number from the host: a GPU's host would wait for it in every
forward pass, and work that asks the host cannot be recorded as a CUDA graph. The positions are the same.
"""

from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn

from redsm5_hpo.modeling.replaced_modules import with_modules


def positioned_on_device(encoder: nn.Module) -> nn.Module:
    """The encoder with its relative positions from `relative_positions`."""
    stack = with_modules(encoder.get_submodule("encoder"))
    if cast(Any, stack).relative_attention:
        buckets, longest = cast(Any, stack).position_buckets, cast(Any, stack).max_relative_positions
        cast(Any, stack).get_rel_pos = partial(_of_states, buckets, longest)
    return with_modules(encoder, encoder=stack)


def relative_positions(tokens: int, buckets: int, longest: int, device: torch.device) -> Tensor:
    """(1, T, T) int64: how far a token, the row, is after another, in logarithmic buckets from half their number on.

    He et al. 2021 (2111.09543), as transformers computes them.

    Args:
        buckets: 0 or less for the distances themselves.
        longest: the last bucket is that of `longest - 1` tokens.
    """
    column = torch.arange(tokens, device=device)
    distance = column.unsqueeze(1) - column
    if buckets <= 0 or longest <= 0:
        return distance.unsqueeze(0)
    middle = buckets // 2
    near = (distance < middle) & (distance > -middle)
    size = torch.where(near, middle - 1, distance.abs())
    scale = torch.log(torch.tensor((longest - 1) / middle))  # on the host, as a number that the product takes along
    bucket = torch.ceil(torch.log(size / middle) / scale * (middle - 1)) + middle
    return torch.where(size <= middle, distance.to(bucket.dtype), bucket * distance.sign()).long().unsqueeze(0)


def _of_states(buckets: int, longest: int, states: Tensor, *_: object) -> Tensor:
    return relative_positions(states.shape[1], buckets, longest, states.device)
