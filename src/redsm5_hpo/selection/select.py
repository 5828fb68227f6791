"""The selection: the best trials of a search and the default configuration run again, and one of them selected.

Owns the stage's inputs and files: runs.jsonl, selected.yaml and default.yaml in its folder, and selection.json among
its metrics. Runs are in reruns.py, their comparison is in comparison.py.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.core import layout
from redsm5_hpo.core.files import Json, write_json, write_jsonl, write_yaml
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.portions import Fold
from redsm5_hpo.corpus.splits.folds import folds
from redsm5_hpo.execution.pool import worker_count_of_fits
from redsm5_hpo.inference.calibration import Calibration
from redsm5_hpo.params import Params, known_architecture
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.run_study import StudyRun, run_study, workers
from redsm5_hpo.search.storage.fingerprint import CODE, fingerprint
from redsm5_hpo.selection.calibration import fit_calibration
from redsm5_hpo.selection.candidates import DEFAULT, Candidate, candidates
from redsm5_hpo.selection.comparison import Comparison, compare, optimism
from redsm5_hpo.selection.reruns import RerunObjective, RerunStudy, read_predictions
from redsm5_hpo.selection.selected import SelectedConfiguration
from redsm5_hpo.training.fit_spec import FitSpec
from redsm5_hpo.training.scoring import Prediction
from redsm5_hpo.training.workers import machine_of_workers


def select(params: Params, architecture: str, search: layout.Search) -> None:
    """Run the candidates of a search again, and write the selected one.

    Raises:
        StudyError: the search's files cannot be read, every candidate failed, or another process selects as well.
    """
    known, stage = known_architecture(architecture), layout.after_search("select", search)
    source = layout.study_folder(known, layout.last_search_stage(search))
    found = candidates(source, params.default_configuration, params.select.top_k)
    all_folds = folds((layout.TRAIN, layout.VAL), params.select.folds, params.select.seed, params.split)
    folded = all_folds[: params.select.runs]
    study = RerunStudy(params.select.seed, found, len(folded))
    machine = machine_of_workers(name for each in found for name in each.configuration.encoder_params.names(known))
    count = worker_count_of_fits(study.trials, machine.fits_at_once(params.training.gpu_memory_gb))
    inputs = {"train": layout.TRAIN, "val": layout.VAL, "previous": source}
    run = StudyRun(
        architecture=known,
        stage=stage,
        study=study,
        covers=fingerprint(known, stage, _settings(params), machine, inputs, (*CODE, "inference", "selection")),
        open_workers=workers(count, machine, (layout.TRAIN, layout.VAL)),
        messages=[f"{', '.join(each.name for each in found)} on {len(folded)} of {params.select.folds} folds"],
        workers=count,
        fit_timeout=params.training.fit_timeout_seconds or math.inf,
    )
    spec = FitSpec(known, params.training, 1, folded[0].train, folded[0].held_out)
    selection = Selection(known, found, folded, params.select.folds, stage)
    run_study(run, lambda folder: RerunObjective(spec, found, folded, folder), selection.export)


@dataclass(frozen=True)
class Selection:
    """Finished runs, and what their files need.

    Attributes:
        candidates: in the order of runs.
        folds: those that were held out.
        all_folds: how many folds the posts were assigned to.
        stage: select, or select_max.
    """

    architecture: Architecture
    candidates: tuple[Candidate, ...]
    folds: tuple[Fold, ...]
    all_folds: int
    stage: str

    def export(self, records: tuple[TrialRecord, ...], folder: Path) -> list[str]:
        """Write all files, given the runs and the folder of their predictions; returns the messages for the user."""
        directory = layout.study_folder(self.architecture, self.stage)
        runs = len(self.folds)
        rows_of = [records[start : start + runs] for start in range(0, len(records), runs)]
        by_candidate = dict(zip((each.name for each in self.candidates), rows_of, strict=True))
        write_jsonl(directory / "runs.jsonl", self._lines(by_candidate))
        found = compare({name: [row.value for row in rows] for name, rows in by_candidate.items()}, self.all_folds)
        for name, file in ((DEFAULT, layout.DEFAULT_CONFIGURATION), (found.selected, layout.SELECTED)):
            if name in found.estimates:
                calibration = self._calibration([row.number for row in by_candidate[name]], folder)
                write_yaml(directory / file, self._configuration(name, found, calibration))
        metrics = layout.metrics_folder(self.architecture, self.stage) / layout.SELECTION_METRICS
        write_json(metrics, self._metrics(found))
        return [found.message]

    def _lines(self, by_candidate: Mapping[str, Sequence[TrialRecord]]) -> list[dict[str, Json]]:
        return [
            {"candidate": name, "fold": fold, **row.to_json()}
            for name, rows in by_candidate.items()
            for fold, row in enumerate(rows)
        ]

    def _calibration(self, numbers: Sequence[int], folder: Path) -> Calibration:
        """Fitted to the predictions of all runs of one candidate, each for the posts that it held out."""
        scored: list[Example] = []
        predictions: list[Prediction] = []
        for number, fold in zip(numbers, self.folds, strict=True):
            scored += examples(fold.held_out.load(), self.architecture)
            predictions += read_predictions(folder, number)
        return fit_calibration(self.architecture, scored, predictions)

    def _configuration(self, name: str, found: Comparison, calibration: Calibration) -> dict[str, Json]:
        candidate = self._named(name)
        selected = SelectedConfiguration(
            configuration=candidate.configuration,
            stop_epoch=candidate.stop_epoch,
            epochs=candidate.epochs,
            value=found.estimates[name].mean,
            trial=candidate.trial,
            stage=candidate.stage,
            calibration=calibration,
            comparison=self._numbers(found),
        )
        return selected.model_dump(mode="json")

    def _numbers(self, found: Comparison) -> dict[str, float | bool]:
        """The comparison in a few numbers; without those that failed runs leave undefined."""
        numbers: dict[str, float | bool] = {} if found.beats_default is None else {"beats_default": found.beats_default}
        if found.best is not None:
            excess = optimism(self._named(found.best), found.estimates[found.best])
            numbers |= {} if excess is None else {"optimism": excess}
        if found.best in found.gains:
            gain = found.gains[found.best]
            numbers |= {"gain": gain.mean, "gain_standard_error": gain.standard_error}
        return numbers

    def _metrics(self, found: Comparison) -> dict[str, Json]:
        return {
            **self._numbers(found),
            "selected": found.selected,
            "runs": len(self.folds),
            "candidates": {
                each.name: {
                    "mean": found.estimates[each.name].mean,
                    "standard_error": found.estimates[each.name].standard_error,
                    "lower": found.estimates[each.name].lower,
                    **({} if each.searched is None else {"search": each.searched}),
                }
                for each in self.candidates
                if each.name in found.estimates
            },
            "failed": [each.name for each in self.candidates if each.name not in found.estimates],
        }

    def _named(self, name: str) -> Candidate:
        return next(each for each in self.candidates if each.name == name)


def _settings(params: Params) -> dict[str, Json]:
    """The settings that dvc.yaml lists for the stage."""
    return params.model_dump(mode="json", include={"encoder": True, "training": True, "select": True, "split": True})
