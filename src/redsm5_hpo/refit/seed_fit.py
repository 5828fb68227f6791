"""One seed of a refit, as a worker runs it.

Owns what a worker gets and does. A driver imports this, so only the worker imports torch.
"""

from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.selection.selected import SelectedConfiguration
from redsm5_hpo.training.fit_spec import FitSpec

_MEMORY = (
    "end what else uses the memory; or HPO_WORKERS=1 before the same command, which changes no result; or a larger "
    "training.gpu_memory_gb, or a smaller encoder or encoder.max_length, with which the search runs again"
)


@dataclass(frozen=True)
class RefitJob:
    """One configuration to fit on all seeds, and its folder below the architecture's checkpoint."""

    selected: SelectedConfiguration
    spec: FitSpec
    directory: Path


def fit_seed(job: RefitJob, seed: int, models: Path) -> list[float]:
    """Fit and save one seed; returns the training loss of each epoch. Runs in a worker.

    Raises:
        HpoError: memory runs out.
        FitError: the fit fails.
    """
    from redsm5_hpo.inference.predictor import save_seed
    from redsm5_hpo.training.device import is_out_of_memory
    from redsm5_hpo.training.fit import fit_all_epochs
    from redsm5_hpo.training.model import tokenizers

    configuration = job.selected.configuration
    try:
        model, losses = fit_all_epochs(job.spec, configuration, seed, job.selected.stop_epoch)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise HpoError("memory ran out in a refit", got=f"{configuration.encoder}", remedy=_MEMORY) from error
    save_seed(models / job.directory, seed, model, tokenizers(job.spec.architecture, configuration.encoder_params))
    return losses
