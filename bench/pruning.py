"""What pruning and early stopping save and cost: the multi-stage search with and without them, seed by seed.

usage: PYTHONPATH=src python bench/pruning.py criteria [--rows 150] [--val-rows 200] [--seeds 1 2 3]
Both run hpo_s0, hpo_s1 and hpo_s2 as the pipeline does, one with the pruning and patience of params.yaml, one in which
every trial trains all its epochs. Prints one JSON line a search: epochs trained, as a share of the most possible, and
the best val f1_macro of hpo_s2. That is the maximum of many noisy values, which grows with their number: so the best
trial is also fitted with fresh seeds, and scored on the posts of val that the search did not use. And since two
searches sample different trials, pruning and early stopping are replayed on the curves of hpo_s2's whole trials, one
after the other: the share of their epochs that is left, and the best value. Takes hours with all rows.
"""

import argparse
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from redsm5_hpo.execution.forkserver import start_worker_server

if __name__ == "__main__":
    start_worker_server("redsm5_hpo.search.trial")

from task import ROOT, cut, portion_options

from redsm5_hpo.core.layout import SPLITS, TRAIN, search_stage, study_folder
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.execution.pool import abandoned_on_error
from redsm5_hpo.params import Params, load_params
from redsm5_hpo.search.pruners import MedianEpochPruner, ShouldPrune
from redsm5_hpo.search.records import Curve, TrialRecord
from redsm5_hpo.search.results.best_trial import BestTrial, load_best
from redsm5_hpo.search.results.study_files import load_trials
from redsm5_hpo.search.run_search import run_search
from redsm5_hpo.search.searches.staged import Stage, staged_search
from redsm5_hpo.training.fit_spec import FitSpec
from redsm5_hpo.training.workers import training_workers

STAGES: tuple[Stage, ...] = ("s0", "s1", "s2")
_NEVER = 10**6  # epochs of patience, and startup trials of the pruner
_FRESH_SEEDS = range(1001, 1006)


def main() -> None:
    """Run both sides for every seed."""
    options = _parse()
    for seed in options.seeds:
        for side in ("pruned", "whole"):
            params = _params(options, seed, pruned=side == "pruned")
            with _working_directory(options):
                found = {**_search(params, options), "reruns": _rerun(params, options)}
                if side == "whole":
                    found["replayed"] = _replayed(_params(options, seed, pruned=True), options.architecture)
                print(json.dumps({"seed": seed, "side": side, **found}), flush=True)


def _parse() -> argparse.Namespace:
    parser = portion_options(__doc__)
    parser.add_argument("--val-rows", type=int, default=0, help="validate on about so many rows; 0 means all")
    parser.add_argument("--trials", type=int, nargs=3, default=[8, 20, 50])
    parser.add_argument("--epochs", type=int, nargs=3, default=[3, 6, 10])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    return parser.parse_args()


def _params(options: argparse.Namespace, seed: int, *, pruned: bool) -> Params:
    params = load_params(ROOT / "params.yaml")
    budgets = {
        stage: getattr(params.hpo, stage).model_copy(update={"trials": trials, "epochs": epochs})
        for stage, trials, epochs in zip(STAGES, options.trials, options.epochs, strict=True)
    }
    hpo = params.hpo.model_copy(update={"seed": seed, **budgets})
    if pruned:
        return params.model_copy(update={"hpo": hpo})
    whole = hpo.pruning.model_copy(update={"startup_trials": _NEVER})
    training = params.training.model_copy(update={"early_stopping_patience": _NEVER})
    return params.model_copy(update={"hpo": hpo.model_copy(update={"pruning": whole}), "training": training})


@contextmanager
def _working_directory(options: argparse.Namespace) -> Iterator[None]:
    """A directory with train and val, cut to so many rows: searches read and write below the current one."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in (("train", options.rows), ("val", options.val_rows)):
            whole = Portion((options.splits / name,))
            cut(whole, options.architecture, rows).load().save(Path(folder) / SPLITS / name)
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def _rerun(params: Params, options: argparse.Namespace) -> list[float]:
    """The best trial's f1_macro on the rest of val, one for each fresh seed; none where the search used all of val."""
    val = Portion((options.splits / "val",))
    used = cut(val, options.architecture, options.val_rows).post_ids
    if used is None:
        return []
    rest = frozenset(post.post_id for post in val.load().posts) - used
    best = load_best(study_folder(options.architecture, search_stage("s2")))
    train, held_out = Portion((TRAIN.resolve(),)), replace(val, post_ids=rest)
    spec = FitSpec(options.architecture, params.training, best.epochs, train, held_out)
    with abandoned_on_error(training_workers(2)) as pool:
        fits = [pool.submit(_score, spec, best, seed) for seed in _FRESH_SEEDS]
        return [round(fit.result(), 4) for fit in fits]


def _score(spec: FitSpec, best: BestTrial, seed: int) -> float:
    """Runs in a worker."""
    from redsm5_hpo.training.fit import fit_and_score

    return fit_and_score(spec, best.configuration, seed, best.best_epoch)[0].f1_macro


def _trials(architecture: str, stage: Stage) -> tuple[TrialRecord, ...]:
    return load_trials(study_folder(architecture, search_stage(stage)))


def _replayed(params: Params, architecture: str) -> dict[str, float]:
    whole = [record.curve for record in _trials(architecture, "s2")]
    pruner = MedianEpochPruner(params.hpo.pruning.startup_trials, params.hpo.pruning.warmup_epochs)
    complete: list[Curve] = []
    epochs, best = 0, 0.0
    for curve in whole:
        kept, pruned = _cut_short(curve, pruner.against(complete), params.training.early_stopping_patience)
        epochs, best = epochs + len(kept), max(best, *kept)
        if not pruned:
            complete.append(kept)
    return {"share": round(epochs / sum(map(len, whole)), 3), "best": best}


def _cut_short(curve: Curve, should_prune: ShouldPrune, patience: int) -> tuple[Curve, bool]:
    """What is left of a curve, and whether it was pruned: checked in the order of training.fit."""
    for epoch in range(1, len(curve)):
        kept = curve[:epoch]
        if should_prune(kept):
            return kept, True
        if epoch - (kept.index(max(kept)) + 1) >= patience:
            return kept, False
    return curve, False


def _search(params: Params, options: argparse.Namespace) -> dict[str, object]:
    started, trained, states = time.monotonic(), 0, Counter[str]()
    for stage in STAGES:
        run_search(staged_search(params, options.architecture, stage))
    for stage in STAGES:
        records = _trials(options.architecture, stage)
        trained += sum(len(record.epochs) for record in records)
        states.update(record.state for record in records)
    possible = sum(trials * epochs for trials, epochs in zip(options.trials, options.epochs, strict=True))
    return {
        "epochs": trained,
        "share": round(trained / possible, 3),
        "best": max(record.value or 0.0 for record in records),
        "trials": dict(sorted(states.items())),
        "minutes": round((time.monotonic() - started) / 60, 1),
    }


if __name__ == "__main__":
    main()
