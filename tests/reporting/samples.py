"""What a run leaves, small: the trials of three stages, a selection and a test evaluation, in a working directory."""

from pathlib import Path

from redsm5_hpo.core.files import write_csv, write_json, write_jsonl, write_yaml
from redsm5_hpo.inference.calibration import Calibration
from redsm5_hpo.params import Choices
from redsm5_hpo.params.space import Range
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.selection.selected import SelectedConfiguration
from redsm5_hpo.training.fit_record import EpochRecord
from tests.training.builders import CONFIGURATION

SPACE = {
    "dropout": Range(low=0.0, high=0.5),
    "learning_rate": Range(low=1e-4, high=1e-1, log=True),
    "pooling": Choices(choices=("cls", "mean")),
}
DETAILS = {
    "f1_macro": 0.6,
    "intervals": {"f1_macro": {"low": 0.5, "high": 0.7}},
    "baselines": {"guess": {"f1_macro": 0.4}, "default": {"f1_macro": 0.58}},
    "selection": {"default_is_kept": False},
    "strongest_baseline": {"name": "guess", "f1_macro": 0.4},
    "probabilities": {"present_share": 0.75},
    "criteria": {
        "MOOD": {"f1": 0.8, "f1_interval": {"low": 0.6, "high": 0.9}, "evidence_f1": 0.3, "support": 5},
        "SLEEP": {"f1": 0.0, "evidence_f1": 0.1, "support": 1},
    },
}
EVALUATION = {"architecture": "criteria", "model": "0123456789abcdef", "test": "fedcba9876543210"}
SELECTION = {
    "selected": "s2-1",
    "candidates": {
        "default": {"lower": 0.38, "mean": 0.4, "standard_error": 0.02},
        "s2-1": {"lower": 0.47, "mean": 0.5, "standard_error": 0.03, "search": 0.55},
    },
    "failed": ["s2-0"],
}


def trial(number, *f1, state="complete", **params):
    """A trial with these epochs; without any it has no value."""
    epochs = tuple(EpochRecord(train_loss=1.0, loss=1.0, f1_macro=value, accuracy=0.5) for value in f1)
    best = f1.index(max(f1)) + 1 if f1 else None
    return TrialRecord(number, state, params, 1, epochs, max(f1, default=None), best)


def trials(count):
    """Trials of which the highest learning rate is best; the second is pruned, and the third fails."""
    made = [
        trial(number, 0.2, 0.3 + 0.01 * number, learning_rate=1e-3 * (number + 1), dropout=0.1, pooling="mean")
        for number in range(count)
    ]
    made[1] = trial(1, 0.25, state="pruned", **made[1].params)
    made[2] = trial(2, state="failed", **made[2].params)
    return tuple(made)


def write_run(folder, last=4):
    """Write what the stage report reads for criteria; `last` is the number of trials of s2."""
    for stage, count in (("s0", 3), ("s1", 4), ("s2", last)):
        out = Path(folder) / f"data/hpo/criteria/hpo_{stage}"
        write_jsonl(out / "trials.jsonl", [record.to_json() for record in trials(count)])
        space = {name: each.model_dump(mode="json", exclude_defaults=True) for name, each in SPACE.items()}
        write_yaml(out / "space.yaml", space)
    default = SelectedConfiguration(
        configuration=CONFIGURATION,
        stop_epoch=1,
        epochs=2,
        value=0.4,
        trial=None,
        stage="default",
        calibration=Calibration(),
        comparison={},
    )
    write_yaml(Path(folder) / "data/hpo/criteria/select/default.yaml", default.model_dump(mode="json"))
    metrics = Path(folder) / "data/metrics/criteria"
    for stage, name in (("hpo_s0", "study"), ("hpo_s1", "study"), ("hpo_s2", "study"), ("refit", "metrics")):
        write_json(metrics / stage / f"{name}.json", {"of": stage, "epochs": {"trained": 2}})
    write_json(metrics / "select/selection.json", SELECTION)
    write_json(metrics / "evaluate/details.json", DETAILS)
    write_json(metrics / "evaluate/evaluation.json", EVALUATION)
    write_evaluation_plots(metrics / "evaluate")


def write_evaluation_plots(folder):
    """The CSV files that evaluate writes."""
    status = [("absent", "absent"), ("absent", "present"), ("absent", "present"), ("present", "present")]
    write_csv(folder / "confusion.csv", ("actual", "predicted"), status)
    write_csv(folder / "reliability.csv", ("predicted", "observed", "examples"), [(0.2, 0.1, 3), (0.9, 1.0, 4)])
    write_csv(folder / "precision_recall.csv", ("recall", "precision", "threshold"), [(0.5, 1.0, 0.9), (1.0, 0.5, 0.2)])
