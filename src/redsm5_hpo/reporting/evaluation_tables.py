"""The tables of the test evaluation's figures.

Owns their columns. Reads what evaluate wrote; computes no score.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from redsm5_hpo.core.files import Json, read_csv
from redsm5_hpo.evaluation.baseline_comparison import DEFAULT, PRIMARY, without_default
from redsm5_hpo.reporting.tables import Table

_NO_INTERVAL: dict[str, Json] = {"low": None, "high": None}


def score_table(details: Mapping[str, Json]) -> Table:
    """Test F1 of the selected model with its interval, of the default unless it is the model, and of the baselines."""
    interval = details["intervals"].get(PRIMARY, _NO_INTERVAL)
    kept = details["selection"]["default_is_kept"]
    name = "default (selected)" if kept else "tuned (selected)"
    systems = without_default(details["baselines"]) if kept else details["baselines"]
    rows = [(name, "selected", details[PRIMARY], interval["low"], interval["high"])]
    rows += [
        (system, "default" if system == DEFAULT else "baseline", result[PRIMARY], None, None)
        for system, result in systems.items()
    ]
    return Table("scores", ("system", "kind", "f1", "low", "high"), rows)


def criterion_table(details: Mapping[str, Json]) -> Table:
    """F1 of present, and of evidence where spans are predicted, of each criterion, with intervals and support."""
    rows = [
        (label, shown, result[name], *_ends(result.get(f"{name}_interval", _NO_INTERVAL)), result["support"])
        for label, result in details["criteria"].items()
        for name, shown in (("f1", "present"), ("evidence_f1", "evidence"))
        if name in result
    ]
    return Table("criteria", ("criterion", "metric", "f1", "low", "high", "support"), rows)


def confusion_table(folder: Path) -> Table:
    """Examples by true and predicted status, and their share of those with the same true status."""
    counts = Counter((row["actual"], row["predicted"]) for row in read_csv(folder / "confusion.csv"))
    names = ("absent", "present")
    total = {actual: sum(counts[actual, predicted] for predicted in names) for actual in names}
    rows = [
        (actual, predicted, counts[actual, predicted], counts[actual, predicted] / total[actual])
        for actual in names
        if total[actual]
        for predicted in names
    ]
    return Table("confusion", ("actual", "predicted", "examples", "share"), rows)


def reliability_table(folder: Path) -> Table:
    """The share present in each bin of probabilities, with its number of examples."""
    rows = [
        (float(row["predicted"]), float(row["observed"]), int(row["examples"]))
        for row in read_csv(folder / "reliability.csv")
    ]
    return Table("reliability", ("predicted", "observed", "examples"), rows)


def precision_recall_table(folder: Path, details: Mapping[str, Json]) -> Table:
    """Precision against recall, and the precision of random scores: the share present."""
    present = details["probabilities"]["present_share"]
    rows = [
        (float(row["recall"]), float(row["precision"]), float(row["threshold"]), present)
        for row in read_csv(folder / "precision_recall.csv")
    ]
    return Table("precision_recall", ("recall", "precision", "threshold", "present_share"), rows)


def _ends(interval: Mapping[str, Json]) -> tuple[Json, Json]:
    return interval["low"], interval["high"]
