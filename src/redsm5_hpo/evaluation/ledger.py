"""The ledger of test evaluations.

Owns metrics/test_ledger.jsonl, with one line for each pair of a model and a test split that it was evaluated on. Git
tracks the file, not DVC: it outlives the results that it counts. It has no timestamps.
"""

from pathlib import Path

from pydantic import TypeAdapter

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.core.files import hash_files, read_jsonl, write_jsonl
from redsm5_hpo.core.tasks import Architecture


def record_evaluation(ledger: Path, architecture: Architecture, model: Path, test: Path) -> int:
    """Add this evaluation unless it is listed; returns how many models of `architecture` were evaluated on this split.

    Raises:
        HpoError: the ledger cannot be read.
    """
    evaluation = {"architecture": architecture, "model": _identity(model), "test": _identity(test)}
    evaluations = _read(ledger)
    if evaluation not in evaluations:
        evaluations.append(evaluation)
        write_jsonl(ledger, evaluations)
    return sum((each["architecture"], each["test"]) == (architecture, evaluation["test"]) for each in evaluations)


def _identity(folder: Path) -> str:
    return hash_files([folder])[:16]


def _read(ledger: Path) -> list[dict[str, str]]:
    if not ledger.exists():
        return []
    try:
        evaluations = [TypeAdapter(dict[str, str]).validate_python(evaluation) for evaluation in read_jsonl(ledger)]
    except ValueError as error:
        raise HpoError(f"{ledger} is damaged", got=str(error), remedy=f"restore it: git checkout {ledger}") from None
    return evaluations
