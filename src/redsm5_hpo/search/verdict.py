"""Which candidate is shipped.

Owns the comparison: means over runs, their standard errors, and what a candidate must show against the default
configuration. A search's best value is the luckiest of many; the runs are fresh and settle it. Reads no files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from redsm5_hpo.errors import StudyError
from redsm5_hpo.search.candidates import DEFAULT, Candidate


@dataclass(frozen=True)
class Estimate:
    """The f1_macro of runs, or of the difference between two candidates' runs.

    Attributes:
        mean: over runs.
        standard_error: of the mean.
    """

    mean: float
    standard_error: float

    @property
    def lower(self) -> float:
        """The mean minus one standard error."""
        return self.mean - self.standard_error


@dataclass(frozen=True)
class Verdict:
    """What the runs say.

    Attributes:
        shipped: the candidate's name.
        best: the best candidate of the search by its lower estimate; None where each had a run that failed.
        estimates: by name, of those without a failed run.
        gains: of the search's candidates over the default configuration, run by run; empty where that failed.
    """

    shipped: str
    best: str | None
    estimates: dict[str, Estimate]
    gains: dict[str, Estimate]

    @property
    def beats_default(self) -> bool:
        """Whether a candidate of the search is shipped."""
        return self.shipped != DEFAULT


def verdict(values: Mapping[str, Sequence[float | None]], folds: int) -> Verdict:
    """The verdict on each candidate's f1_macro by run; None for a run that failed.

    Of the search's candidates the one with the highest mean minus one standard error is the best. It is shipped if its
    mean gain over the default configuration, run by run, is more than one standard error of the gain above 0. Where no
    candidate is better, one of the search is shipped all the same in about 12 % of selections from one candidate and 4
    runs, and in 30 % from five candidates (simulated); the test set, not this rule, says what the difference is worth.

    Raises:
        StudyError: every candidate had a run that failed.
    """
    whole = {name: list(found) for name, found in values.items() if None not in found}
    runs = {name: [value for value in found if value is not None] for name, found in whole.items()}
    if not runs:
        raise StudyError(
            "no candidate has run without a failure",
            got=", ".join(values),
            remedy="look at the stage's lines above for the reasons, then mend training or hpo.space in params.yaml",
        )
    estimates = {name: estimate(found, folds) for name, found in runs.items()}
    searched = [name for name in estimates if name != DEFAULT]
    best = max(searched, key=lambda name: estimates[name].lower, default=None)
    gains = {
        name: estimate([one - two for one, two in zip(runs[name], runs[DEFAULT], strict=True)], folds)
        for name in searched
        if DEFAULT in runs
    }
    wins = best is not None and (DEFAULT not in runs or gains[best].lower > 0)
    return Verdict(best if wins and best is not None else DEFAULT, best, estimates, gains)


def estimate(values: Sequence[float], folds: int) -> Estimate:
    """Mean and standard error of at least two runs, each held out one of `folds` folds.

    Runs share most of what they train on, so that their plain standard error is too small: it is that of Nadeau and
    Bengio (2003, "Inference for the generalization error", Machine Learning 52), whose variance of the mean is the
    runs' variance times (1 / runs + held-out posts / training posts).
    """
    spread = float(np.std(values, ddof=1))
    return Estimate(float(np.mean(values)), spread * float(np.sqrt(1 / len(values) + 1 / (folds - 1))))


def optimism(candidate: Candidate, found: Estimate) -> float | None:
    """How much the search's value promised beyond the mean of the runs; None for the default configuration."""
    return None if candidate.searched is None else candidate.searched - found.mean
