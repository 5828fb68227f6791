"""Adafactor whose step reads nothing from the host, so that a graph can repeat it.

The steps are those of transformers' Adafactor as its Trainer calls it, with the learning rates as they are given. That
one counts its steps on the host, and a graph would repeat the same one.
"""

from typing import Any

import torch
from torch import Tensor, optim

Group = dict[str, Any]

_EPSILON = 1e-30  # added to squared gradients (section 7 of the paper)


class Adafactor(optim.Optimizer):
    """Shazeer and Stern 2018, algorithms 4 (matrices) and 5 (vectors), without momentum, with decoupled weight decay.

    The step size is the learning rate, as of other optimizers. Times the size of the weight, as in the paper, it is a
    fiftieth of theirs for an encoder's matrices, and a thousandth for what begins at 0: adapters and fusions would
    not learn (docs/decisions.md).

    Args:
        beta2_decay: negative; of step^beta2_decay the second moment consists of the new gradient.
    """

    def __init__(self, groups: list[Group], *, lr: float = 0.01, beta2_decay: float) -> None:
        super().__init__(groups, {"lr": lr, "beta2_decay": beta2_decay, "weight_decay": 0.0})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # noqa: ARG002
        """Update all weights that have a gradient; a closure is not called."""
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if weights:
                self._update(weights, group)

    def _update(self, weights: list[Tensor], group: Group) -> None:
        if "step" not in group:
            group["step"] = torch.zeros((), device=weights[0].device)
        step = group["step"].add_(1)
        lr = torch.as_tensor(group["lr"], dtype=step.dtype, device=step.device)
        share = step ** group["beta2_decay"]
        updates = [_scaled(weight.grad, self.state[weight], share) for weight in weights if weight.grad is not None]
        size = lr / _root_mean_squares(updates).clamp_(min=1.0)
        torch._foreach_mul_(updates, size.unbind())
        torch._foreach_mul_(weights, 1 - lr * group["weight_decay"])
        torch._foreach_sub_(weights, updates)


def _scaled(gradient: Tensor, state: dict[str, Tensor], share: Tensor) -> Tensor:
    """The gradient over the root of its second moment, which of a matrix is kept by row and column."""
    if gradient.ndim < 2:
        moment = _followed(state, "variance", gradient.square().add_(_EPSILON), share)
        return moment.rsqrt().mul_(gradient)
    rows = _followed(state, "row_var", _mean_squares(gradient, -1), share)
    columns = _followed(state, "col_var", _mean_squares(gradient, -2), share)
    # Root by root: the product of two second moments may be too small for a float.
    of_rows = (rows / rows.mean(dim=-2, keepdim=True)).rsqrt_()
    return (of_rows * columns.rsqrt()).mul_(gradient)


def _followed(state: dict[str, Tensor], name: str, value: Tensor, share: Tensor) -> Tensor:
    """The running mean of that name, moved by a share towards the value; it begins at 0."""
    if name not in state:
        state[name] = torch.zeros_like(value)
    return state[name].lerp_(value, share)


def _mean_squares(gradient: Tensor, dim: int) -> Tensor:
    """Along a dimension, without a copy of the gradient's size."""
    norms: Tensor = torch.linalg.vector_norm(gradient, dim=dim, keepdim=True)
    return norms.square_().div_(gradient.size(dim)).add_(_EPSILON)


def _root_mean_squares(tensors: list[Tensor]) -> Tensor:
    """(P,) of each tensor."""
    return torch.stack(torch._foreach_div(torch._foreach_norm(tensors, 2), [each.numel() ** 0.5 for each in tensors]))
