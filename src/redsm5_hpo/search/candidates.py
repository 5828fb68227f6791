"""What may be shipped: the best trials of a search, and the default configuration.

Owns which they are. Does not compare them.
"""

from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.params import Configuration, EncoderParams, TrainingParams
from redsm5_hpo.search.outputs import load_trials
from redsm5_hpo.search.records import TrialRecord, ranked
from redsm5_hpo.training.winner import Winner

DEFAULT = "default"


@dataclass(frozen=True)
class Candidate:
    """A configuration that may be shipped.

    Attributes:
        name: STAGE-TRIAL, or "default".
        stage: the search stage it comes from; "default" for the default configuration.
        trial: its number there; None for the default configuration.
        configuration: all values.
        epochs: how many epochs its schedule is made for.
        stop_epoch: how many of them it trains.
        searched: its value in the search; None for the default configuration, which is not there for its value.
    """

    name: str
    stage: str
    trial: int | None
    configuration: Configuration
    epochs: int
    stop_epoch: int
    searched: float | None


def candidates(folder: Path, encoder: EncoderParams, training: TrainingParams, top: int) -> tuple[Candidate, ...]:
    """The default configuration, then the `top` best different trials of the search stage in `folder`.

    The default configuration trains all the epochs that a trial of the stage may have: nothing tells it an earlier end.

    Raises:
        StudyError: the stage's files cannot be read.
    """
    best = Winner.load(folder / "best.yaml")
    default = Candidate(DEFAULT, DEFAULT, None, training.defaults, best.epochs, best.epochs, None)
    found = [_of_trial(record, best, training) for record in ranked(load_trials(folder))]
    return tuple(_different([default, *found], encoder)[: 1 + top])


def _of_trial(record: TrialRecord, best: Winner, training: TrainingParams) -> Candidate:
    if record.best_epoch is None:
        raise ValueError(f"trial {record.number} is complete without an epoch")
    configuration = training.defaults.with_values(record.configuration)
    name = f"{best.stage}-{record.number}"
    return Candidate(name, best.stage, record.number, configuration, best.epochs, record.best_epoch, record.value)


def _different(found: list[Candidate], encoder: EncoderParams) -> list[Candidate]:
    """Without those that train the same as one before: repeated choices, and the default as a search's first trial."""
    kept: dict[tuple[str, int, int], Candidate] = {}
    for each in found:
        values = encoder.resolve(each.configuration).model_dump_json()  # a search may write out what a null stands for
        kept.setdefault((values, each.epochs, each.stop_epoch), each)
    return list(kept.values())
