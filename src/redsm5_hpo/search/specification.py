"""What a search is: the one description of s0, s1, s2 and the maximal search.

Owns the fields. Which values a search stage puts there is its module's in searches.
"""

from dataclasses import dataclass, field

from redsm5_hpo.core.files import Json
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.corpus.portions import Fold
from redsm5_hpo.params import Configuration, Order, Space, TrainingParams
from redsm5_hpo.search.pruners import NoPruner, Pruner
from redsm5_hpo.search.records import Values


@dataclass(frozen=True)
class SearchSpecification:
    """One search of one architecture.

    Attributes:
        stage: s0, s1, s2 or max.
        first: the parameters of trials 0, 1, ..., whatever the sampler is; they may lie outside the space.
        defaults: the default configuration, which completes a trial's parameters.
        training: the settings that do not vary between fits.
        seed: all other seeds are derived from it.
        epochs: how many a trial has at most.
        max_concurrent_trials: how many trials may run at once.
        startup_trials: how many measured trials TPE waits for; None for a Sobol sequence alone.
        settings: the settings that all this is made from, for the fingerprint.
        order: in which trials start, which decides what each sees.
        pruner: when a trial is ended early.
        folds: what each trial is fitted on in turn; empty to train on train and validate on val.
        previous: the search stage that this one starts from; None if there is none.
        narrowed_from: the space that this one's was narrowed from; None if it was not.
        messages: what the user is shown at the start.
        sanity: whether the study must show that training works at all.
        long: whether it is one large study: with a forecast, kept to be extended, with more analysis.
        timeout_hours: no trial starts after so many; None for no limit.
        max_consecutive_failures: of one cause that stop the study; None for any number.
        top_k: how many of the best trials are listed; 0 for none.
    """

    architecture: Architecture
    stage: str
    space: Space
    first: tuple[Values, ...]
    defaults: Configuration
    training: TrainingParams
    seed: int
    trials: int
    epochs: int
    max_concurrent_trials: int
    startup_trials: int | None
    settings: dict[str, Json]
    order: Order = "number"
    pruner: Pruner = field(default_factory=NoPruner)
    folds: tuple[Fold, ...] = ()
    previous: str | None = None
    narrowed_from: Space | None = None
    messages: tuple[str, ...] = ()
    sanity: bool = False
    long: bool = False
    timeout_hours: float | None = None
    max_consecutive_failures: int | None = None
    top_k: int = 0
