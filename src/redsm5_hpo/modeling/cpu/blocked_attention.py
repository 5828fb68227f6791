"""Softmax attention on a CPU in blocks of batch rows, with its own backward pass.

Owns the arithmetic; does not know models. The scores of a block stay in the processor's cache, where they become
weights in float32. Only the weights are saved for the backward pass, in the precision of the products and with a
negative sign where dropped: a quarter of what autograd saves.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from redsm5_hpo.modeling.cpu.dropout import drawn_signs, survivors_scale

_SCORES_PER_BLOCK = 1 << 20  # 2 to 4 MB of scores: fewer cost more calls, more overflow the cache
_BITS = {torch.bfloat16: torch.int16, torch.float32: torch.int32}


@dataclass(frozen=True)
class Settings:
    """The arguments that are not tensors.

    Attributes:
        scaling: factor of the scores.
        p: probability of dropping a weight.
    """

    scaling: float
    p: float


class BlockedAttention(torch.autograd.Function):
    """Query, key, value, each (B, heads, T, head size), -> the same shape."""

    @staticmethod
    def forward(  # noqa: D102
        ctx: Any,  # noqa: ANN401 (of torch)
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None,
        settings: Settings,
    ) -> Tensor:
        trained = any(ctx.needs_input_grad)
        query, key = (query * settings.scaling).contiguous(), key.contiguous()
        value = (value * survivors_scale(settings.p)).contiguous()
        batch, heads, size, _ = query.shape
        rows = _rows_per_block(query)
        weights = query.new_empty(batch if trained else rows, heads, size, size)
        soft, kept = _float32_like(weights[:rows]), torch.empty_like(weights[:rows])
        result = torch.empty_like(query)
        for block in _blocks(batch, rows):
            count = len(query[block])
            here = weights[block if trained else slice(count)]
            torch.bmm(_flat(query[block]), _flat(key[block]).transpose(1, 2), out=_flat(here))
            _soften(here, None if mask is None else mask[block], None if soft is None else soft[:count])
            used = _drop(here, settings.p, kept[:count]) if settings.p else here
            torch.bmm(_flat(used), _flat(value[block]), out=_flat(result[block]))
        if trained:
            ctx.save_for_backward(query, key, value, weights)
            ctx.settings = settings
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401, D102
        query, key, value, weights = ctx.saved_tensors
        gradient = gradient.contiguous()
        of_query, of_key, of_value = (torch.empty_like(query) for _ in range(3))
        rows = _rows_per_block(query)
        kept, changes = torch.empty_like(weights[:rows]), torch.empty_like(weights[:rows])
        wide, wide_changes = _float32_like(kept), _float32_like(kept)
        for block in _blocks(len(query), rows):
            here, count = weights[block], len(query[block])
            change = changes[:count]
            used = _without_dropped(here, kept[:count]) if ctx.settings.p else here
            torch.bmm(_flat(used).transpose(1, 2), _flat(gradient[block]), out=_flat(of_value[block]))
            torch.bmm(_flat(gradient[block]), _flat(value[block]).transpose(1, 2), out=_flat(change))
            if ctx.settings.p:
                here = _undrop(here, change, kept[:count])
            if wide is None or wide_changes is None:
                _softmax_backward(change, here)
            else:
                change.copy_(_softmax_backward(wide_changes[:count].copy_(change), wide[:count].copy_(here)))
            torch.bmm(_flat(change), _flat(key[block]), out=_flat(of_query[block]))
            torch.bmm(_flat(change).transpose(1, 2), _flat(query[block]), out=_flat(of_key[block]))
        of_value.mul_(survivors_scale(ctx.settings.p))
        return of_query.mul_(ctx.settings.scaling), of_key, of_value, None, None


def _rows_per_block(query: Tensor) -> int:
    batch, heads, size, _ = query.shape
    return min(batch, max(1, _SCORES_PER_BLOCK // (heads * size * size)))


def _blocks(batch: int, rows: int) -> list[slice]:
    return [slice(start, start + rows) for start in range(0, batch, rows)]


def _flat(values: Tensor) -> Tensor:
    return values.view(-1, *values.shape[2:])


def _float32_like(values: Tensor) -> Tensor | None:
    """An empty float32 tensor of the same shape; None for float32 values, whose softmax is computed in place."""
    return None if values.dtype == torch.float32 else torch.empty_like(values, dtype=torch.float32)


def _soften(scores: Tensor, mask: Tensor | None, wide: Tensor | None) -> None:
    """Scores to weights, in place."""
    soft = scores if wide is None else wide.copy_(scores)
    if mask is not None:
        soft.add_(mask)
    torch.softmax(soft, -1, out=soft)
    if wide is not None:
        scores.copy_(wide)


def _softmax_backward(change: Tensor, soft: Tensor) -> Tensor:
    """The gradient of weights to that of scores, in place, in float32."""
    torch.ops.aten._softmax_backward_data.out(change, soft, -1, torch.float32, grad_input=change)
    return change


def _drop(weights: Tensor, p: float, kept: Tensor) -> Tensor:
    """Sets the sign of dropped weights, in place; returns `kept`, which holds the weights, 0 where dropped."""
    bits = _bits(weights)
    signs = drawn_signs(weights.shape, p).to(bits.dtype)
    bits.bitwise_or_(signs.bitwise_left_shift_(8 * (bits.itemsize - 2)))
    return _without_dropped(weights, kept)


def _without_dropped(weights: Tensor, kept: Tensor) -> Tensor:
    # A number with its sign bit set is negative as an integer, too.
    torch.clamp_min(_bits(weights), 0, out=_bits(kept))
    return kept


def _undrop(weights: Tensor, change: Tensor, scratch: Tensor) -> Tensor:
    """Zeroes the gradient of dropped weights, in place; returns `scratch`, which holds the weights before dropping."""
    bits, passed = _bits(weights), _bits(scratch)
    torch.bitwise_right_shift(bits, 8 * bits.itemsize - 1, out=passed)  # copies the sign to all bits
    _bits(change).bitwise_and_(passed.bitwise_not_())
    torch.bitwise_and(bits, torch.iinfo(bits.dtype).max, out=passed)
    return scratch


def _bits(values: Tensor) -> Tensor:
    return values.view(_BITS[values.dtype])
