"""One stage of the multi-stage search, from its inputs to its files.

Owns what is read and written. What a stage searches stands in recipes, how a study runs in session and study.
"""

from pathlib import Path

from redsm5_hpo.corpus.effective_size import independent_examples
from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.corpus.folds import folds
from redsm5_hpo.corpus.portions import Fold, Portion
from redsm5_hpo.params import Architecture, Params, known_architecture
from redsm5_hpo.search.budget import score_noise
from redsm5_hpo.search.fingerprint import encoders_used, fingerprint
from redsm5_hpo.search.outputs import FinishedStudy, write_best, write_summary, write_trials
from redsm5_hpo.search.places import TRAIN, VAL, search_folder
from redsm5_hpo.search.recipes import PREVIOUS, Stage, StageRecipe, stage_recipe
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.runner import TrialRunner
from redsm5_hpo.search.sanity import check_sanity
from redsm5_hpo.search.session import Session, run_session, workers
from redsm5_hpo.search.space import bounds_touched
from redsm5_hpo.seeding import child_seed
from redsm5_hpo.training.floors import majority_floor
from redsm5_hpo.training.machine import machine_of_workers
from redsm5_hpo.training.plan import FitPlan


def run_stage(params: Params, architecture: str, stage: Stage) -> None:
    """Search, and write data/hpo/ARCH/STAGE and metrics/ARCH/hpo_STAGE; goes on where an earlier run was interrupted.

    Raises:
        SanityError: stage s0 shows that training does not work; its trials.jsonl is there to look at.
        StudyError: no trial completed, or another process runs the same stage.
    """
    known = known_architecture(architecture)
    floor = majority_floor(known, Portion((TRAIN,)).load(), Portion((VAL,)).load())
    previous = None if PREVIOUS[stage] is None else search_folder(known, str(PREVIOUS[stage]))
    recipe = stage_recipe(params, stage, previous)
    inputs = {"train": TRAIN, "val": VAL, **({} if previous is None else {"previous": previous})}
    first = params.encoder.of(params.training.defaults)  # which a study tries, whatever else it may
    machine = machine_of_workers(
        encoders_used(params.encoder, params.training.defaults, recipe.space), {first.name: first.max_length}
    )
    session = Session(
        architecture=known,
        name=f"hpo_{stage}",
        schedule=recipe.study,
        covers=fingerprint(known, stage, recipe.settings, machine, inputs),
        out=search_folder(known, stage),
        open_workers=workers(recipe.study.window, machine.gpus),
        remarks=_remarks(recipe, floor),
    )

    def export(records: tuple[TrialRecord, ...], _: Path) -> list[str]:
        study = FinishedStudy(
            known, stage, recipe.space, params.training.defaults, recipe.epochs, records, params.hpo.folds
        )
        return _export(study, floor)

    run_session(session, lambda _: _runner(params, known, recipe), export)


def _runner(params: Params, architecture: Architecture, recipe: StageRecipe) -> TrialRunner:
    plan = FitPlan(architecture, params.encoder, params.training, recipe.epochs, Portion((TRAIN,)), Portion((VAL,)))
    return TrialRunner(plan, recipe.pruning, _folds(params))


def _folds(params: Params) -> tuple[Fold, ...]:
    if params.hpo.folds == 1:
        return ()
    # Of a seed of its own, so that the selection's folds are others.
    seed = child_seed(params.hpo.seed, "folds")
    return folds((TRAIN, VAL), params.hpo.folds, seed, params.split)


def _remarks(recipe: StageRecipe, floor: float) -> list[str]:
    return [f"the majority floor is {floor:.4f}", *recipe.told]


def _export(study: FinishedStudy, floor: float) -> list[str]:
    directory = search_folder(study.architecture, study.stage)
    write_trials(directory, study)
    if study.stage == "s0":
        check_sanity(study.records, floor)
    write_best(directory, study)
    scored = examples(Portion((VAL,) if study.folds == 1 else (TRAIN, VAL)).load(), study.architecture)
    noise = score_noise(study.best.value or 0.0, independent_examples(scored))
    bought = write_summary(Path("metrics") / study.architecture, study, floor, noise)
    names = bounds_touched(study.space, study.best.configuration)
    touched = f"the best trial lies on a bound of the space in {', '.join(names)}: consider widening it"
    return [bought.told(), *([touched] if names else [])]
