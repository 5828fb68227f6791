"""The ledger of test evaluations.

Owns metrics/test_ledger.jsonl, with one line for each pair of a model and the test posts that it was evaluated on, and
the count over it and its other versions. Git tracks the file, not DVC: it outlives the results that it counts. It has
no timestamps. Does not find the other versions (ledger_versions.py).
"""

import json
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.core.files import Json, hash_files, own_files, read_json, read_jsonl, write_jsonl
from redsm5_hpo.core.layout import MODEL_CARD
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.corpus.records import POSTS
from redsm5_hpo.evaluation.ledger_versions import Versions


class Evaluation(NamedTuple):
    """One line: what was evaluated, by content. `test` is that of the posts: other labels make no new test of them."""

    architecture: str
    model: str
    test: str


class Count(NamedTuple):
    """How many models of an architecture were evaluated on the test posts, and what this number may lack."""

    evaluations: int
    unseen: tuple[str, ...]


def evaluation_of(architecture: Architecture, model: Path, test: Path) -> Evaluation:
    """The evaluation of a model, as its files are, on a test split."""
    return Evaluation(architecture, identity(model), hash_files([test / POSTS])[:16])


def record_evaluation(ledger: Path, evaluation: Evaluation, others: Versions) -> Count:
    """Add this evaluation to the ledger unless it is listed, and count those that any version of the ledger lists.

    Raises:
        HpoError: the ledger cannot be read.
    """
    listed = keep_evaluation(ledger, evaluation)
    elsewhere, damaged = known_elsewhere(others)
    known = elsewhere.union(listed)
    models = sum((each.architecture, each.test) == (evaluation.architecture, evaluation.test) for each in known)
    return Count(models, (*others.unseen, *damaged))


def keep_evaluation(ledger: Path, evaluation: Evaluation) -> list[Evaluation]:
    """Add this evaluation to the ledger unless it is listed; returns all of the ledger, and raises as above."""
    listed = _read(ledger)
    if evaluation not in listed:
        listed.append(evaluation)
        write_jsonl(ledger, [each._asdict() for each in listed])
    return listed


def read_evaluation(path: Path) -> Evaluation:
    """The evaluation that a stage wrote beside its numbers.

    Raises:
        ValueError: the file holds none.
    """
    return _evaluation(read_json(path))


def known_elsewhere(others: Versions) -> tuple[set[Evaluation], list[str]]:
    """The evaluations of the other versions, and which of their lines are none, such as marks of a merge conflict."""
    known, damaged = set(), []
    for name, content in others.contents.items():
        for number, line in enumerate(content.splitlines(), start=1):
            try:
                known.add(_evaluation(json.loads(line)))
            except ValueError:
                damaged.append(f"line {number} of the test ledger in {name} is damaged and not counted")
    return known, damaged


def identity(folder: Path) -> str:
    """What the ledger calls a model: by its files, of which the card is none."""
    return hash_files([path for path in own_files(folder) if path.name != MODEL_CARD])[:16]


def _read(ledger: Path) -> list[Evaluation]:
    if not ledger.exists():
        return []
    try:
        return [_evaluation(line) for line in read_jsonl(ledger)]
    except ValueError as error:
        raise HpoError(f"{ledger} is damaged", got=str(error), remedy=f"restore it: git checkout {ledger}") from None


def _evaluation(line: Json) -> Evaluation:
    fields = TypeAdapter(dict[str, str]).validate_python(line)
    if fields.keys() != set(Evaluation._fields):
        raise ValueError(f"a line with {', '.join(sorted(fields))} instead of {', '.join(Evaluation._fields)}")
    return Evaluation(**fields)
