"""A raw corpus directory, read whole or refused whole.

Owns the names of the files and what is left out of them (and counted). Does not parse CSV (tables.py), check values
(validation.py) or prepare the rows (preparation.py).
"""

import os
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.core.files import is_stray
from redsm5_hpo.corpus.raw.definitions import DEFINITIONS, read_criteria
from redsm5_hpo.corpus.raw.placeholders import REASONS, placeholder
from redsm5_hpo.corpus.raw.problems import Problem, refuse
from redsm5_hpo.corpus.raw.tables import Table, read_table
from redsm5_hpo.corpus.raw.validation import annotation_problems, post_problems, split_problems
from redsm5_hpo.corpus.records import Post, Sentence

POST_COLUMNS = ("post_id", "text")
ANNOTATION_COLUMNS = ("post_id", "sentence_id", "sentence_text", "DSM5_symptom", "status")
SPLIT_COLUMNS = ("post_id", "split")
# Part of ReDSM5's format, and unused on purpose: explanations repeat the verdict.
UNUSED_COLUMNS = ("explanation",)


@dataclass(frozen=True)
class RawCorpus:
    """A raw corpus in the order of its files.

    Attributes:
        criteria: definitions by label, in the order of labels.
        predefined: split by post_id; None without splits.csv.
        excluded: number of annotation rows left out, by excluded label.
        ignored_columns: unused columns as `file: column`.
        blank_rows: number of records without any text, by file; only of files that have some.
        placeholder_posts: number of posts left out, by what their text says of itself.
        placeholder_rows: number of annotation rows of these posts, likewise.
    """

    posts: tuple[Post, ...]
    sentences: tuple[Sentence, ...]
    criteria: dict[str, str]
    predefined: dict[str, str] | None
    excluded: dict[str, int]
    ignored_columns: tuple[str, ...]
    blank_rows: dict[str, int] = field(default_factory=dict)
    placeholder_posts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(REASONS, 0))
    placeholder_rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(REASONS, 0))


def read_raw(directory: Path, excluded_labels: Collection[str]) -> RawCorpus:
    """Read a source directory; raises one CorpusError that lists the faults of all its files.

    An excluded label is not a criterion of the corpus; its rows are counted, but not checked further.
    """
    check_source(directory)
    problems: list[Problem] = []
    criteria = _criteria(directory, problems)
    posts = _table(directory, "*posts.csv", POST_COLUMNS, problems)
    rows = _table(directory, "*annotations.csv", ANNOTATION_COLUMNS, problems)
    splits = _table(directory, "splits.csv", SPLIT_COLUMNS, problems)
    rows, excluded = _without_excluded(rows, excluded_labels, problems)
    problems += _value_problems(posts, rows, splits, criteria and {**criteria, **excluded})
    gone = _placeholders(posts, problems)
    refuse(directory, problems)
    kept = [_sentence(*cells) for cells in _cells(rows)]
    return RawCorpus(
        posts=tuple(Post(*cells) for cells in _cells(posts) if cells[0] not in gone),
        sentences=tuple(row for row in kept if row.post_id not in gone),
        criteria={label: text for label, text in (criteria or {}).items() if label not in excluded},
        predefined=None if splits.frame is None else _predefined(splits, gone),
        excluded=excluded,
        ignored_columns=tuple(f"{table.file}: {name}" for table in (posts, rows, splits) for name in table.ignored),
        blank_rows={table.file: table.blank for table in (posts, rows, splits) if table.blank},
        placeholder_posts=_by_reason(gone.values()),
        placeholder_rows=_by_reason(gone[row.post_id] for row in kept if row.post_id in gone),
    )


def check_source(directory: Path) -> None:
    """Raise a CorpusError with the corpora that there are if the directory has no CSV files."""
    if not list(directory.glob("*.csv")):
        raise _no_corpus(directory)


def _criteria(directory: Path, problems: list[Problem]) -> dict[str, str] | None:
    """Definitions by label; None if criteria.yaml is faulty, so that the labels are unknown."""
    path = directory / "criteria.yaml"
    if not os.path.lexists(path):  # a dangling link is a fault, not an absent file
        return DEFINITIONS
    criteria, found = read_criteria(path)
    problems += found
    return None if found else criteria


