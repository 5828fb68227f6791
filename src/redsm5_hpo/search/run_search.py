"""A search from its specification to its files: the one function that runs s0, s1, s2 and the maximal search.

Owns how a specification becomes a study, and which of its files are written.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from redsm5_hpo.core.layout import TRAIN, VAL, metrics_folder, search_stage, study_folder
from redsm5_hpo.corpus.effective_size import independent_examples
from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.corpus.portions import Fold, Portion
from redsm5_hpo.execution.epoch_reports import EpochReports, PipeSender, local_reports
from redsm5_hpo.execution.pool import worker_count_of_fits
from redsm5_hpo.search.callbacks.failure_guard import FailureGuard
from redsm5_hpo.search.epoch_cost import EpochCost, encoder_sizes, epoch_cost
from redsm5_hpo.search.objective import TrialObjective
from redsm5_hpo.search.order import CostOrder, NumberOrder, TrialOrder
from redsm5_hpo.search.records import TrialRecord, Values
from redsm5_hpo.search.results.budget_curve import score_noise
from redsm5_hpo.search.results.study_files import FinishedStudy, write_analysis, write_best, write_metrics, write_trials
from redsm5_hpo.search.run_study import StudyRun, run_study, workers
from redsm5_hpo.search.samplers import SobolSampler, TpeSampler
from redsm5_hpo.search.searches.forecast import forecast, mean_trial
from redsm5_hpo.search.searches.sanity import check_sanity
from redsm5_hpo.search.searches.space_check import check_space
from redsm5_hpo.search.space import bound_messages, outside_messages
from redsm5_hpo.search.specification import SearchSpecification
from redsm5_hpo.search.storage.fingerprint import encoders_used, fingerprint
from redsm5_hpo.search.study import SampledStudy
from redsm5_hpo.training.fit_spec import FitSpec
from redsm5_hpo.training.machine import Machine
from redsm5_hpo.training.majority_baseline import majority_baseline
from redsm5_hpo.training.workers import machine_of_workers, run_in_worker


def run_search(search: SearchSpecification) -> None:
    """Search, and write data/hpo/ARCH/STAGE and data/metrics/ARCH/STAGE; goes on where an earlier run was interrupted.

    Raises:
        SanityError: training does not work; trials.jsonl is there to look at.
        StudyError: no trial completed, too many failed for one reason, or another process runs the same study.
        EncoderError: an encoder cannot be loaded, or its windows are too small.
        HpoError: a trial of the space would fail.
    """
    stage = search_stage(search.stage)
    folders = {"train": TRAIN, "val": VAL}
    if search.previous is not None:
        folders["previous"] = study_folder(search.architecture, search_stage(search.previous))
    train = Portion((TRAIN,)).load()
    baseline = majority_baseline(search.architecture, train, Portion((VAL,)).load())
    machine = _machine(search, [*train.criteria.values()])
    count = worker_count_of_fits(search.max_concurrent_trials, machine.fits_at_once(search.training.gpu_memory_gb))
    spec = FitSpec(search.architecture, search.training, search.epochs, Portion((TRAIN,)), Portion((VAL,)))

    def export(records: tuple[TrialRecord, ...], _: Path) -> list[str]:
        return _export(search, FinishedStudy(search, records), baseline)

    with _reporting(search) as (reports, report):
        run = StudyRun(
            architecture=search.architecture,
            stage=stage,
            study=_study(search),
            covers=fingerprint(search.architecture, search.stage, search.settings, machine, folders),
            open_workers=workers(count, machine, spec.folders),
            messages=_messages(search, machine, baseline),
            callbacks=_guards(search),
            timed_out=_clock(search.timeout_hours),
            extendable=search.long,
            forecast=_forecast(search, spec, count) if search.long else None,
            workers=count,
            order=_order(search),
            reports=reports,
            fit_timeout=search.training.fit_timeout_seconds or math.inf,
        )
        run_study(run, lambda _: TrialObjective(spec, search.pruner, search.folds, report), export)


def _machine(search: SearchSpecification, criteria: list[str]) -> Machine:
    default = search.defaults  # which a study tries, whatever else it may
    described = _encoders(search), {default.encoder: default.max_length}
    if search.long:  # its space has been checked
        return machine_of_workers(*described)
    check = partial(check_space, search.space, search.architecture, default, criteria, "hpo.space")
    return machine_of_workers(*described, check)


@contextmanager
def _reporting(search: SearchSpecification) -> Iterator[tuple[EpochReports | None, PipeSender | None]]:
    """Where reports of running trials come and go, if the search's order waits for any."""
    if search.order == "number":
        yield None, None
    else:
        reports = EpochReports()
        with local_reports(reports) as sender:
            yield reports, sender


