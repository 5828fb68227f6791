"""What the selection ships, fitted on train and val together, once for each seed; beside it the default configuration.

Owns what a refit is: the schedule up to the best epoch, since there is no part left to validate on. The default
configuration is refitted as well where it is not what is shipped, so that evaluate can set one against the other. Does
not choose a configuration or look at test. A driver, hence without torch: workers fit (refit_seed).
"""

import time
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

from redsm5_hpo.corpus.folders import replaced_folder
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.errors import HpoError
from redsm5_hpo.files import write_json
from redsm5_hpo.params import Architecture, Params
from redsm5_hpo.tracking import StudyTracker
from redsm5_hpo.training.failures import FitError
from redsm5_hpo.training.machine import machine_of_workers
from redsm5_hpo.training.model_folder import DEFAULT_MODEL, save_description
from redsm5_hpo.training.places import model_folder, selection_folder, stage_name
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.refit_seed import Job, fit_seed
from redsm5_hpo.training.winner import Winner
from redsm5_hpo.training.workers import abandoned_on_error, deaths_told, worker_count, worker_pool

SPLITS = Path("data/splits")
_OTHER_FIT = "raise training.fit_minutes if it took too long; else search again with lower learning rates in hpo.space"


def refit(params: Params, architecture: Architecture, search: str = "") -> None:
    """Fit, save to models/ARCH and log to metrics/ARCH/refit; those of another search lie beside them."""
    started, name = time.monotonic(), stage_name("refit", search)
    jobs, seeds = _jobs(params, architecture, search), params.refit.seeds
    workers = worker_count(len(jobs) * len(seeds), machine_of_workers(()).gpus)
    with replaced_folder(model_folder(architecture, search)) as models:
        losses = _fit_all(jobs, seeds, workers, models)
        for job in reversed(jobs):  # what is shipped last: its seal covers the other
            save_description(models / job.directory, job.plan, job.winner, seeds)
    _log(Path("metrics") / architecture / name, losses)
    seconds = round(time.monotonic() - started, 1)
    write_json(Path("metrics/time") / architecture / f"{name}.json", {"seconds": seconds})
    fits = ", ".join(f"{len(seeds)} seeds x {job.winner.best_epoch} epochs ({job.winner.stage})" for job in jobs)
    print(f"{name} {architecture}: {fits} in {seconds:.0f} s")


def _jobs(params: Params, architecture: Architecture, search: str) -> list[Job]:
    """What is shipped, then the default configuration unless it is the same or failed in the selection."""
    chosen = selection_folder(architecture, search)
    shipped, default = chosen / "best.yaml", chosen / "default.yaml"
    jobs = [_job(params, architecture, Winner.load(shipped), Path())]
    if default.exists() and jobs[0].winner.stage != "default":
        jobs.append(_job(params, architecture, Winner.load(default), Path(DEFAULT_MODEL)))
    return jobs


def _job(params: Params, architecture: Architecture, winner: Winner, directory: Path) -> Job:
    plan = FitPlan(
        architecture=architecture,
        encoder=params.encoder,
        training=params.training,
        epochs=winner.epochs,
        train=Portion((SPLITS / "train", SPLITS / "val")),
        val=None,
    ).of(winner.configuration)
    return Job(winner, plan, directory)


def _fit_all(jobs: Sequence[Job], seeds: Sequence[int], workers: int, models: Path) -> dict[int, list[float]]:
    """Fit every job on every seed; returns what is shipped's training losses by seed."""
    try:
        with deaths_told(workers, "batch_size"), abandoned_on_error(worker_pool(workers)) as pool:
            fits: list[dict[int, Future[list[float]]]] = [
                {seed: pool.submit(fit_seed, job, seed, models) for seed in seeds} for job in jobs
            ]
            losses = [{seed: fit.result() for seed, fit in of_job.items()} for of_job in fits]
    except FitError as error:
        raise HpoError("a refit came to no result", got=str(error), remedy=_OTHER_FIT) from None
    return losses[0]


def _log(directory: Path, losses: dict[int, list[float]]) -> None:
    with StudyTracker(directory) as tracker:
        for epoch in range(max(map(len, losses.values()))):
            tracker.log_epoch({f"train_loss/seed_{seed}": values[epoch] for seed, values in losses.items()})
        tracker.end_trial()