def _table(directory: Path, pattern: str, wanted: Sequence[str], problems: list[Problem]) -> Table:
    paths = sorted(path for path in directory.glob(pattern) if not is_stray(path.name))
    if len(paths) != 1:
        # Only splits.csv may be missing, and its pattern cannot match twice.
        if pattern != "splits.csv":
            found = ", ".join(path.name for path in paths) or "no such file"
            problems.append(Problem(pattern, found, "exactly one file of this name"))
        return Table(pattern)
    table = read_table(paths[0], wanted, UNUSED_COLUMNS)
    problems += table.problems
    return table


def _without_excluded(table: Table, labels: Collection[str], problems: list[Problem]) -> tuple[Table, dict[str, int]]:
    """The table without rows of these labels, and the number of rows of each."""
    counts = dict.fromkeys(labels, 0)
    if table.frame is None:
        return table, counts
    excluded = table.frame["DSM5_symptom"].isin(list(labels))
    if len(excluded) and excluded.all():
        problems.append(Problem(table.file, "all rows have excluded labels", "at least one row of a criterion"))
    counts.update(Counter(table.frame.loc[excluded, "DSM5_symptom"]))
    return replace(table, frame=table.frame[~excluded]), counts


def _placeholders(posts: Table, problems: list[Problem]) -> dict[str, str]:
    """The reason of each post that only says that its text is gone, by post_id."""
    reasons = {cells[0]: placeholder(cells[1]) for cells in _cells(posts)}
    if reasons and all(reasons.values()):
        found = f"all {len(reasons)} posts are {' or '.join(REASONS)}"
        problems.append(Problem(posts.file, found, "at least one post with its text", column="text"))
    return {post_id: reason for post_id, reason in reasons.items() if reason}


def _by_reason(reasons: Iterable[str]) -> dict[str, int]:
    counts = Counter(reasons)
    return {reason: counts[reason] for reason in REASONS}


def _predefined(splits: Table, gone: Collection[str]) -> dict[str, str]:
    return {cells[0]: cells[1] for cells in _cells(splits) if cells[0] not in gone}


def _value_problems(posts: Table, rows: Table, splits: Table, labels: Collection[str] | None) -> list[Problem]:
    problems: list[Problem] = []
    post_ids: Collection[str] | None = None
    if posts.frame is not None:
        problems += post_problems(posts.file, posts.frame)
        if posts.read_to_end:
            # The id of a malformed record is among its fields; its annotations must not be reported as unknown posts.
            post_ids = dict.fromkeys([*posts.frame["post_id"], *posts.malformed])
    if rows.frame is not None:
        problems += annotation_problems(rows.file, rows.frame, post_ids, labels)
    if splits.frame is not None:
        problems += split_problems(splits.file, splits.frame, post_ids)
    return problems


def _cells(table: Table) -> list[tuple[str, ...]]:
    return [] if table.frame is None else list(table.frame.itertuples(index=False, name=None))


def _sentence(post_id: str, sentence_id: str, text: str, label: str, status: str) -> Sentence:
    return Sentence(post_id, sentence_id, label, text, int(status))


def _no_corpus(directory: Path) -> CorpusError:
    sources = sorted({path.parent.name for path in directory.parent.glob("*/*posts.csv")})
    root, pointer = directory.parent, directory.with_name(f"{directory.name}.dvc")
    kept = f"run `dvc checkout {pointer}`; or " if pointer.exists() else ""
    return CorpusError(
        f"{directory} holds no corpus",
        got="no CSV files" if directory.is_dir() else "a file" if directory.exists() else "no such directory",
        allowed=f"data.source names a folder of {root} with a corpus; there are: {', '.join(sources) or 'none'}",
        remedy=f"{kept}put it there; `dvc add {root}/NAME` and `git add {root}/NAME.dvc` let `dvc exp run --temp` "
        "and --queue have it. ReDSM5 is gated: request access at "
        "https://huggingface.co/datasets/irlab-udc/redsm5, run `make data` (or put redsm5_posts.csv and "
        f"redsm5_annotations.csv into {root / 'redsm5'}) and set data.source: redsm5",
    )
