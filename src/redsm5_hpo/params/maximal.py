"""The sections of maximal/params.yaml, which set the maximal search; all else stands in params.yaml."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from redsm5_hpo.errors import ParamsError
from redsm5_hpo.params.base import Architecture, Positive, Real, Section, Seed, Whole
from redsm5_hpo.params.loading import validated
from redsm5_hpo.params.mappings import read_yaml_mapping
from redsm5_hpo.params.space import SearchedSpace

MAXIMAL = Path("maximal/params.yaml")


class MaximalPruning(Section):
    """When a trial that does worse than the median is ended."""

    startup_trials: Annotated[Whole, Field(ge=0)]
    warmup_epochs: Annotated[Whole, Field(ge=0)]


class MaximalSearch(Section):
    """One large study of each architecture.

    Attributes:
        trials: of every study; null for those of `trials_of`.
        hours: no trial starts after so many; null for no limit.
        startup_trials: measured trials before the estimator proposes; not derived from the number of trials, since
            a study that is made longer keeps its trials.
        failures_in_a_row: of one cause that stop the study.
        warm_start: whether the first trials are the default configuration and the winner of the multi-stage search.
        top: how many of the best trials topk.yaml lists.
    """

    seed: Seed
    window: Positive
    epochs: Positive
    trials: Positive | None
    trials_of: dict[Architecture, Positive]
    hours: Annotated[Real, Field(gt=0)] | None
    startup_trials: Positive
    failures_in_a_row: Positive
    warm_start: bool
    top: Positive
    pruning: MaximalPruning
    space: SearchedSpace


class MaximalHpo(Section):
    """The name that -S uses: hpo.max."""

    max: MaximalSearch


class MaximalParams(Section):
    """All of maximal/params.yaml."""

    architectures: Annotated[tuple[Architecture, ...], Field(min_length=1)]
    hpo: MaximalHpo


def load_maximal(path: Path = MAXIMAL) -> MaximalParams:
    """The settings in `path`; raises ParamsError naming every problem at once."""
    return validated(MaximalParams, read_yaml_mapping(path, ParamsError), path)
