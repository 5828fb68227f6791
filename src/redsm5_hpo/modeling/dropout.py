"""Dropout whose masks are cheap on a CPU.

Owns the masks: PyTorch draws one 32-bit number an element on the CPU and spends a fifth of a training step on it; here
15 random bits decide an element, four elements a draw, and integer operations on the bits of floating-point numbers
make the rest. The draws come from torch's default generator, so torch.manual_seed decides them. On other devices it is
torch's own dropout.
"""

import functools

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

_LEVELS = 1 << 15  # values that 15 bits take
_BELOW_ONE_PER_INT64 = 4  # elements decided by one 64-bit draw


class CheapDropout(nn.Dropout):
    """nn.Dropout with `cheap_dropout`."""

    def forward(self, states: Tensor) -> Tensor:
        """Any shape, to the same shape."""
        return cheap_dropout(states, self.p, training=self.training)


def cheap_dropout(states: Tensor, p: float, *, training: bool) -> Tensor:
    """Zero each element with a probability of about `p` and scale the rest to keep the mean.

    The scale 1 / (1 - p) is rounded to bfloat16 and the probability follows it: 1 - p is met to 0.4 % of itself, the
    expected value to 1/32768.
    """
    if not training or p == 0:
        return states
    if states.device.type != "cpu":
        return dropout(states, p, training=True)
    return states * _mask(states.shape, p).to(states.dtype)


def use_cheap_dropout(model: nn.Module) -> None:
    """Replace every nn.Dropout below `model`, in place."""
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if type(child) is nn.Dropout:
                setattr(parent, name, CheapDropout(child.p))


@functools.cache
def survivors_scale(p: float) -> float:
    """What elements that are not dropped are multiplied by."""
    return float(_scale(p))


def drawn_signs(shape: torch.Size, p: float) -> Tensor:
    """Int16 of nothing but a sign bit, set for each element that is dropped: of a probability of about `p`."""
    return _drawn(shape, p).bitwise_and_(-_LEVELS)


def _mask(shape: torch.Size, p: float) -> Tensor:
    """Bfloat16 of 0 and the scale."""
    # The shift spreads the sign.
    bits = _drawn(shape, p).bitwise_right_shift_(15).bitwise_not_()
    return bits.bitwise_and_(_scale_bits(p)).view(torch.bfloat16)


def _drawn(shape: torch.Size, p: float) -> Tensor:
    """Int16, negative exactly where an element is dropped: 15 random bits minus the threshold."""
    dropped = round(_LEVELS * (1 - 1 / survivors_scale(p)))
    count = shape.numel()
    draws = torch.empty(-(-count // _BELOW_ONE_PER_INT64), dtype=torch.int64).random_(-(1 << 63), None)
    return draws.view(torch.int16)[:count].bitwise_and_(_LEVELS - 1).sub_(dropped).view(shape)


@functools.cache
def _scale_bits(p: float) -> int:
    return int(_scale(p).view(torch.int16))


def _scale(p: float) -> Tensor:
    return torch.tensor(1 / (1 - p), dtype=torch.bfloat16)
