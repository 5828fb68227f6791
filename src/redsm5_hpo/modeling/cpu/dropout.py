"""Dropout with masks that are cheap on a CPU.

Owns the masks. PyTorch draws a 32-bit number per element on a CPU, which takes a fifth of a training step. Here 15
random bits decide an element, one 64-bit draw decides four, and integer operations on the bits of floating-point
numbers do the rest. The draws come from torch's default generator. Other devices use torch's own dropout.
"""

import functools

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

_LEVELS = 1 << 15  # values that 15 bits take
_PER_DRAW = 4  # elements that one 64-bit draw decides


class CpuDropout(nn.Dropout):
    """nn.Dropout with `cpu_dropout`."""

    def forward(self, states: Tensor) -> Tensor:
        """Any shape -> the same shape."""
        return cpu_dropout(states, self.p, training=self.training)


def cpu_dropout(states: Tensor, p: float, *, training: bool) -> Tensor:
    """Zero each element with a probability of about `p` and scale the rest to keep the mean.

    The scale 1 / (1 - p) is rounded to bfloat16, and the probability is derived from it: 1 - p is exact to 0.4 % of
    itself, the expected value to 1/32768.
    """
    if not training or p == 0:
        return states
    if states.device.type != "cpu":
        return dropout(states, p, training=True)
    return states * _mask(states.shape, p).to(states.dtype)


def replace_dropout(model: nn.Module) -> None:
    """Replace every nn.Dropout below `model`, in place."""
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if type(child) is nn.Dropout:
                setattr(parent, name, CpuDropout(child.p))


@functools.cache
def survivors_scale(p: float) -> float:
    """The factor of elements that are not dropped."""
    return float(_scale(p))


def drawn_signs(shape: torch.Size, p: float) -> Tensor:
    """Int16 with only the sign bit, set for each dropped element: with a probability of about `p`."""
    return _drawn(shape, p).bitwise_and_(-_LEVELS)


def _mask(shape: torch.Size, p: float) -> Tensor:
    """Bfloat16: 0 for dropped elements, the scale for the others."""
    # The shift copies the sign to all bits.
    bits = _drawn(shape, p).bitwise_right_shift_(15).bitwise_not_()
    return bits.bitwise_and_(_scale_bits(p)).view(torch.bfloat16)


def _drawn(shape: torch.Size, p: float) -> Tensor:
    """Int16, negative exactly for dropped elements: 15 random bits minus the threshold."""
    dropped = round(_LEVELS * (1 - 1 / survivors_scale(p)))
    count = shape.numel()
    draws = torch.empty(-(-count // _PER_DRAW), dtype=torch.int64).random_(-(1 << 63), None)
    return draws.view(torch.int16)[:count].bitwise_and_(_LEVELS - 1).sub_(dropped).view(shape)


@functools.cache
def _scale_bits(p: float) -> int:
    return int(_scale(p).view(torch.int16))


def _scale(p: float) -> Tensor:
    return torch.tensor(1 / (1 - p), dtype=torch.bfloat16)
