"""Work on batches as CUDA graphs: the host asks for all of it at once, not for its thousand kernels one by one.

Owns when work is recorded, and what a replay reads and returns. A replay computes the same bytes as the work itself:
the same kernels on the same values, dropout included, whose generator moves on as far. Does not know what is computed.
"""

import functools
import gc
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import torch
from torch import Tensor

from redsm5_hpo.execution.said_once import say_once
from redsm5_hpo.training.data.batch import Batch
from redsm5_hpo.training.device import is_out_of_memory

Work = Callable[[Sequence[Batch]], list[Tensor]]
Key = tuple[str, tuple[torch.Size, ...]]  # the kind of work, and the shapes of its batches


class CudaGraphs:
    """The graphs of a fit: one for each kind of work and the shapes of its batches.

    The first work of a kind runs as it is, for it makes what is made once, such as the state of an optimizer. Later it
    is recorded where its shapes are new, and replayed. If something cannot be recorded, all runs as it is from then on.
    """

    def __init__(self, device: torch.device) -> None:
        self._stream = _stream(device)
        self._pool = torch.cuda.graph_pool_handle()
        self._begun: set[str] = set()
        self._recorded: dict[Key, _Recorded] = {}
        self._can_record = True

    def __len__(self) -> int:
        return len(self._recorded)

    @contextmanager
    def stream(self) -> Iterator[None]:
        """A block in which work may be run: graphs are recorded on a stream of their own."""
        outside = torch.cuda.current_stream(self._stream.device)
        self._stream.wait_stream(outside)
        with torch.cuda.stream(self._stream):
            yield
        outside.wait_stream(self._stream)

    def run(self, kind: str, work: Work, batches: Sequence[Batch]) -> list[Tensor]:
        """What `work` returns for these batches.

        Args:
            work: the same for each call of its kind; reads nothing that changes between calls but the batches and
                tensors that stay in place.
        """
        if kind not in self._begun or not self._can_record:
            self._begun.add(kind)
            return work(batches)
        key = (kind, tuple(tensor.shape for batch in batches for tensor in batch.tensors()))
        if key not in self._recorded and not self._record(key, work, batches):
            return work(batches)
        return self._recorded[key].replay(batches)

    def _record(self, key: Key, work: Work, batches: Sequence[Batch]) -> bool:
        """Record the work; false if that cannot be done.

        While work is recorded, torch's allocator gives back nothing that it keeps for later, such as what the first
        work has used. So where memory runs out, a second try begins without that. Graphs recorded before are recorded
        again when they are needed: a failed recording leaves the generator of dropout with a new state, and they would
        go on to draw from the old one.
        """
        for _ in range(2):
            try:
                self._recorded[key] = _Recorded(work, batches, self._pool)
                return True
            except RuntimeError as error:
                reason, no_memory = re.split(r"\.? *\n|\. ", str(error))[0], is_out_of_memory(error)
            # Not in the handler: the error refers to what the recording had in memory.
            self._recorded.clear()
            _free()
            if not no_memory:
                break
            self._pool = torch.cuda.graph_pool_handle()  # nothing of the failed recording is in another
        self._can_record = False
        say_once(f"a fit cannot use CUDA graphs, and takes longer for the same result: {reason}; others may do so, too")
        return False


def _free() -> None:
    """Give back what nothing refers to, which torch's allocator keeps for later."""
    gc.collect()
    torch.cuda.empty_cache()


@functools.cache
def _stream(device: torch.device) -> torch.cuda.Stream:
    """One for all fits of the process: cuBLAS keeps 70 MB for each stream that it has computed on."""
    stream: torch.cuda.Stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    return stream


class _Recorded:
    """Recorded work, with the batches that it reads and the tensors that it writes, in memory of their own."""

    def __init__(self, work: Work, batches: Sequence[Batch], pool: Any) -> None:  # noqa: ANN401 (an opaque handle)
        own = [batch.map(torch.clone) for batch in batches]
        self._inputs = [tensor for batch in own for tensor in batch.tensors()]
        self._graph = torch.cuda.CUDAGraph()
        with _recording(self._graph, pool):
            self._outputs = work(own)

    def replay(self, batches: Sequence[Batch]) -> list[Tensor]:
        """What the work returns for batches of the same shapes."""
        for place, tensor in zip(self._inputs, (t for batch in batches for t in batch.tensors()), strict=True):
            place.copy_(tensor, non_blocking=True)
        self._graph.replay()
        return [output.clone() for output in self._outputs]


@contextmanager
def _recording(graph: torch.cuda.CUDAGraph, pool: Any) -> Iterator[None]:  # noqa: ANN401 (likewise)
    """Records what the block launches, which is not computed yet; undone after an error."""
    device = torch.cuda.current_device()
    dropout = torch.cuda.default_generators[device]
    # torch.cuda.graph would wait for the device and give all cached memory back, each time.
    before = dropout.clone_state()
    graph.capture_begin(pool=pool)
    try:
        yield
        graph.capture_end()
    except BaseException:
        # What was not allowed may have ended the recording, and left the allocator and the generator as if it went on.
        with suppress(RuntimeError):
            graph.capture_end()
        with suppress(RuntimeError):
            torch._C._cuda_endAllocateToPool(device, pool)
            torch._C._cuda_releasePool(device, pool)
        dropout.graphsafe_set_state(before)
        raise
