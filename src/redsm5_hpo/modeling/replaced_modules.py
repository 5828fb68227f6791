"""A module with some of its submodules replaced, which shares all other weights with the original.

Owns the copies. The original is not changed.
"""

import copy
from collections.abc import Sequence

from torch import nn


def with_module_at(module: nn.Module, path: Sequence[str], replacement: nn.Module) -> nn.Module:
    """A copy with the submodule at `path`, its names from the top down, replaced."""
    name, *rest = path
    return with_modules(
        module, **{name: with_module_at(module.get_submodule(name), rest, replacement) if rest else replacement}
    )


def with_modules(module: nn.Module, **modules: nn.Module | None) -> nn.Module:
    """A shallow copy that shares the weights, with some submodules replaced."""
    changed = copy.copy(module)
    changed._modules = {**module._modules, **modules}
    return changed
