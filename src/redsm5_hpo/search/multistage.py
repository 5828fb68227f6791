"""One stage of the multi-stage search, from its inputs to its files.

Owns the order of events and the paths. What a stage searches stands in recipes, how a study runs in study.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import cast, get_args

from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.errors import HpoError, StudyError
from redsm5_hpo.files import write_json
from redsm5_hpo.params import Architecture, Params
from redsm5_hpo.search.console import Console
from redsm5_hpo.search.fingerprint import fingerprint
from redsm5_hpo.search.journal import Journal, open_journal
from redsm5_hpo.search.outputs import FinishedStudy, write_best, write_summary, write_trials
from redsm5_hpo.search.recipes import PREVIOUS, Stage, StageRecipe, stage_recipe
from redsm5_hpo.search.sanity import check_sanity
from redsm5_hpo.search.space import bounds_touched
from redsm5_hpo.search.study import Listeners, run_study
from redsm5_hpo.search.study_log import StudyLog
from redsm5_hpo.search.trial import TrialRunner
from redsm5_hpo.tracking import StudyTracker
from redsm5_hpo.training.floors import majority_floor
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.workers import worker_count, worker_pool

TRAIN, VAL = Path("data/splits/train"), Path("data/splits/val")
JOURNALS = Path(".hpo_work")


def run_stage(params: Params, architecture: str, stage: Stage) -> None:
    """Search, and write data/hpo/ARCH/STAGE and metrics/ARCH/hpo_STAGE; goes on where an earlier run was interrupted.

    Raises:
        SanityError: stage s0 shows that training does not work; its trials.jsonl is there to look at.
        StudyError: no trial completed, or another process runs the same stage.
    """
    known = _known(architecture)
    floor = majority_floor(known, Corpus.load(TRAIN), Corpus.load(VAL))
    previous = _folder(known, PREVIOUS[stage])
    recipe = stage_recipe(params, stage, previous)
    inputs = {"train": TRAIN, "val": VAL, **({} if previous is None else {"previous": previous})}
    covers = fingerprint(known, stage, recipe.settings, params.encoder, inputs)
    with (
        open_journal(JOURNALS, covers) as journal,
        Console(f"hpo_{stage}@{known}", recipe.study.trials) as console,
    ):
        _announce(console, recipe, floor, journal)
        with StudyTracker(Path("metrics") / known / f"hpo_{stage}") as tracker:
            listeners = Listeners(console.finished, StudyLog(tracker).recorded)
            records = run_study(recipe.study, _runner(params, known, recipe), _opener(recipe), journal, listeners)
        study = FinishedStudy(known, stage, recipe.space, params.training.defaults, recipe.epochs, records)
        try:
            _export(study, floor, console)
        except HpoError:
            journal.discard()  # the study is finished, and trials.jsonl has it; another run starts afresh
            raise
        write_json(Path("metrics/time") / known / f"hpo_{stage}.json", {"seconds": round(console.seconds, 1)})
        journal.discard()


def _known(architecture: str) -> Architecture:
    if architecture not in get_args(Architecture):
        allowed = ", ".join(get_args(Architecture))
        raise StudyError("unknown architecture", got=repr(architecture), allowed=allowed)
    return cast(Architecture, architecture)


def _folder(architecture: Architecture, stage: Stage | None) -> Path | None:
    return None if stage is None else Path("data/hpo") / architecture / stage


def _runner(params: Params, architecture: Architecture, recipe: StageRecipe) -> TrialRunner:
    plan = FitPlan(architecture, params.encoder, params.training, recipe.epochs, (TRAIN,), VAL)
    return TrialRunner(plan, recipe.pruning)


def _opener(recipe: StageRecipe) -> Callable[[], Executor]:
    return partial(worker_pool, worker_count(recipe.study.window))


def _announce(console: Console, recipe: StageRecipe, floor: float, journal: Journal) -> None:
    console.say(f"the majority floor is {floor:.4f}")
    if names := recipe.first_outside:
        console.say(f"the first trial lies outside the space in {', '.join(names)}; it is tried as it is")
    console.resumed(journal.records, journal.damaged)


def _export(study: FinishedStudy, floor: float, console: Console) -> None:
    directory = Path("data/hpo") / study.architecture / study.stage
    write_trials(directory, study)
    if study.stage == "s0":
        check_sanity(study.records, floor)
    write_best(directory, study)
    write_summary(Path("metrics") / study.architecture / f"hpo_{study.stage}.json", study, floor)
    if names := bounds_touched(study.space, study.best.configuration):
        console.say(f"the best trial lies on a bound of the space in {', '.join(names)}: consider widening it")
