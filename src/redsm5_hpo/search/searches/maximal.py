"""The maximal search: one large study of an architecture over encoders, optimizers, schedulers, heads and losses.

Owns what it searches. Its journal stays: a study that is given more trials goes on, since trial n does not depend on
how many there are.
"""

from redsm5_hpo.core.files import Json
from redsm5_hpo.core.layout import MAXIMAL, MULTI_STAGE, TRAIN, last_search_stage, study_folder
from redsm5_hpo.core.seeding import child_seed
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.params import Params, Space, known_architecture
from redsm5_hpo.params.maximal import MaximalParams, MaximalSearch
from redsm5_hpo.search.pruners import MedianEpochPruner
from redsm5_hpo.search.records import Values
from redsm5_hpo.search.results.best_trial import load_best
from redsm5_hpo.search.searches.space_check import check_space
from redsm5_hpo.search.searches.space_filter import available_space
from redsm5_hpo.search.searches.suited_space import check_rates, relative_messages
from redsm5_hpo.search.space import active_values
from redsm5_hpo.search.specification import SearchSpecification
from redsm5_hpo.search.storage.fingerprint import encoders_used

_NOT_COVERED = {
    "trials",
    "trials_per_architecture",
    "timeout_hours",
    "top_k",
    "max_consecutive_failures",
    "warm_start",
    "space",
}


def maximal_search(params: Params, maximal: MaximalParams, architecture: str) -> SearchSpecification:
    """The specification of the maximal search.

    Raises:
        StudyError: the files of the multi-stage search cannot be read, or the space has no encoder on this machine.
        EncoderError: an encoder of the space cannot be loaded or is too small for it.
    """
    known, search = known_architecture(architecture), maximal.hpo.max
    defaults = params.default_configuration
    space, messages = available_space(search.space, known, defaults.criteria_encoder)
    check_rates(space, defaults, "hpo.max.space")
    definitions = list(Portion((TRAIN,)).load().criteria.values())
    encoders = encoders_used(known, defaults, space)
    check_space(space, known, defaults, definitions, "hpo.max.space")
    first = _first(params, search, space, known)
    return SearchSpecification(
        architecture=known,
        stage=MAXIMAL,
        space=space,
        first=first,
        defaults=defaults,
        training=params.training,
        seed=child_seed(search.seed, MAXIMAL),
        trials=search.trials or search.trials_per_architecture[known],
        epochs=search.epochs,
        max_concurrent_trials=search.max_concurrent_trials,
        startup_trials=search.startup_trials,
        settings=_settings(params, search, space, first),
        order=search.order,
        pruner=MedianEpochPruner(search.pruning.startup_trials, search.pruning.warmup_epochs),
        messages=(*messages, *relative_messages(space, encoders), f"{len(space)} values are searched"),
        long=True,
        timeout_hours=search.timeout_hours,
        max_consecutive_failures=search.max_consecutive_failures,
        top_k=search.top_k,
    )


def _first(params: Params, search: MaximalSearch, space: Space, architecture: Architecture) -> tuple[Values, ...]:
    """The default configuration and the multi-stage search's best trial, once if they are the same."""
    if not search.warm_start:
        return ()
    best = load_best(study_folder(architecture, last_search_stage(MULTI_STAGE))).configuration
    found: list[Values] = []
    for configuration in (params.default_configuration, best):
        values = active_values(space, configuration.without_nulls().model_dump())
        found += [] if values in found else [values]
    return tuple(found)


def _settings(params: Params, search: MaximalSearch, space: Space, first: tuple[Values, ...]) -> dict[str, Json]:
    """What trials are made from; how many there are and when they stop is not part of it."""
    return {
        **params.model_dump(mode="json", include={"encoder": True, "training": True}),
        "max": search.model_dump(mode="json", exclude=_NOT_COVERED),
        "space": {name: dimension.model_dump(mode="json") for name, dimension in space.items()},
        "first": list(first),
    }
