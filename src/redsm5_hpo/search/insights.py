"""What a finished study says of its values: which of them mattered, how each choice fared, which trials were best.

Owns these three tables. Does not write files.
"""

import warnings
from collections.abc import Sequence
from statistics import median

from optuna.exceptions import ExperimentalWarning
from optuna.importance import PedAnovaImportanceEvaluator

from redsm5_hpo.files import Json
from redsm5_hpo.params import Choices, Configuration, Space
from redsm5_hpo.search.optuna_trials import distributions, finished_trial, new_study
from redsm5_hpo.search.records import TrialRecord, ranked
from redsm5_hpo.search.space import outside

_FEWEST_TRIALS = 10  # complete ones, below which the best tenth is no sample
_DIGITS = 6


def importances(space: Space, records: Sequence[TrialRecord]) -> dict[str, float]:
    """How much each searched value decides whether a trial is among the best tenth (PED-ANOVA, Watanabe et al. 2023).

    The numbers are Optuna's, divided by their sum; empty where too few trials are complete.
    """
    shown = [record for record in ranked(records) if not outside(space, record.configuration)]
    if len(shown) < _FEWEST_TRIALS:
        return {}
    study, drawn_from = new_study(), distributions(space)
    study.add_trials(finished_trial(record, drawn_from) for record in sorted(shown, key=lambda each: each.number))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        warnings.simplefilter("ignore", UserWarning)  # of values that few trials have: they count for little
        found = PedAnovaImportanceEvaluator().evaluate(study)
    total = sum(found.values())
    return {name: round(found[name] / total, _DIGITS) if total > 0 else 0.0 for name in sorted(found)}


def marginals(space: Space, records: Sequence[TrialRecord]) -> dict[str, Json]:
    """For each choice of each categorical dimension: its trials, how many are complete, their best and median value."""
    return {
        name: {str(choice): _fared(name, choice, records) for choice in dimension.choices}
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
            "configuration": defaults.with_values(record.configuration).model_dump(mode="json"),
        }
        for record in ranked(records)[:count]
    ]


def _fared(name: str, choice: object, records: Sequence[TrialRecord]) -> dict[str, Json]:
    having = [record for record in records if record.configuration.get(name) == choice]
    values = [record.value for record in ranked(having) if record.value is not None]
    told = {"best": max(values), "median": round(median(values), _DIGITS)} if values else {}
    return {"trials": len(having), "complete": len(values), **told}
