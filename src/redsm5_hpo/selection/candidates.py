"""What may be selected: the best trials of a search, and the default configuration.

Owns the list of candidates. Does not compare them.
"""

from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.params import Configuration
from redsm5_hpo.search.records import TrialRecord, ranked
from redsm5_hpo.search.results.best_trial import BestTrial, load_best
from redsm5_hpo.search.results.study_files import load_trials

DEFAULT = "default"


@dataclass(frozen=True)
class Candidate:
    """A configuration that may be selected.

    Attributes:
        name: STAGE-TRIAL, or "default".
        stage: the search stage it comes from; "default" for the default configuration.
        trial: its number there; None for the default configuration.
        configuration: all values.
        epochs: how many epochs its learning-rate scheduler is made for.
        stop_epoch: how many of them it trains.
        searched: its value in the search; None for the default configuration, which is a candidate in any case.
    """

    name: str
    stage: str
    trial: int | None
    configuration: Configuration
    epochs: int
    stop_epoch: int
    searched: float | None


def candidates(folder: Path, default: Configuration, top_k: int) -> tuple[Candidate, ...]:
    """The default configuration, then the `top_k` best different trials of the search stage in `folder`.

    The default configuration trains the most epochs that a trial of the stage may have: no search chose its stop epoch.

    Raises:
        StudyError: the stage's files cannot be read.
    """
    best = load_best(folder)
    first = Candidate(DEFAULT, DEFAULT, None, default, best.epochs, best.epochs, None)
    found = [_of_trial(record, best, default) for record in ranked(load_trials(folder))]
    return tuple(_different([first, *found])[: 1 + top_k])


def _of_trial(record: TrialRecord, best: BestTrial, default: Configuration) -> Candidate:
    if record.best_epoch is None:
        raise ValueError(f"trial {record.number} is complete without an epoch")
    configuration = default.with_values(record.params)
    name = f"{best.stage}-{record.number}"
    return Candidate(name, best.stage, record.number, configuration, best.epochs, record.best_epoch, record.value)


def _different(found: list[Candidate]) -> list[Candidate]:
    """The candidates without duplicates: repeated choices, and the default configuration as a search's first trial."""
    kept: dict[tuple[str, int, int], Candidate] = {}
    for each in found:
        values = each.configuration.without_nulls().model_dump_json()  # a trial may set the value that a null means
        kept.setdefault((values, each.epochs, each.stop_epoch), each)
    return list(kept.values())
