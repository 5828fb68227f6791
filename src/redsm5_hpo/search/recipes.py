"""The recipes of the multi-stage search: what each of hpo_s0, hpo_s1 and hpo_s2 is made of.

Owns the differences between the stages. Reads the results of the stage before; runs nothing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from redsm5_hpo.files import Json
from redsm5_hpo.params import Budget, HpoParams, Params, PruningParams, Space
from redsm5_hpo.search.outputs import load_space, load_trials
from redsm5_hpo.search.proposals import Proposal, SpaceFilling, Tpe
from redsm5_hpo.search.refinement import refined_space
from redsm5_hpo.search.space import active_values, told_outside
from redsm5_hpo.search.study import Recipe
from redsm5_hpo.seeding import child_seed
from redsm5_hpo.training.winner import Winner

Stage = Literal["s0", "s1", "s2"]
PREVIOUS: dict[Stage, Stage | None] = {"s0": None, "s1": "s0", "s2": "s1"}

_MOST_STARTUP = 10


@dataclass(frozen=True)
class StageRecipe:
    """One search stage, ready to run.

    Attributes:
        study: what decides its proposals.
        space: the space searched.
        told: what the user is told of it at the start.
        epochs: how many epochs a trial has at most.
        pruning: when a trial is ended early; None for never.
        settings: the settings that all this was made from.
    """

    study: Recipe
    space: Space
    told: tuple[str, ...]
    epochs: int
    pruning: PruningParams | None
    settings: dict[str, Json]


def stage_recipe(params: Params, stage: Stage, previous: Path | None) -> StageRecipe:
    """The recipe of a stage; `previous` is the folder of the stage before.

    hpo_s0 tries the defaults, then fills the space, without pruning: a sanity check wants whole trials. hpo_s1 searches
    the whole space with TPE from the best of hpo_s0; hpo_s2 a narrowed space from the best of hpo_s1.
    """
    hpo, budget = params.hpo, _budget(params.hpo, stage)
    space, first = hpo.space, params.training.defaults
    if previous is not None:
        first = Winner.load(previous / "best.yaml").configuration
    if stage == "s2" and previous is not None:
        space = refined_space(load_space(previous), load_trials(previous), hpo.s2.top_share, hpo.s2.margin)
    searched = active_values(space, params.encoder.resolve(first).model_dump())
    start = SpaceFilling(space, (searched,))
    proposal: Proposal = start if stage == "s0" else Tpe(start, startup_trials(budget.trials))
    # Stages share hpo.seed; a seed of their own keeps them from drawing the same points again.
    seed = child_seed(hpo.seed, stage)
    pruning = None if stage == "s0" else hpo.pruning
    recipe, told = Recipe(seed, budget.trials, hpo.window, proposal), tuple(told_outside(space, (searched,)))
    return StageRecipe(recipe, space, told, budget.epochs, pruning, _settings(params, stage))


def startup_trials(trials: int) -> int:
    """How many measured trials TPE waits for: a quarter of the budget, 1 to 10 (Optuna's own number)."""
    return max(1, min(_MOST_STARTUP, trials // 4))


def _budget(hpo: HpoParams, stage: Stage) -> Budget:
    budgets: dict[Stage, Budget] = {"s0": hpo.s0, "s1": hpo.s1, "s2": hpo.s2}
    return budgets[stage]


def _settings(params: Params, stage: Stage) -> dict[str, Json]:
    """The settings that dvc.yaml lists for the stage."""
    hpo = {"seed", "window", "folds", "space", stage} | (set() if stage == "s0" else {"pruning"})
    return params.model_dump(mode="json", include={"encoder": True, "training": True, "split": True, "hpo": hpo})
