"""Workers that train and predict: how they are opened, prepared for fits, and asked about their machine."""

import gc
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from redsm5_hpo.execution.executors import open_executor
from redsm5_hpo.execution.pool import Result, abandoned_on_error
from redsm5_hpo.execution.worker_setup import WorkerSetup
from redsm5_hpo.training.machine import Machine, describe_machine


def training_workers(
    workers: int, machine: Machine | None = None, reads: Iterable[Path] = (), writes: Iterable[Path] = ()
) -> Executor:
    """Workers of one thread each: two such workers train faster than one worker with two threads.

    Args:
        machine: what every worker must be, also one that starts later; None for any.
        reads: folders that tasks read, as their paths stand in requests.
        writes: folders that tasks write new files into, likewise.
    """
    prepare = partial(prepare_worker, "" if machine is None else machine.model)
    setup = WorkerSetup(prepare, tuple(reads), tuple(writes))
    if machine is not None:
        setup = replace(setup, identity=partial(_identity, tuple(machine.encoders)), expected=machine.identity)
    return open_executor(workers, setup)


def run_in_worker(function: Callable[[], Result], reads: Iterable[Path] = ()) -> Result:
    """Run a function in a worker of its own, which ends after a result, an error or an interruption."""
    return run_in_workers(function, 1, reads)[0]


def run_in_workers(function: Callable[[], Result], workers: int, reads: Iterable[Path] = ()) -> list[Result]:
    """The same in several workers at once; their results."""
    with abandoned_on_error(training_workers(workers, reads=reads)) as pool:
        futures = [pool.submit(function) for _ in range(workers)]
        return [future.result() for future in futures]


def prepare_worker(model: str, number: int) -> None:
    """Make this worker process compute deterministically, on its GPU; with a `model`, on no other."""
    from redsm5_hpo.training.device import make_repeatable  # here, for a driver without torch
    from redsm5_hpo.training.gpus import expect_model, use_gpu_of_worker

    make_repeatable()
    expect_model(model)
    with suppress(RuntimeError):  # of a GPU that has failed: tasks say so, while a worker that does not start is dead
        use_gpu_of_worker(number)
    gc.freeze()  # a fit collects what the one before has left, and modules are not among it


def machine_of_workers(
    encoder_names: Iterable[str],
    max_lengths: Mapping[str, int] | None = None,
    check: Callable[[], None] | None = None,
) -> Machine:
    """The machine as a worker describes it; other arguments and errors are those of `describe_machine`.

    `check` is called in the same worker, once the encoders are known to be usable.
    """
    return run_in_worker(partial(_checked_machine, sorted(set(encoder_names)), max_lengths, check))


def _checked_machine(
    encoder_names: list[str], max_lengths: Mapping[str, int] | None, check: Callable[[], None] | None
) -> Machine:
    from redsm5_hpo.training.gpu_errors import explained_gpu_errors

    with explained_gpu_errors():
        machine = describe_machine(encoder_names, max_lengths)
    if check is not None:
        check()
    return machine


def _identity(encoder_names: tuple[str, ...]) -> dict[str, str]:
    return describe_machine(encoder_names).identity
