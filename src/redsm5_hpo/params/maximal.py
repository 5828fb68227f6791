"""The sections of maximal/params.yaml: the maximal search. All other settings are in params.yaml."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from redsm5_hpo.core.errors import ParamsError
from redsm5_hpo.core.layout import MAXIMAL_PARAMS
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.params.base import Order, Positive, Real, Section, Seed
from redsm5_hpo.params.loading import validated
from redsm5_hpo.params.sections import MedianPruning
from redsm5_hpo.params.space import SearchedSpace
from redsm5_hpo.params.yaml_mapping import read_yaml_mapping


class MaximalSearch(Section):
    """One large study per architecture.

    Attributes:
        trials: of every study; null for the values of `trials_per_architecture`.
        timeout_hours: no trial starts after this time; null for no timeout.
        startup_trials: finished trials before TPE samples; not derived from the number of trials, because an extended
            study keeps its trials.
        max_consecutive_failures: failures in a row, of one cause, after which the study stops.
        warm_start: whether the first trials are the default configuration and the configuration that the multi-stage
            search selected.
        top_k: how many of the best trials topk.yaml lists.
    """

    seed: Seed
    max_concurrent_trials: Positive
    order: Order
    epochs: Positive
    trials: Positive | None
    trials_per_architecture: dict[Architecture, Positive]
    timeout_hours: Annotated[Real, Field(gt=0)] | None
    startup_trials: Positive
    max_consecutive_failures: Positive
    warm_start: bool
    top_k: Positive
    pruning: MedianPruning
    space: SearchedSpace


class MaximalHpo(Section):
    """Nests the search, so that its keys begin with hpo.max."""

    max: MaximalSearch


class MaximalParams(Section):
    """All of maximal/params.yaml."""

    architectures: Annotated[tuple[Architecture, ...], Field(min_length=1)]
    hpo: MaximalHpo


def load_maximal(path: Path = MAXIMAL_PARAMS) -> MaximalParams:
    """The settings in `path`; raises one ParamsError that names all problems."""
    return validated(MaximalParams, read_yaml_mapping(path, ParamsError), path)
