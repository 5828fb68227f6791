"""The numbers of a search and its selection that DVC's tables show: search.json.

Owns which these are: every name is one more column an architecture in `dvc exp show`, and up to ten letters fit the
table of `dvc metrics diff` in 80 columns. All others are in study.json and selection.json.
"""

from collections.abc import Sequence

from redsm5_hpo.search.records import TrialRecord, best_trial
from redsm5_hpo.selection.comparison import Comparison


def headlines(trials: Sequence[TrialRecord], found: Comparison) -> dict[str, float | str | None]:
    """The headlines of the last search's trials and of the comparison of its best with the default configuration.

    `gain` is the best candidate's over the default, missing where failed runs leave it undefined.
    """
    gain = None if found.best is None else found.gains.get(found.best)
    return {
        "val_f1": best_trial(trials).value,
        "rerun_f1": found.estimates[found.selected].mean,
        **({} if gain is None else {"gain": gain.mean, "gain_error": gain.standard_error}),
        "selected": found.selected,
        "trials": len(trials),
        "pruned": sum(trial.state == "pruned" for trial in trials),
        "epochs": sum(len(trial.epochs) for trial in trials),
    }
