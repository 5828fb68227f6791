"""The multi-stage search: what s0, s1 and s2 search.

Owns the differences between the stages. s0 is a sanity check: it tries the default configuration, then a Sobol
sequence, without pruning. s1 searches the whole space with TPE from the best trial of s0; s2 searches a narrowed space
from the best trial of s1.
"""

from typing import Final, Literal

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.files import Json
from redsm5_hpo.core.layout import TRAIN, VAL, search_stage, study_folder
from redsm5_hpo.core.seeding import child_seed
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.corpus.portions import Fold
from redsm5_hpo.corpus.splits.folds import folds
from redsm5_hpo.params import Budget, HpoParams, Params, Space, known_architecture
from redsm5_hpo.search.pruners import MedianEpochPruner, NoPruner, Pruner, WilcoxonFoldPruner
from redsm5_hpo.search.results.best_trial import load_best
from redsm5_hpo.search.results.study_files import load_space, load_trials
from redsm5_hpo.search.searches.space_narrowing import narrowed_space
from redsm5_hpo.search.searches.suited_space import check_rates, suited_messages
from redsm5_hpo.search.space import active_values, read_by
from redsm5_hpo.search.specification import SearchSpecification

Stage = Literal["s0", "s1", "s2"]
PREVIOUS: Final[dict[Stage, Stage | None]] = {"s0": None, "s1": "s0", "s2": "s1"}
_MOST_STARTUP_TRIALS = 10  # Optuna's own number


def staged_search(params: Params, architecture: str, stage: Stage) -> SearchSpecification:
    """The specification of a stage; raises StudyError when the files of the stage before cannot be read."""
    known, previous = known_architecture(architecture), PREVIOUS[stage]
    hpo, budget, first = params.hpo, _budget(params.hpo, stage), params.default_configuration
    space, narrowed_from = _space(params, known), None
    check_rates(space, params.default_configuration, "hpo.space")
    if previous is not None:
        before = study_folder(known, search_stage(previous))
        first = load_best(before).configuration
        if stage == "s2":
            narrowed_from = load_space(before)
            space = narrowed_space(narrowed_from, load_trials(before), hpo.s2.top_fraction, hpo.s2.margin)
    sanity = stage == "s0"
    pruner = NoPruner() if sanity else _pruner(hpo)
    return SearchSpecification(
        architecture=known,
        stage=stage,
        space=space,
        first=(active_values(space, first.without_nulls().model_dump()),),
        defaults=params.default_configuration,
        training=params.training,
        # Stages share hpo.seed; a seed of their own keeps them from drawing the same points again.
        seed=child_seed(hpo.seed, stage),
        trials=budget.trials,
        epochs=budget.epochs,
        max_concurrent_trials=hpo.max_concurrent_trials,
        startup_trials=None if sanity else startup_trials(budget.trials),
        settings=_settings(params, stage),
        order=hpo.order,
        pruner=pruner,
        folds=_folds(params),
        previous=previous,
        narrowed_from=narrowed_from,
        messages=(*suited_messages(space, params.encoder.name), *pruner.messages(hpo.folds)),
        sanity=sanity,
    )


def startup_trials(trials: int) -> int:
    """How many measured trials TPE waits for: a quarter of the budget, 1 to 10."""
    return max(1, min(_MOST_STARTUP_TRIALS, trials // 4))


def _space(params: Params, architecture: Architecture) -> Space:
    """hpo.space as far as the architecture reads it; raises StudyError where nothing is left to search."""
    encoder = params.encoder
    apart = encoder.criteria_name != encoder.name or "encoder" in params.hpo.space
    space = read_by(architecture, params.hpo.space, encoder.criteria_name if apart else None)
    if not space:
        raise StudyError(
            f"{architecture} reads nothing of hpo.space",
            got=", ".join(params.hpo.space) or "no dimension",
            allowed="at least one dimension that it reads",
            remedy="add one, such as weight_decay",
        )
    return space


def _pruner(hpo: HpoParams) -> Pruner:
    if hpo.folds > 1:
        return WilcoxonFoldPruner(hpo.pruning.p_threshold)
    return MedianEpochPruner(hpo.pruning.startup_trials, hpo.pruning.warmup_epochs)


def _folds(params: Params) -> tuple[Fold, ...]:
    if params.hpo.folds == 1:
        return ()
    # Of a seed of its own, so that the selection's folds are others.
    seed = child_seed(params.hpo.seed, "folds")
    return folds((TRAIN, VAL), params.hpo.folds, seed, params.split)


def _budget(hpo: HpoParams, stage: Stage) -> Budget:
    budgets: dict[Stage, Budget] = {"s0": hpo.s0, "s1": hpo.s1, "s2": hpo.s2}
    return budgets[stage]


def _settings(params: Params, stage: Stage) -> dict[str, Json]:
    """The settings that dvc.yaml lists for the stage."""
    names = {"seed", "max_concurrent_trials", "order", "folds", "space", stage}
    names |= set() if stage == "s0" else {"pruning"}
    return params.model_dump(mode="json", include={"encoder": True, "training": True, "split": True, "hpo": names})
