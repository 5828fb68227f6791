"""The checks of hpo_s0: does training work at all on this corpus?

Owns the checks. All of them are made, and one error names every one that failed.
"""

from collections.abc import Sequence

from redsm5_hpo.core.errors import SanityError, listed
from redsm5_hpo.search.records import TrialRecord, ranked


def check_sanity(records: Sequence[TrialRecord], baseline: float) -> None:
    """Raise SanityError unless losses are finite, training loss falls in some trial, and one beats `baseline`."""
    checks = (_losses_are_finite(records), _training_loss_falls(records), _baseline_is_beaten(records, baseline))
    if problems := [problem for problem in checks if problem]:
        raise SanityError(
            f"the sanity search failed {len(problems)} of {len(checks)} checks:{listed(problems)}",
            remedy="look at trials.jsonl of the stage, then change the corpus, training.defaults or hpo.space "
            "in params.yaml (the most common causes are a high learning rate and too few epochs)",
        )


def _losses_are_finite(records: Sequence[TrialRecord]) -> str:
    failed = [f"trial {record.number} ({record.reason})" for record in records if record.state == "failed"]
    return f"a loss is not finite or a worker died: {', '.join(failed)}" if failed else ""


def _training_loss_falls(records: Sequence[TrialRecord]) -> str:
    # One epoch has nothing to fall from.
    runs = [record for record in ranked(records) if len(record.epochs) > 1]
    if not runs or any(record.epochs[-1].train_loss < record.epochs[0].train_loss for record in runs):
        return ""
    steps = (
        f"trial {run.number} {run.epochs[0].train_loss:.4f} to {run.epochs[-1].train_loss:.4f}"
        for run in sorted(runs, key=lambda run: run.number)
    )
    return f"training loss falls in no trial: {', '.join(steps)}"


def _baseline_is_beaten(records: Sequence[TrialRecord], baseline: float) -> str:
    best = next(iter(ranked(records)), None)
    if best is None:
        return f"no trial beats the majority baseline of {baseline:.4f}: none of {len(records)} completed"
    if best.value is not None and best.value > baseline:
        return ""
    return (
        f"no trial beats the majority baseline of {baseline:.4f}: the best is trial {best.number} with {best.value:.4f}"
    )
