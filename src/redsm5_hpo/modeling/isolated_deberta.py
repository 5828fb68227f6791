"""DeBERTa for isolated sentences: what it computes beside plain attention keeps them apart, too.

Owns how its attention is given their mask, and the convolution of version 2 that reads only what is attended to.
"""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from redsm5_hpo.modeling.attention_mask import attended
from redsm5_hpo.modeling.inputs import TokenBatch
from redsm5_hpo.modeling.replaced_modules import with_module_at, with_modules


def isolating(encoder: nn.Module, tokens: TokenBatch) -> nn.Module:
    """The encoder whose attention is given the sentences' mask, and everything else that of padding."""
    stack, mask = with_modules(encoder.get_submodule("encoder")), attended(tokens)
    cast(Any, stack).get_attention_mask = lambda _: mask.unsqueeze(1)
    if getattr(stack, "conv", None) is not None:
        conv = cast(nn.Conv1d, stack.get_submodule("conv.conv"))
        stack = with_module_at(stack, ("conv", "conv"), _AttendedNeighbors(conv, mask))
    return with_modules(encoder, encoder=stack)


class _AttendedNeighbors(nn.Module):
    """A convolution over tokens that reads a neighbor only where it is attended to."""

    def __init__(self, conv: nn.Conv1d, mask: Tensor) -> None:
        super().__init__()
        self._conv, self._mask = conv, mask

    def forward(self, states: Tensor) -> Tensor:
        """(B, H, T) -> (B, H, T)."""
        weights = self._conv.weight.unbind(2)
        shifts = (number - len(weights) // 2 for number in range(len(weights)))
        read = [self._read(states, weight, shift) for weight, shift in zip(weights, shifts, strict=True)]
        return torch.stack(read).sum(0) + cast(Tensor, self._conv.bias).unsqueeze(1)

    def _read(self, states: Tensor, weight: Tensor, shift: int) -> Tensor:
        """What each token reads of the one that is `shift` tokens after it."""
        seen = functional.pad(self._mask.diagonal(shift, 1, 2), (max(0, -shift), max(0, shift)))
        neighbors = states.roll(-shift, 2) * seen.unsqueeze(1)
        return functional.conv1d(neighbors, weight.unsqueeze(2), groups=self._conv.groups)
