"""The operations that torch dispatches in a block: what a GPU would be asked to launch, and what its host waits for."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

# The host reads a value: on a GPU it waits until all work before is done.
READS = {"_local_scalar_dense", "equal", "is_nonzero", "nonzero", "masked_select", "unique_dim", "_unique2"}
# Change no memory of a device: only how the host looks at it.
_NO_LAUNCH = {"detach", "alias", "_unsafe_view", "lift_fresh", "empty", "empty_like", "empty_strided", "new_empty"}


class Dispatched(TorchDispatchMode):
    """Records the names of operations, and apart from them those that read a value or move it to the host."""

    def __init__(self):
        super().__init__()
        self.launches, self.reads = [], []

    def __torch_dispatch__(self, function, types, arguments=(), named=None):
        name = function.overloadpacket.__name__
        if name in READS:
            self.reads.append(name)
        elif not function.is_view and name not in _NO_LAUNCH and function.namespace != "profiler":
            self.launches.append(name)
        return function(*arguments, **(named or {}))


class Tape(TorchDispatchMode):
    """Records the operations of a block, and repeats them on what their tensors then hold: a CUDA graph on a CPU.

    As there, the block itself changes no tensor that was there before, numbers stay as they were recorded, and the host
    may read no value.
    """

    def __init__(self):
        super().__init__()
        self._operations, self._changed = [], []

    def __enter__(self):
        self._random = torch.get_rng_state()
        return super().__enter__()

    @torch.no_grad()
    def __exit__(self, *error):
        super().__exit__(*error)
        for tensor, before in reversed(self._changed):
            tensor.copy_(before)
        torch.set_rng_state(self._random)

    def __torch_dispatch__(self, function, types, arguments=(), named=None):
        named = named or {}
        if function.overloadpacket.__name__ in READS:
            raise RuntimeError(f"operation not permitted when stream is capturing: {function}")
        if function._schema.is_mutable:
            inputs = [leaf for leaf in tree_leaves((arguments, named)) if isinstance(leaf, torch.Tensor)]
            self._changed += [(tensor, tensor.clone()) for tensor in inputs]
        found = function(*arguments, **named)
        if not function.is_view:
            self._operations.append((function, arguments, named, tree_leaves(found)))
        return found

    @torch.no_grad()
    def replay(self):
        """Compute everything anew, in place."""
        for function, arguments, named, outputs in self._operations:
            found = tree_leaves(function(*arguments, **named))
            for place, value in zip(outputs, found, strict=True):
                if isinstance(place, torch.Tensor) and place is not value:
                    place.copy_(value)
