"""The maximal search: one large study of an architecture, from its inputs to its files.

Owns what is read and written, and what the study is made of. The engine is that of the multi-stage search. Its journal
stays: a study that is given more trials goes on, since trial n does not depend on how many there are.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from redsm5_hpo.corpus.effective_size import independent_examples
from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.files import Json, write_yaml
from redsm5_hpo.params import Architecture, Params, PruningParams, Space, known_architecture
from redsm5_hpo.params.maximal import MaximalParams, MaximalSearch
from redsm5_hpo.search.budget import score_noise
from redsm5_hpo.search.fingerprint import encoders_used, fingerprint
from redsm5_hpo.search.forecast import forecast
from redsm5_hpo.search.insights import importances, marginals, top_trials
from redsm5_hpo.search.offered import check_offered, offered_space
from redsm5_hpo.search.outputs import FinishedStudy, write_best, write_summary, write_trials
from redsm5_hpo.search.places import TRAIN, VAL, search_folder
from redsm5_hpo.search.proposals import SpaceFilling, Tpe
from redsm5_hpo.search.records import TrialRecord, Values
from redsm5_hpo.search.runner import TrialRunner
from redsm5_hpo.search.session import Session, run_session, workers
from redsm5_hpo.search.space import active_values, bounds_touched, told_outside
from redsm5_hpo.search.storm import Storm
from redsm5_hpo.search.study import Recipe
from redsm5_hpo.seeding import child_seed
from redsm5_hpo.training.floors import majority_floor
from redsm5_hpo.training.machine import machine_of_workers
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.winner import Winner
from redsm5_hpo.training.workers import worker_count

STAGE = "max"
_UNCOVERED = {"trials", "trials_of", "hours", "top", "failures_in_a_row", "warm_start", "space"}


def run_maximal(params: Params, maximal: MaximalParams, architecture: str) -> None:
    """Search, and write data/hpo/ARCH/max and metrics/ARCH/hpo_max; goes on where an earlier or a shorter run ended.

    Raises:
        StudyError: no trial completed, too many failed for one reason, or another process runs the same study.
        EncoderError: an encoder of the space cannot be loaded or is too small for it.
    """
    known, search = known_architecture(architecture), maximal.hpo.max
    train = Portion((TRAIN,)).load()
    floor = majority_floor(known, train, Portion((VAL,)).load())
    space, told = offered_space(search.space, known, params.encoder.criteria_name)
    names = encoders_used(params.encoder, params.training.defaults, space)
    check_offered(space, known, params.encoder, names, list(train.criteria.values()))
    machine = machine_of_workers(names)
    first = _first(params, search, space, known)
    recipe, settings = _recipe(search, known, space, first), _settings(params, search, space, first)
    plan = FitPlan(known, params.encoder, params.training, search.epochs, Portion((TRAIN,)), Portion((VAL,)))
    covers = fingerprint(known, STAGE, settings, machine, {"train": TRAIN, "val": VAL})
    remarks = [f"the majority floor is {floor:.4f}", *told, f"{len(space)} values are searched"]
    remarks += told_outside(space, first)

    def export(records: tuple[TrialRecord, ...], _: Path) -> list[str]:
        study = FinishedStudy(known, STAGE, space, params.training.defaults, search.epochs, records)
        return _export(study, search, floor, recipe.trials)

    run_session(_session(search, plan, recipe, covers, machine.gpus, remarks), lambda _: _runner(plan, search), export)


def _session(
    search: MaximalSearch, plan: FitPlan, recipe: Recipe, covers: dict[str, Json], gpus: int, remarks: list[str]
) -> Session:
    return Session(
        architecture=plan.architecture,
        name=f"hpo_{STAGE}",
        schedule=recipe,
        covers=covers,
        out=search_folder(plan.architecture, STAGE),
        open_workers=workers(search.window, gpus),
        remarks=remarks,
        watch=Storm(search.failures_in_a_row),
        out_of_time=_clock(search.hours),
        extendable=True,
        forecast=partial(forecast, plan, recipe.trials, worker_count(search.window, gpus), search.hours),
    )


def _runner(plan: FitPlan, search: MaximalSearch) -> TrialRunner:
    # Its trials are fitted on one split: nothing is pruned between folds.
    pruning = PruningParams(**search.pruning.model_dump(), fold_p=0.0)
    return TrialRunner(plan, pruning)


def _first(params: Params, search: MaximalSearch, space: Space, architecture: Architecture) -> tuple[Values, ...]:
    """The default configuration and the multi-stage search's winner, once if they are the same."""
    if not search.warm_start:
        return ()
    winner = Winner.load(search_folder(architecture, "s2") / "best.yaml").configuration
    found: list[Values] = []
    for configuration in (params.training.defaults, winner):
        values = active_values(space, params.encoder.resolve(configuration).model_dump())
        found += [] if values in found else [values]
    return tuple(found)


def _recipe(search: MaximalSearch, architecture: Architecture, space: Space, first: tuple[Values, ...]) -> Recipe:
    trials = search.trials or search.trials_of[architecture]
    proposal = Tpe(SpaceFilling(space, first), search.startup_trials)
    return Recipe(child_seed(search.seed, STAGE), trials, search.window, proposal)


def _settings(params: Params, search: MaximalSearch, space: Space, first: tuple[Values, ...]) -> dict[str, Json]:
    """What trials are made from; how many there are and when they stop is not among it."""
    return {
        **params.model_dump(mode="json", include={"encoder": True, "training": True}),
        "max": search.model_dump(mode="json", exclude=_UNCOVERED),
        "space": {name: dimension.model_dump(mode="json") for name, dimension in space.items()},
        "first": list(first),
    }


def _clock(hours: float | None) -> Callable[[], bool]:
    started = time.monotonic()
    return lambda: hours is not None and time.monotonic() - started > 3600 * hours


def _export(study: FinishedStudy, search: MaximalSearch, floor: float, trials: int) -> list[str]:
    directory = search_folder(study.architecture, STAGE)
    write_trials(directory, study)
    write_best(directory, study)
    write_yaml(directory / "topk.yaml", top_trials(study.defaults, study.records, search.top))
    scored = examples(Portion((VAL,)).load(), study.architecture)
    noise = score_noise(study.best.value or 0.0, independent_examples(scored))
    insights = {
        "importances": importances(study.space, study.records),
        "marginals": marginals(study.space, study.records),
        "truncated": len(study.records) < trials,
    }
    bought = write_summary(Path("metrics") / study.architecture, study, floor, noise, insights)
    return [bought.told(), *_remarks(study, search, trials)]


def _remarks(study: FinishedStudy, search: MaximalSearch, trials: int) -> list[str]:
    names = bounds_touched(study.space, study.best.configuration)
    touched = f"the best trial lies on a bound of the space in {', '.join(names)}: consider widening it"
    short = f"hpo.max.hours {search.hours} ended the study after {len(study.records)} of {trials} trials"
    return [*([short] if len(study.records) < trials else []), *([touched] if names else [])]
