"""What a finished study shows of its parameters: which mattered, how good each choice was, which trials were best.

Owns these three tables. Does not write files.
"""

import warnings
from collections.abc import Sequence
from statistics import median

from optuna.exceptions import ExperimentalWarning

from redsm5_hpo.core.files import Json
from redsm5_hpo.params import Choices, Configuration, Space
from redsm5_hpo.search.optuna_adapter import distributions, finished_trial, new_study
from redsm5_hpo.search.records import TrialRecord, ranked
from redsm5_hpo.search.space import outside

_MIN_TRIALS = 10  # complete ones
_BEST_SHARE, _MIN_BEST = 0.1, 5  # the trials that count as best; of fewer, Optuna says, importances are chance
_DIGITS = 6


def importances(space: Space, records: Sequence[TrialRecord]) -> dict[str, float]:
    """How much each searched value decides whether a trial is among the best (PED-ANOVA, Watanabe et al. 2023).

    The best are a tenth of the complete trials, at least five. The numbers are Optuna's, divided by their sum; empty
    where too few trials are complete.
    """
    inside = [record for record in ranked(records) if not outside(space, record.params)]
    if len(inside) < _MIN_TRIALS:
        return {}
    from optuna.importance import PedAnovaImportanceEvaluator  # it imports scikit-learn, which few studies need

    study, drawn_from = new_study(), distributions(space)
    study.add_trials(finished_trial(record, drawn_from) for record in sorted(inside, key=lambda each: each.number))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        warnings.simplefilter("ignore", UserWarning)  # about values of few trials, which count for little
        share = max(_BEST_SHARE, _MIN_BEST / len(inside))
        found = PedAnovaImportanceEvaluator(target_quantile=share).evaluate(study)
    total = sum(found.values())
    return {name: round(found[name] / total, _DIGITS) if total > 0 else 0.0 for name in sorted(found)}


def marginals(space: Space, records: Sequence[TrialRecord]) -> dict[str, Json]:
    """For each choice of each categorical dimension: its trials, how many are complete, their best and median value."""
    return {
        name: {str(choice): _summary(name, choice, records) for choice in dimension.choices}
        for name, dimension in sorted(space.items())
        if isinstance(dimension, Choices)
    }


def top_trials(defaults: Configuration, records: Sequence[TrialRecord], count: int) -> list[dict[str, Json]]:
    """The best complete trials with their whole configurations, best first."""
    return [
        {
            "trial": record.number,
            "value": record.value,
            "best_epoch": record.best_epoch,
            "seed": record.seed,
            "configuration": defaults.with_values(record.params).model_dump(mode="json"),
        }
        for record in ranked(records)[:count]
    ]


def _summary(name: str, choice: object, records: Sequence[TrialRecord]) -> dict[str, Json]:
    having = [record for record in records if record.params.get(name) == choice]
    values = [record.value for record in ranked(having) if record.value is not None]
    known = {"best": max(values), "median": round(median(values), _DIGITS)} if values else {}
    return {"trials": len(having), "complete": len(values), **known}
