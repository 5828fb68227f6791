"""How long a study will take, said before it starts.

Owns the sentence and the arithmetic. A night that turns out to be a month is to be known beforehand.
"""

from concurrent.futures import BrokenExecutor

from redsm5_hpo.search.console import duration
from redsm5_hpo.training.calibration import epoch_seconds
from redsm5_hpo.training.failures import FitError
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.workers import ask_worker


def forecast(plan: FitPlan, trials: int, workers: int, hours: float | None) -> str:
    """What `trials` of the plan will take, after a few short fits of the default configuration."""
    try:
        trial_seconds = plan.epochs * ask_worker(epoch_seconds, plan)
    except (FitError, BrokenExecutor) as problem:
        return f"no forecast: the default configuration came to no result ({problem})"
    seconds = trial_seconds * trials / workers
    epochs = "1 epoch" if plan.epochs == 1 else f"{plan.epochs} epochs"
    told = (
        f"a trial of {epochs} of the default configuration takes about {duration(trial_seconds)}, "
        f"so {trials} with {workers} at once about {duration(seconds)}; trials that end early take less, others more"
    )
    if hours is None or seconds <= 3600 * hours:
        return told
    return f"{told}; hpo.max.hours {hours:g} ends the study after about {round(trials * 3600 * hours / seconds)} trials"
