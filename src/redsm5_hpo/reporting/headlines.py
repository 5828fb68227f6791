"""The numbers of an architecture that DVC's tables show: metrics/ARCH.json.

Owns which these are: each is a column an architecture in `dvc exp show`, 24 with four, and up to ten letters let
`dvc metrics diff` fit 80 columns. All others are in the stages' own files.
"""

from collections.abc import Mapping

from redsm5_hpo.core.files import Json
from redsm5_hpo.evaluation.baseline_comparison import PRIMARY

_DIGITS = 12  # of a difference: what a sum in another order changes is none


def headlines(details: Mapping[str, Json], selection: Mapping[str, Json]) -> dict[str, float | str]:
    """The headlines from the content of details.json and selection.json.

    `interval` is that of f1_macro, as text: missing where posts are too few for one. `margin` is f1_macro minus the
    strongest baseline's. `rerun_f1` is the mean of the selected configuration's reruns, and `gain` that of the best
    candidate over the default, missing where failed runs leave it undefined.
    """
    f1, ends, gain = details[PRIMARY], details["intervals"].get(PRIMARY), selection.get("gain")
    selected = selection["selected"]
    return {
        PRIMARY: f1,
        **({} if ends is None else {"interval": f"{ends['low']:.3f} to {ends['high']:.3f}"}),
        "margin": round(f1 - details["strongest_baseline"][PRIMARY], _DIGITS),
        "rerun_f1": selection["candidates"][selected]["mean"],
        **({} if gain is None else {"gain": gain}),
        "selected": selected,
    }
