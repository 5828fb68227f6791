"""The selected configuration fitted on train and val together, once for each seed, and so the default configuration.

Owns the refit: training up to the stop epoch, since no split is left to validate on. The default configuration is
refitted unless it is the selected one, so that evaluate can compare them. Does not choose a configuration and does not
read test. A driver, hence without torch: workers fit (seed_fit.py).
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path

from redsm5_hpo.core import layout
from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.core.files import write_json
from redsm5_hpo.core.folders import replaced_folder
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.core.tracking import StudyTracker
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.execution.pool import abandoned_on_error, explained_worker_deaths, memory_remedy, worker_count_of_fits
from redsm5_hpo.inference.checkpoint import DEFAULT_MODEL, save_checkpoint
from redsm5_hpo.params import Params
from redsm5_hpo.refit.seed_fit import RefitJob, fit_seed
from redsm5_hpo.selection.selected import SelectedConfiguration
from redsm5_hpo.training.fit_errors import FitError
from redsm5_hpo.training.fit_spec import FitSpec
from redsm5_hpo.training.workers import machine_of_workers, training_workers

_REMEDY = "raise training.fit_timeout_minutes if it took too long; else search with lower learning rates in hpo.space"


def refit(params: Params, architecture: Architecture, search: layout.Search) -> None:
    """Fit all seeds, write the checkpoints and log the training losses.

    Raises:
        HpoError: a fit failed or a worker died; the old checkpoints are kept.
        StudyError: the selection's files cannot be read.
    """
    started, stage = time.monotonic(), layout.after_search("refit", search)
    jobs, seeds = _jobs(params, architecture, search), params.refit.seeds
    configurations = [job.selected.configuration for job in jobs]
    machine = machine_of_workers(name for each in configurations for name in each.encoder_params.names(architecture))
    workers = worker_count_of_fits(len(jobs) * len(seeds), machine.fits_at_once(params.training.gpu_memory_gb))
    criteria = Corpus.load(layout.TRAIN).criteria
    with replaced_folder(layout.checkpoint_folder(architecture, search)) as models:
        pool = training_workers(workers, machine, jobs[0].spec.folders, [models])
        losses = _fit_all(jobs, seeds, pool, workers, models)
        for job in reversed(jobs):  # the selected one last: its seal covers the default one's folder
            _save(job, seeds, models, criteria)
    _log(layout.metrics_folder(architecture, stage), losses)
    seconds = round(time.monotonic() - started, 1)
    write_json(layout.time_file(architecture, stage), {"seconds": seconds})
    fits = ", ".join(f"{len(seeds)} seeds x {job.selected.stop_epoch} epochs ({job.selected.stage})" for job in jobs)
    print(f"{stage} {architecture}: {fits} in {seconds:.0f} s")


def _jobs(params: Params, architecture: Architecture, search: layout.Search) -> list[RefitJob]:
    """The selected configuration, then the default one unless it is selected or failed in the selection."""
    folder = layout.study_folder(architecture, layout.after_search("select", search))
    default = folder / layout.DEFAULT_CONFIGURATION
    jobs = [_job(params, architecture, folder / layout.SELECTED, Path())]
    if default.exists() and jobs[0].selected.stage != "default":
        jobs.append(_job(params, architecture, default, Path(DEFAULT_MODEL)))
    return jobs


def _job(params: Params, architecture: Architecture, file: Path, directory: Path) -> RefitJob:
    selected = SelectedConfiguration.load(file)
    spec = FitSpec(architecture, params.training, selected.epochs, Portion((layout.TRAIN, layout.VAL)), None)
    return RefitJob(selected, spec, directory)


def _fit_all(
    jobs: Sequence[RefitJob], seeds: Sequence[int], pool: Executor, workers: int, models: Path
) -> dict[int, list[float]]:
    """Fit every job on every seed; returns the training losses of the selected configuration by seed."""
    try:
        with explained_worker_deaths(workers, memory_remedy("batch_size")), abandoned_on_error(pool):
            fits: list[dict[int, Future[list[float]]]] = [
                {seed: pool.submit(fit_seed, job, seed, models) for seed in seeds} for job in jobs
            ]
            losses = [{seed: fit.result() for seed, fit in of_job.items()} for of_job in fits]
    except FitError as error:
        raise HpoError("a refit failed", got=str(error), remedy=_REMEDY) from None
    return losses[0]


def _save(job: RefitJob, seeds: Sequence[int], models: Path, criteria: Mapping[str, str]) -> None:
    selected, folder = job.selected, models / job.directory
    origin = selected.model_dump(mode="json", exclude={"configuration", "calibration"})
    save_checkpoint(folder, job.spec, selected.configuration, seeds, selected.calibration, origin, criteria)


def _log(directory: Path, losses: dict[int, list[float]]) -> None:
    with StudyTracker(directory) as tracker:
        for epoch in range(max(map(len, losses.values()))):
            tracker.log_epoch({f"train_loss/seed_{seed}": values[epoch] for seed, values in losses.items()})
        tracker.end_trial()
