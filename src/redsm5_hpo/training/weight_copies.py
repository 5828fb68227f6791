"""The trained weights of linear maps in the precision of the products, beside the float32 weights.

Owns the copies, which stand in the model while it trains, and the way of their gradients to the float32 weights.
autocast rounds every weight in every forward pass and every gradient in every backward pass, an operation each; here
one rounds all weights after a step, and one adds all gradients to the float32 ones after a micro-batch. Every value is
the same, bit for bit. Does not train, or decide where copies pay.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from redsm5_hpo.modeling.encoders import layers_of
from redsm5_hpo.modeling.pooling import ClsPooling

_ADAPTER = "lora_"  # in the names of adapters, whose layers look at the type of their weights


class WeightCopies:
    """The copies of a model's weights; none unless `enabled`, for products in bf16."""

    def __init__(self, model: nn.Module, *, enabled: bool) -> None:
        maps = _copied_maps(model) if enabled else []
        trained = [(module, name) for module in maps for name, weight in module.named_parameters() if _trains(weight)]
        self._places = [(module._parameters, name) for module, name in trained]
        self._weights = [module.get_parameter(name) for module, name in trained]
        self._copies = [nn.Parameter(weight.detach().to(torch.bfloat16)) for weight in self._weights]

    def __len__(self) -> int:
        return len(self._copies)

    @contextmanager
    def in_model(self) -> Iterator[None]:
        """A block in which the model computes with the copies, as they are after the last `refresh`."""
        self.refresh()
        self._place(self._copies)
        try:
            yield
        finally:
            self._place(self._weights)

    @torch.no_grad()
    def refresh(self) -> None:
        """Round the weights into the copies, after each change of the weights."""
        if self._copies:
            torch._foreach_copy_((*self._copies,), (*self._weights,))

    @torch.no_grad()
    def collect_gradients(self) -> None:
        """Add the copies' gradients to those of the weights, in float32; called after each backward pass."""
        found = [(weight, copy.grad) for weight, copy in zip(self._weights, self._copies, strict=True)]
        pairs = [(weight, gradient) for weight, gradient in found if gradient is not None]
        later = [(weight.grad, gradient) for weight, gradient in pairs if weight.grad is not None]
        first = [(_new_gradient(weight), gradient) for weight, gradient in pairs if weight.grad is None]
        if first:
            sums, gradients = zip(*first, strict=True)
            torch._foreach_copy_(sums, gradients)
        if later:
            sums, gradients = zip(*later, strict=True)
            torch._foreach_add_(sums, gradients)
        self.forget_gradients()

    def forget_gradients(self) -> None:
        """Drop the copies' gradients."""
        for copy in self._copies:
            copy.grad = None

    def _place(self, weights: list[nn.Parameter]) -> None:
        for (parameters, name), weight in zip(self._places, weights, strict=True):
            parameters[name] = weight


def _copied_maps(model: nn.Module) -> list[nn.Linear]:
    """The linear maps of which nothing but the products under autocast is computed.

    With cls pooling the highest layers are left out: they may be computed in float32 (modeling/cpu/top_layer.py).
    """
    others: set[nn.Module] = set()
    if any(isinstance(module, ClsPooling) for module in model.modules()):
        for encoder in model.get_submodule("encoders").children():
            others |= {*layers_of(encoder)[-1].modules()}
    named = [(name, module) for name, module in model.named_modules() if type(module) is nn.Linear]
    return [module for name, module in named if module not in others and _ADAPTER not in name]


def _trains(weight: Tensor) -> bool:
    return weight.requires_grad and weight.dtype == torch.float32


def _new_gradient(weight: nn.Parameter) -> Tensor:
    weight.grad = torch.empty_like(weight)
    return weight.grad
