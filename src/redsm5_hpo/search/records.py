"""What a study is made of: the request that goes to a worker and the record that comes back.

Owns the trial records, their canonical form and their ranking. No clock and nothing of the machine is in them, so the
same study is the same bytes.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

from pydantic import TypeAdapter

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.files import Json
from redsm5_hpo.params import Configuration, Scalar
from redsm5_hpo.training.fit_record import EpochRecord

State = Literal["complete", "pruned", "failed", "infeasible"]
Values = dict[str, Scalar]  # searched values, by the name of their parameter
Curve = tuple[float, ...]  # f1_macro of each epoch of a trial, or of each of its folds


@dataclass(frozen=True)
class TrialRequest:
    """All that a worker needs to know of one trial, beside what is the same for the whole study.

    Attributes:
        number: counted from 0 in the order in which trials are asked for.
        params: the searched values.
        configuration: all values, completed by the default configuration.
        seed: of everything random in the fit.
        history: the curves that a pruner compares with, in number order.
    """

    number: int
    params: Values
    configuration: Configuration
    seed: int
    history: tuple[Curve, ...]

    def __str__(self) -> str:
        """For an error's note."""
        return f"trial {self.number} with {self.params} and seed {self.seed}"


@dataclass(frozen=True)
class FoldRecord:
    """A trial's fit on one of several folds.

    Attributes:
        f1_macro: the highest of an epoch, on the posts held out.
        best_epoch: the epoch of it, counted from 1.
    """

    f1_macro: float
    best_epoch: int


@dataclass(frozen=True)
class TrialRecord:
    """A finished trial.

    Attributes:
        number: counted from 0 in the order in which trials are asked for.
        state: complete, pruned by its curve, failed, or infeasible (memory is too small for it).
        params: the searched values.
        seed: of everything random in the fit.
        epochs: one record an epoch trained, fold after fold.
        value: the highest f1_macro of an epoch, or its mean over folds; None where there is no epoch.
        best_epoch: the epoch of the value, counted from 1, the first of equals; over folds their mean, rounded.
        reason: why it ended before its last epoch; empty if it did not.
        folds: one record a fold trained; empty where the trial is one fit.
    """

    number: int
    state: State
    params: Values
    seed: int
    epochs: tuple[EpochRecord, ...] = ()
    value: float | None = None
    best_epoch: int | None = None
    reason: str = ""
    folds: tuple[FoldRecord, ...] = ()

    @property
    def curve(self) -> Curve:
        """f1_macro epoch by epoch, or fold by fold: what a pruner compares."""
        return tuple(each.f1_macro for each in self.folds or self.epochs)

    def to_json(self) -> dict[str, Json]:
        """The record as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Json) -> "TrialRecord":
        """The record that `to_json` wrote; raises pydantic's ValidationError for anything else."""
        return _RECORD.validate_python(value)


_RECORD = TypeAdapter(TrialRecord)


def failed_trial(request: TrialRequest, reason: str) -> TrialRecord:
    """The record of a trial without a result."""
    return TrialRecord(request.number, "failed", request.params, request.seed, reason=reason)


def ranked(records: Iterable[TrialRecord]) -> list[TrialRecord]:
    """The complete trials, best first, of equals the lower number first.

    A pruned trial is no candidate: its value is that of a shorter run, and it was ended for being worse.
    """
    complete = [record for record in records if record.state == "complete"]
    return sorted(complete, key=lambda record: (-_value(record), record.number))


def best_trial(records: Iterable[TrialRecord]) -> TrialRecord:
    """The complete trial with the highest value, of equals the lower number; raises StudyError if none is complete."""
    records = tuple(records)
    if candidates := ranked(records):
        return candidates[0]
    reasons = Counter(f"{record.state}: {record.reason}" for record in records)
    raise StudyError(
        f"none of {len(records)} trials completed, so the study has no best trial",
        got="; ".join(f"{count} x {reason}" for reason, count in reasons.most_common(3)),
        remedy="change what the commonest reason names: hpo.space, training or encoder in params.yaml",
    )


def _value(record: TrialRecord) -> float:
    return -math.inf if record.value is None else record.value
