"""The numbers of an architecture that DVC's tables show: metrics/ARCH.json.

Owns which these are: each is a column an architecture in `dvc exp show`, 24 with four, and up to ten letters let
`dvc metrics diff` fit 80 columns. All others are in the stages' own files.
"""

from collections.abc import Iterable, Mapping

from redsm5_hpo.core.files import Json
from redsm5_hpo.evaluation.baseline_comparison import PRIMARY

_DIGITS = 12  # of a difference: what a sum in another order changes is none


def headlines(
    details: Mapping[str, Json], selection: Mapping[str, Json], studies: Iterable[Mapping[str, Json]]
) -> dict[str, float | str]:
    """The headlines from the content of details.json, of selection.json and of each search stage's study.json.

    `interval` is that of f1_macro, as text: missing where posts are too few for one. `margin` is f1_macro minus the
    strongest baseline's, `rerun_f1` the mean of the selected configuration's reruns, `epochs` what searches trained.
    """
    f1, ends, selected = details[PRIMARY], details["intervals"].get(PRIMARY), selection["selected"]
    return {
        PRIMARY: f1,
        **({} if ends is None else {"interval": f"{ends['low']:.3f} to {ends['high']:.3f}"}),
        "margin": round(f1 - details["strongest_baseline"][PRIMARY], _DIGITS),
        "rerun_f1": selection["candidates"][selected]["mean"],
        "selected": selected,
        "epochs": sum(study["epochs"]["trained"] for study in studies),
    }
