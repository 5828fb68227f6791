"""A project whose criteria and share were evaluated, small and made up, with a corpus that no page may repeat."""

import shutil
from pathlib import Path

from redsm5_hpo.core.files import write_csv, write_json
from redsm5_hpo.evaluation.evidence_errors import KINDS
from redsm5_hpo.evaluation.prediction_files import COLUMNS
from redsm5_hpo.reporting.figures import write_figures
from tests.reporting.samples import DETAILS, SELECTION, write_run

ROOT = Path(__file__).parents[2]
POST = "for weeks on end i lie awake until the birds begin to sing and then i get up"
ENDS = {"low": 0.5, "high": 0.7}
SUPPORT = {"MOOD": {"pairs": {"present": 5}, "sentences": {"present": 6}}}
STUDY = {
    "baselines": {"majority": {"f1_macro": 0.4}},
    "best": {"f1_macro": 0.62, "trial": 3, "on_bound": ["dropout"], "params": {"dropout": 0.1, "pooling": "mean"}},
    "epochs": {"planned": 8, "trained": 6},
    "trials": {"complete": 2, "pruned": 1, "failed": 1, "infeasible": 0},
}
MORE_DETAILS = {
    "accuracy": 0.8,
    "examples": 9,
    "posts": 7,
    "test_evaluations": 1,
    "f1_macro_at_default_threshold": 0.55,
    "parts": {"status_f1_macro": 0.6},
    "seeds": {"1": 0.6, "2": 0.62, "mean": 0.61, "std": 0.01},
    "baselines": {**DETAILS["baselines"], "guess": {"f1_macro": 0.4, "p_holm": 0.01}},
    "beats_baselines": True,
    "probabilities": {"present_share": 0.75, "brier_score": 0.2, "intervals": {"brier_score": ENDS}},
    "criteria": {label: {**each, "examples": 6} for label, each in DETAILS["criteria"].items()},
    "post_level": {
        "f1_micro": 0.3,
        "f1_macro": 0.2,
        "intervals": {"f1_micro": ENDS},
        "criteria_per_post": {"true": 1.36, "predicted": 4.72},
    },
}
OF_A_SPLIT = {"posts": 7, "pairs": 9, "sentences": 8, "support": SUPPORT}


def write_project(folder):
    """Write what the page reads: the run of criteria, the same as share's with errors of spans, and a corpus."""
    for name in ("params.yaml", "dvc.yaml", "CITATION.cff"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / ".dvc/plots", folder / ".dvc/plots")
    write_run(folder)
    write_figures("criteria", "")
    metrics = folder / "metrics/criteria"
    for stage in ("s0", "s1", "s2"):
        write_json(metrics / f"hpo_{stage}/study.json", STUDY)
    comparison = {"beats_default": True, "gain": 0.1, "gain_standard_error": 0.02, "optimism": 0.05, "runs": 2}
    write_json(metrics / "select/selection.json", {**SELECTION, **comparison})
    write_json(metrics / "evaluate/details.json", {**DETAILS, **MORE_DETAILS})
    shutil.copytree(metrics, folder / "metrics/share")
    errors = {**dict.fromkeys(KINDS, 0.1), "localization": 0.7}
    write_json(folder / "metrics/share/evaluate/details.json", {**DETAILS, **MORE_DETAILS, "errors": errors})
    write_json(folder / "metrics/time/criteria/hpo_s1.json", {"seconds": 90.0})
    _write_corpus(folder)


def _write_corpus(folder):
    """Its counts, its one post, and the predictions for it, of which the first is right."""
    alignment = dict.fromkeys(("exact", "normalized", "fuzzy", "unaligned"), 1)
    pairs = {"present": 5, "absent": 4, "absent_drawn": 0}
    counts = {"posts": {"total": 21}, "sentences": {"total": 24}, "excluded_rows": {"OTHER": 2}}
    write_json(folder / "metrics/prepare.json", {"alignment": alignment, "pairs": pairs, **counts})
    leakage = dict.fromkeys(
        ("groups", "largest_group", "near_duplicate_pairs", "quoting_pairs", "same_author_pairs"), 1
    )
    write_json(
        folder / "metrics/split.json", {"leakage": leakage, **dict.fromkeys(("train", "val", "test"), OF_A_SPLIT)}
    )
    write_csv(folder / "data/raw/demo/posts.csv", ("post_id", "text"), [("p1", POST)])
    rows = [("p1", f"p1_{number}", "MOOD", number % 2, 1, 0.5 * number, "", "", "", "") for number in (1, 2, 4)]
    write_csv(folder / "data/predictions/criteria.csv", COLUMNS, rows)
