"""One seed of a refit, as a worker runs it.

Owns what travels to the worker and what is done there. A driver imports this, so torch is imported where it runs.
"""

from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.winner import Winner


@dataclass(frozen=True)
class Job:
    """One configuration to fit on all seeds, and where it is saved below the architecture's models."""

    winner: Winner
    plan: FitPlan
    directory: Path


def fit_seed(job: Job, seed: int, models: Path) -> list[float]:
    """Fit and save one seed; returns the training loss of each epoch. Runs in a worker."""
    from redsm5_hpo.training.fit import fit_all_epochs
    from redsm5_hpo.training.model import tokenizers
    from redsm5_hpo.training.saving import save_seed

    model, losses = fit_all_epochs(job.plan, job.winner.configuration, seed, job.winner.best_epoch)
    save_seed(models / job.directory, seed, model, tokenizers(job.plan.architecture, job.plan.encoder))
    return losses
