"""How long a study will take, said before it starts.

Owns the sentence and the arithmetic: a user should know beforehand that a night will be a month.
"""

from concurrent.futures import BrokenExecutor
from functools import partial

from redsm5_hpo.execution.console import duration
from redsm5_hpo.params import Configuration
from redsm5_hpo.training.fit_errors import FitError
from redsm5_hpo.training.fit_spec import FitSpec
from redsm5_hpo.training.timing import epoch_seconds
from redsm5_hpo.training.workers import run_in_worker


def forecast(spec: FitSpec, defaults: Configuration, trials: int, workers: int, hours: float | None) -> str:
    """How long `trials` trials will take, after a few short fits of the default configuration."""
    try:
        trial_seconds = spec.epochs * run_in_worker(partial(epoch_seconds, spec, defaults), spec.folders)
    except (FitError, BrokenExecutor) as problem:
        return f"no forecast: a fit of the default configuration failed ({problem})"
    seconds = trial_seconds * trials / workers
    epochs = "1 epoch" if spec.epochs == 1 else f"{spec.epochs} epochs"
    sentence = (
        f"a trial of {epochs} of the default configuration takes about {duration(trial_seconds)}, "
        f"so {trials} with {workers} at once about {duration(seconds)}; trials that end early take less, others more"
    )
    if hours is None or seconds <= 3600 * hours:
        return sentence
    fewer = round(trials * 3600 * hours / seconds)
    return f"{sentence}; hpo.max.timeout_hours {hours:g} ends the study after about {fewer} trials"
