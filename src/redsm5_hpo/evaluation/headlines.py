"""The numbers of a test evaluation that DVC's tables show: test.json.

Owns which these are: every name is one more column an architecture in `dvc exp show`, and up to ten letters fit the
table of `dvc metrics diff` in 80 columns. All others are in details.json.
"""

from collections.abc import Mapping

from redsm5_hpo.core.files import Json
from redsm5_hpo.evaluation.baseline_comparison import DEFAULT, PRIMARY

_DIGITS = 12  # of differences: the score of the same predictions is summed in two ways


def headlines(result: Mapping[str, Json]) -> dict[str, float]:
    """The headlines from the content of details.json.

    `margin` is f1_macro minus the strongest baseline's, `margin_p` its p value corrected for the number of baselines,
    `vs_default` f1_macro minus the default configuration's. Without p and interval where posts are too few for them.
    """
    f1, strongest = result[PRIMARY], result["strongest_baseline"]
    interval = result["intervals"].get(PRIMARY)
    p = result["baselines"][strongest["name"]].get("p_holm")
    return {
        PRIMARY: f1,
        **({} if interval is None else {"f1_low": interval["low"], "f1_high": interval["high"]}),
        "accuracy": result["accuracy"],
        "loss": result["loss"],
        "baseline": strongest[PRIMARY],
        "margin": round(f1 - strongest[PRIMARY], _DIGITS),
        **({} if p is None else {"margin_p": p}),
        "vs_default": round(f1 - result["baselines"][DEFAULT][PRIMARY], _DIGITS),
        "beats_all": int(result["beats_baselines"]),
    }