def _order(search: SearchSpecification) -> TrialOrder:
    if search.order == "number":
        return NumberOrder(search.max_concurrent_trials)
    cost = _cost(search)

    def cost_of(params: Values) -> int:
        return cost(search.defaults.with_values(params))

    return CostOrder(search.max_concurrent_trials, cost_of, search.epochs * max(1, len(search.folds)))


def _cost(search: SearchSpecification) -> EpochCost:
    fold = search.folds[0] if search.folds else Fold(Portion((TRAIN,)), Portion((VAL,)))
    return epoch_cost(search.architecture, fold, run_in_worker(partial(encoder_sizes, _encoders(search))))


def _encoders(search: SearchSpecification) -> list[str]:
    return encoders_used(search.architecture, search.defaults, search.space)


def _messages(search: SearchSpecification, machine: Machine, baseline: float) -> list[str]:
    of_gpus, remarks = machine.messages(search.training.gpu_memory_gb), outside_messages(search.space, search.first)
    return [f"the majority baseline is {baseline:.4f}", *of_gpus, *search.messages, *remarks]


def _study(search: SearchSpecification) -> SampledStudy:
    start = SobolSampler(search.space, search.first)
    sampler = start if search.startup_trials is None else TpeSampler(start, search.startup_trials)
    return SampledStudy(search.seed, search.trials, search.max_concurrent_trials, sampler, search.defaults)


def _guards(search: SearchSpecification) -> list[Callable[[TrialRecord], None]]:
    most = search.max_consecutive_failures
    return [] if most is None else [FailureGuard(most)]


def _clock(hours: float | None) -> Callable[[], bool]:
    started = time.monotonic()
    return lambda: hours is not None and time.monotonic() - started > 3600 * hours


def _forecast(search: SearchSpecification, spec: FitSpec, workers: int) -> Callable[[], str]:
    def forecast_of_mean() -> str:
        trial = mean_trial(search.space, search.defaults, search.seed, _cost(search))
        return forecast(spec, trial, search.trials, workers, search.timeout_hours)

    return forecast_of_mean


def _export(search: SearchSpecification, study: FinishedStudy, baseline: float) -> list[str]:
    results = study_folder(search.architecture, search_stage(search.stage))
    write_trials(results, study)
    if search.sanity:
        check_sanity(study.records, baseline)
    write_best(results, study)
    if search.long:
        write_analysis(results, study)
    scored = examples(Portion((TRAIN, VAL) if search.folds else (VAL,)).load(), search.architecture)
    noise = score_noise(study.best.value or 0.0, independent_examples(scored))
    budget = write_metrics(metrics_folder(search.architecture, search_stage(search.stage)), study, baseline, noise)
    return [budget.message(), *_remarks(search, study)]


def _remarks(search: SearchSpecification, study: FinishedStudy) -> list[str]:
    done, remarks = len(study.records), []
    if done < search.trials:
        remarks.append(f"timeout_hours {search.timeout_hours} ended the study after {done} of {search.trials} trials")
    return remarks + bound_messages(search.space, search.narrowed_from or search.space, study.best.params)
