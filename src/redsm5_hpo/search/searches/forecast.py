"""How long a study will take, said before it starts.

Owns the sentence and the arithmetic: a user should know beforehand that a night will be a month.
"""

from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from functools import partial
from statistics import fmean

from redsm5_hpo.execution.console import duration
from redsm5_hpo.params import Configuration, Space
from redsm5_hpo.search.epoch_cost import COSTLY
from redsm5_hpo.search.samplers import SobolSampler
from redsm5_hpo.training.fit_errors import FitError
from redsm5_hpo.training.fit_spec import FitSpec
from redsm5_hpo.training.timing import epoch_seconds
from redsm5_hpo.training.workers import run_in_workers

_DRAWN = 64  # trials, of which one is nearest to their mean


def mean_trial(
    space: Space, defaults: Configuration, seed: int, cost: Callable[[Configuration], float]
) -> Configuration:
    """The trial of a space whose computed cost is nearest to the mean; what decides no cost is the default.

    The default configuration is none: it may have frozen layers alone, which are computed once for all its epochs.
    """
    drawn = [SobolSampler(space).sample(seed, number) for number in range(_DRAWN)]
    found = [defaults.with_values({name: values[name] for name in values if name in COSTLY}) for values in drawn]
    costs = [cost(each) for each in found]
    mean = fmean(costs)
    return min(zip(costs, found, strict=True), key=lambda each: abs(each[0] - mean))[1]


def forecast(spec: FitSpec, trial: Configuration, trials: int, workers: int, hours: float | None) -> str:
    """How long `trials` trials will take, after a few short fits of one of mean cost.

    All workers fit it at once, as they will: on one GPU four fits are hardly faster together than one after another.
    """
    try:
        measured = run_in_workers(partial(epoch_seconds, spec, trial), workers, spec.folders)
    except (FitError, BrokenExecutor) as problem:
        return f"no forecast: a fit of a trial of mean cost failed ({problem})"
    trial_seconds = spec.epochs * fmean(measured)
    seconds = trial_seconds * trials / workers
    epochs = "1 epoch" if spec.epochs == 1 else f"{spec.epochs} epochs"
    sentence = (
        f"a trial of {epochs} and mean cost takes about {duration(trial_seconds)}, so {trials} with {workers} at once "
        f"about {duration(seconds)}; less where trials end early"
    )
    if hours is None or seconds <= 3600 * hours:
        return sentence
    fewer = round(trials * 3600 * hours / seconds)
    return f"{sentence}; hpo.max.timeout_hours {hours:g} ends the study after about {fewer} trials"
