"""The selection: the best trials of a search and the default configuration run again, and one of them shipped.

Owns the stage's inputs and files: runs.jsonl, best.yaml (what is shipped) and default.yaml in its folder, and
metrics/ARCH/select.json. How runs are made stands in reruns, how they are compared in verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.folds import folds
from redsm5_hpo.corpus.portions import Fold
from redsm5_hpo.files import Json, write_json, write_jsonl, write_yaml
from redsm5_hpo.params import Architecture, Params, known_architecture
from redsm5_hpo.search.candidates import DEFAULT, Candidate, candidates
from redsm5_hpo.search.fingerprint import fingerprint
from redsm5_hpo.search.places import TRAIN, VAL, metrics_file, search_folder
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.reruns import RerunRunner, Reruns, read_answers
from redsm5_hpo.search.session import Session, run_session, workers
from redsm5_hpo.search.verdict import Verdict, optimism, verdict
from redsm5_hpo.training.decision import Decision, fit_decision
from redsm5_hpo.training.machine import machine_of_workers
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.scoring import Answer
from redsm5_hpo.training.winner import Winner

STAGE = "select"


def select(params: Params, architecture: str, searched: str, name: str = STAGE) -> None:
    """Run the candidates of the search stage `searched` again and write what is shipped, as the stage `name`.

    Raises:
        StudyError: the search's files cannot be read, every candidate failed, or another process selects as well.
    """
    known = known_architecture(architecture)
    source = search_folder(known, searched)
    found = candidates(source, params.encoder, params.training, params.select.top)
    parted = folds((TRAIN, VAL), params.select.folds, params.select.seed, params.split)[: params.select.runs]
    window = len(found) * len(parted)  # runs do not look at one another
    inputs = {"train": TRAIN, "val": VAL, "previous": source}
    machine = machine_of_workers(_encoders(params, found))
    session = Session(
        architecture=known,
        name=name,
        schedule=Reruns(params.select.seed, len(found), len(parted), window),
        covers=fingerprint(known, name, _settings(params), machine, inputs),
        out=search_folder(known, name),
        open_workers=workers(window, machine.gpus),
        remarks=[f"{', '.join(each.name for each in found)} on {len(parted)} of {params.select.folds} folds"],
    )
    plan = FitPlan(known, params.encoder, params.training, 1, parted[0].train, parted[0].held_out)
    selection = Selection(known, found, parted, params.select.folds, name)
    run_session(session, lambda folder: RerunRunner(plan, found, parted, folder), selection.export)


@dataclass(frozen=True)
class Selection:
    """Finished runs and what their files need to know of them.

    Attributes:
        architecture: which of the four.
        candidates: in the order of runs.
        folds: those that were held out.
        dealt: into how many folds the posts were dealt.
        name: of the stage.
    """

    architecture: Architecture
    candidates: tuple[Candidate, ...]
    folds: tuple[Fold, ...]
    dealt: int
    name: str

    def export(self, records: tuple[TrialRecord, ...], folder: Path) -> list[str]:
        """Write all files, given the runs and where they left their answers; returns what to say of them."""
        directory = search_folder(self.architecture, self.name)
        by_candidate = dict(zip((each.name for each in self.candidates), self._rows(records), strict=True))
        write_jsonl(directory / "runs.jsonl", self._lines(by_candidate))
        found = verdict({name: [row.value for row in rows] for name, rows in by_candidate.items()}, self.dealt)
        for name, file in ((DEFAULT, "default.yaml"), (found.shipped, "best.yaml")):
            if name in found.estimates:
                decision = self._decision([row.number for row in by_candidate[name]], folder)
                write_yaml(directory / file, self._winner(name, found, decision))
        write_json(metrics_file(self.architecture, self.name), self._summary(found))
        return [_said(found)]

    def _rows(self, records: Sequence[TrialRecord]) -> list[Sequence[TrialRecord]]:
        runs = len(self.folds)
        return [records[start : start + runs] for start in range(0, len(records), runs)]

    def _lines(self, by_candidate: dict[str, Sequence[TrialRecord]]) -> list[dict[str, Json]]:
        return [
            {"candidate": name, "fold": fold, **row.to_json()}
            for name, rows in by_candidate.items()
            for fold, row in enumerate(rows)
        ]

    def _decision(self, numbers: Sequence[int], folder: Path) -> Decision:
        """What serves best on the answers of all runs of one candidate, none of which saw what it answered."""
        scored: list[Example] = []
        answers: list[Answer] = []
        for number, fold in zip(numbers, self.folds, strict=True):
            scored += examples(fold.held_out.load(), self.architecture)
            answers += read_answers(folder, number)
        return fit_decision(self.architecture, scored, answers)

    def _winner(self, name: str, found: Verdict, decision: Decision) -> dict[str, Json]:
        candidate = self._named(name)
        winner = Winner(
            configuration=candidate.configuration,
            best_epoch=candidate.stop_epoch,
            epochs=candidate.epochs,
            value=found.estimates[name].mean,
            trial=candidate.trial,
            stage=candidate.stage,
            decision=decision,
            selection=self._told(found),
        )
        return winner.model_dump(mode="json")

    def _told(self, found: Verdict) -> dict[str, float | bool]:
        """The verdict in a few numbers, as far as there are any."""
        told: dict[str, float | bool] = {"beats_default": found.beats_default}
        if found.best is not None:
            promised = optimism(self._named(found.best), found.estimates[found.best])
            told |= {} if promised is None else {"optimism": promised}
        if found.best in found.gains:
            gain = found.gains[found.best]
            told |= {"gain": gain.mean, "gain_standard_error": gain.standard_error}
        return told

    def _summary(self, found: Verdict) -> dict[str, Json]:
        return {
            **self._told(found),
            "shipped": found.shipped,
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


def _encoders(params: Params, found: Sequence[Candidate]) -> list[str]:
    used = [params.encoder.of(each.configuration) for each in found]
    return [name for each in used for name in (each.name, each.criteria_name or each.name)]


def _said(found: Verdict) -> str:
    if not found.beats_default:
        why = "each candidate of the search failed in a run" if found.best is None else _gain(found, found.best)
        return f"the default configuration is shipped: {why}"
    return f"{found.shipped} is shipped: {_gain(found, found.shipped)}"


def _gain(found: Verdict, name: str) -> str:
    if name not in found.gains:
        return "the default configuration failed in a run"
    gain = found.gains[name]
    return f"{name} gains {gain.mean:+.4f} over the default configuration, standard error {gain.standard_error:.4f}"


def _settings(params: Params) -> dict[str, Json]:
    """The settings that dvc.yaml lists for the stage."""
    return params.model_dump(mode="json", include={"encoder": True, "training": True, "select": True, "split": True})
