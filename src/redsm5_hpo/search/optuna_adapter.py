"""Our spaces and records as Optuna's distributions and trials.

Owns the translation, in this direction alone. Does not sample, prune or store.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Self, cast

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from redsm5_hpo.params import Choices, Range, Scalar, Space
from redsm5_hpo.search.records import Curve, State, TrialRecord, Values
from redsm5_hpo.search.space import drawing_order, is_active

STATES: dict[State, TrialState] = {
    "complete": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
    # Samplers ignore failed trials and would sample an infeasible one again. They avoid a pruned trial that violates a
    # constraint.
    "infeasible": TrialState.PRUNED,
}
_EPOCH_ZERO = datetime(2000, 1, 1, tzinfo=UTC)  # Optuna needs times; the records have none


class GivenTrial(FrozenTrial):
    """A trial that is made for one study and given to it: copying it would take three quarters of a sample's time."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


def new_study(storage: BaseStorage | None = None, name: str = "study") -> optuna.Study:
    """An empty study that maximizes, in memory unless there is a storage."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # else each new study logs a line
    return optuna.create_study(storage=storage, study_name=name, direction="maximize")


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """Optuna's distributions of a space, in sorted order, since samplers draw in the order given."""
    return {name: _distribution(space[name]) for name in sorted(space)}


def distributions_holding(space: Space, values: Values) -> dict[str, BaseDistribution]:
    """The distributions of the values, each widened where its value is outside the space."""
    return {name: _distribution(_holding(space[name], values[name])) for name in sorted(values)}


def drawn(trial: optuna.Trial, space: Space) -> Values:
    """The parameters of a new trial, sampled one after another: each decides which of the next exist."""
    values: Values = {}
    for name in drawing_order(space):
        if is_active(space[name], values):
            values[name] = _draw(trial, name, space[name])
    return values


def _draw(trial: optuna.Trial, name: str, dimension: Range | Choices) -> Scalar:
    if isinstance(dimension, Choices):
        choice: Any = trial.suggest_categorical(name, dimension.choices)
        return cast(Scalar, choice)
    if dimension.integer:
        return trial.suggest_int(name, int(dimension.low), int(dimension.high), log=dimension.log)
    return trial.suggest_float(name, dimension.low, dimension.high, log=dimension.log)


def running_trial(values: Values, drawn_from: dict[str, BaseDistribution]) -> FrozenTrial:
    """A trial whose parameters are known but whose result is not."""
    return _frozen(TrialState.RUNNING, 0, values, drawn_from, ())


def observed_trial(curve: Curve, state: TrialState, value: float | None = None) -> FrozenTrial:
    """A trial of which only the curve matters."""
    return _frozen(state, 0, {}, {}, curve, value)


def finished_trial(record: TrialRecord, drawn_from: dict[str, BaseDistribution]) -> FrozenTrial:
    """A finished trial; an infeasible one violates the constraint `memory`."""
    state = STATES[record.state]
    value = None if record.state == "failed" else record.value
    trial = _frozen(state, record.number, record.params, drawn_from, record.curve, value)
    if record.state == "infeasible":
        trial.set_constraint("memory", 1.0)
    return trial


def _frozen(
    state: TrialState,
    number: int,
    values: Values,
    drawn_from: dict[str, BaseDistribution],
    curve: Curve,
    value: float | None = None,
) -> FrozenTrial:
    start = _EPOCH_ZERO + timedelta(seconds=number)
    held = {name: distribution for name, distribution in drawn_from.items() if name in values}
    return GivenTrial(
        number=number,
        trial_id=number,
        state=state,
        value=value,
        datetime_start=start,
        datetime_complete=start if state.is_finished() else None,
        params={name: values[name] for name in held},
        distributions=held,
        user_attrs={},
        system_attrs={},
        intermediate_values=dict(enumerate(curve)),
    )


def _distribution(dimension: Range | Choices) -> BaseDistribution:
    if isinstance(dimension, Choices):
        return CategoricalDistribution(dimension.choices)
    if dimension.integer:
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)


def _holding(dimension: Range | Choices, value: Scalar) -> Range | Choices:
    if isinstance(dimension, Choices):
        return dimension if value in dimension.choices else Choices(choices=(*dimension.choices, value))
    number: Any = value
    update = {"low": min(dimension.low, number), "high": max(dimension.high, number)}
    return dimension.model_copy(update=update)
