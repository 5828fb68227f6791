"""The operations that torch dispatches in a block: what a GPU would be asked to launch, and what its host waits for."""

from torch.utils._python_dispatch import TorchDispatchMode

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
