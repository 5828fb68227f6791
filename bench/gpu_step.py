"""One training step on a GPU: its wall-clock, the time of its kernels, and what the host launches for it.

usage: PYTHONPATH=src python bench/gpu_step.py ARCHITECTURE [--encoder DIRECTORY] [--rows 400] [--eager]
Prints one JSON line; gpu.py calls it. An epoch warms up, in which steps are recorded as graphs; the next is timed, the
one after it profiled. --eager launches each kernel from the host, as without graphs. Needs a GPU.
"""

import json
import sys
import time
from dataclasses import replace

import torch
from task import fit_settings, parse
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

from redsm5_hpo.training import fit
from redsm5_hpo.training.device import choose_compute, make_repeatable
from redsm5_hpo.training.loop import TrainingLoop

_EPOCHS = 3  # whatever --epochs says: one warms up, one is timed, one is profiled
_LAUNCHES = ("cudaLaunchKernel", "cuLaunchKernel", "cudaGraphLaunch", "cudaMemcpyAsync", "cudaMemsetAsync")


def main() -> None:
    """Measure and print."""
    eager = "--eager" in sys.argv
    sys.argv = [word for word in sys.argv if word != "--eager"]
    options = parse(__doc__)
    make_repeatable()
    spec, configuration = fit_settings(options)
    loop = fit._start(replace(spec, epochs=_EPOCHS), configuration, 1, choose_compute("auto"), 1)
    if eager:
        loop._graphs = None
    steps = -(-len(loop._batches) // configuration.batch_size)
    loop.train_epoch()
    seconds = _timed(loop)
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as found:
        loop.train_epoch()
        torch.cuda.synchronize()
    events = list(found.events())
    on_gpu = [event for event in events if event.device_type == DeviceType.CUDA]
    # Without the spans that torch marks there, such as an optimizer's step, which hold kernels that count themselves.
    kernels = [event.device_time for event in on_gpu if not event.is_user_annotation]
    launches = sum(event.name.startswith(_LAUNCHES) for event in events if event.device_type != DeviceType.CUDA)
    row = {
        "step_ms": seconds / steps * 1e3,
        "kernels_ms": sum(kernels) / steps / 1e3,
        "kernels": len(kernels) / steps,
        "launches": launches / steps,
    }
    print(json.dumps({name: round(value, 2) for name, value in row.items()}))


def _timed(loop: TrainingLoop) -> float:
    torch.cuda.synchronize()
    started = time.perf_counter()
    loop.train_epoch()
    torch.cuda.synchronize()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
