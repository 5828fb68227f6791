"""The winning configuration fitted on train and val together, once for each seed.

Owns what a refit is: the winner's schedule up to its best epoch, since there is no part left to validate on. Does not
choose the configuration or look at test.
"""

import time
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

from redsm5_hpo.files import write_json
from redsm5_hpo.params import Architecture, Params
from redsm5_hpo.tracking import StudyTracker
from redsm5_hpo.training.fit import fit_all_epochs
from redsm5_hpo.training.model import tokenizers
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.saving import save_description, save_seed
from redsm5_hpo.training.winner import Winner
from redsm5_hpo.training.workers import worker_count, worker_pool


def refit(params: Params, architecture: Architecture) -> None:
    """Fit, save to models/ARCH and log to metrics/ARCH/refit."""
    started = time.monotonic()
    winner = Winner.load(Path("data/hpo") / architecture / "s2")
    plan = FitPlan(
        architecture=architecture,
        encoder=params.encoder,
        training=params.training,
        epochs=winner.epochs,
        train_parts=(Path("data/splits/train"), Path("data/splits/val")),
        val_part=None,
    )
    directory = Path("models") / architecture
    with worker_pool(worker_count(len(params.refit.seeds))) as pool:
        losses = _fit_seeds(pool, plan, winner, params.refit.seeds, directory)
    origin = {"stage": winner.stage, "trial": winner.trial, "value": winner.value, "epochs": winner.best_epoch}
    save_description(directory, plan, winner.configuration, params.refit.seeds, origin)
    _log(Path("metrics") / architecture / "refit", losses)
    seconds = round(time.monotonic() - started, 1)
    write_json(Path("metrics/time") / architecture / "refit.json", {"seconds": seconds})
    print(f"refit {architecture}: {len(losses)} seeds x {winner.best_epoch} epochs in {seconds:.0f} s")


def fit_seed(plan: FitPlan, winner: Winner, seed: int, directory: Path) -> list[float]:
    """Fit and save one seed; returns the training loss of each epoch. Runs in a worker."""
    model, losses = fit_all_epochs(plan, winner.configuration, seed, winner.best_epoch)
    save_seed(directory, seed, model, tokenizers(plan.architecture, plan.encoder))
    return losses


def _fit_seeds(
    pool: Executor, plan: FitPlan, winner: Winner, seeds: Sequence[int], directory: Path
) -> dict[int, list[float]]:
    fits = {seed: pool.submit(fit_seed, plan, winner, seed, directory) for seed in seeds}
    return {seed: fit.result() for seed, fit in fits.items()}


def _log(directory: Path, losses: dict[int, list[float]]) -> None:
    with StudyTracker(directory) as tracker:
        for epoch in range(max(map(len, losses.values()))):
            tracker.log_epoch({f"train_loss/seed_{seed}": values[epoch] for seed, values in losses.items()})
        tracker.end_trial()
