"""How many workers fit into memory, before any of them trains.

Owns what a worker needs at least, and the errors where that is missing, or where the GPUs hold fewer fits. An encoder
larger than the demo's needs more: a worker that dies of it is reported by `explained_worker_deaths`. Does not read how
much memory there is.
"""

from redsm5_hpo.core.errors import HpoError

GIB = 2**30
# Measured on the demo (bench/README.md): a worker that trains its encoder reaches 1.0 to 1.3 GiB, of which about 0.4
# are imports that all workers share.
WORKER_BYTES = GIB


def workers_that_fit(workers: int, usable: int) -> int:
    """The number of workers, at most those that fit into `usable` bytes; at least 1."""
    return max(1, min(workers, usable // WORKER_BYTES))


def check_workers_fit(workers: int, usable: int) -> None:
    """Raise HpoError unless `workers`, more than one, fit into `usable` bytes.

    One alone is never refused: a small encoder needs less than the demo's, and the machine may have swap.
    """
    fitting = workers_that_fit(workers, usable)
    if workers > fitting:
        raise HpoError(
            f"there is not enough memory for {workers} workers",
            got=f"{usable / GIB:.1f} GiB that may be used",
            allowed=f"at least {workers * WORKER_BYTES / GIB:.1f} GiB, {WORKER_BYTES / GIB:.1f} for each worker",
            remedy=f"HPO_WORKERS={fitting}, which changes no result, or free memory, or raise the container's limit",
        )


def check_budgets_fit(workers: int, fits: int) -> None:
    """Raise HpoError if `workers` are more than the fits whose budgets of memory the GPUs hold."""
    if workers > fits:
        raise HpoError(
            f"the GPUs have not enough memory for {workers} workers",
            got=f"memory for {fits} fits at once, each with training.gpu_memory_gb",
            allowed=f"HPO_WORKERS from 1 to {fits}",
            remedy=f"HPO_WORKERS={fits}, which changes no result, or a smaller training.gpu_memory_gb, which may",
        )
