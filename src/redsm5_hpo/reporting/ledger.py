"""How often the test part was looked at.

Owns metrics/test_ledger.jsonl, to which every evaluation of a model on a test part that it was not evaluated on before
is added. The file belongs to git and not to the pipeline: it outlives the results that it counts. No clock is in it.
"""

from pathlib import Path

from pydantic import TypeAdapter

from redsm5_hpo.errors import HpoError
from redsm5_hpo.files import hash_files, read_jsonl, write_jsonl


def record_look(ledger: Path, architecture: str, model: Path, test: Path) -> int:
    """Add this evaluation unless it is there; returns how many models of `architecture` this test part has seen.

    Raises:
        HpoError: the ledger cannot be read.
    """
    look = {"architecture": architecture, "model": _identity(model), "test": _identity(test)}
    looks = _read(ledger)
    if look not in looks:
        looks.append(look)
        write_jsonl(ledger, looks)
    return sum((each["architecture"], each["test"]) == (architecture, look["test"]) for each in looks)


def _identity(folder: Path) -> str:
    return hash_files([folder])[:16]


def _read(ledger: Path) -> list[dict[str, str]]:
    if not ledger.exists():
        return []
    try:
        looks = [TypeAdapter(dict[str, str]).validate_python(look) for look in read_jsonl(ledger)]
    except ValueError as error:
        raise HpoError(f"{ledger} is damaged", got=str(error), remedy=f"restore it: git checkout {ledger}") from None
    return looks
