"""The accepted values of a raw corpus.

Owns the schemas of posts, annotations and predefined splits; each function lists all faults. Does not read files or
raise errors.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

import pandas as pd

from redsm5_hpo.core.layout import SPLIT_NAMES
from redsm5_hpo.corpus.raw.problems import Problem, shown
from redsm5_hpo.corpus.raw.visible import has_text

Check = tuple[Callable[["pd.Series[str]"], "pd.Series[bool]"], str]  # which cells are accepted, and what is allowed


def post_problems(file: str, frame: pd.DataFrame) -> list[Problem]:
    """Faults of a table of posts: post_id, text."""
    checks = {"post_id": _filled("an id"), "text": _filled("the text of a post")}
    return _table_problems(file, frame, checks, ["post_id"])


def annotation_problems(
    file: str, frame: pd.DataFrame, post_ids: Collection[str] | None, labels: Collection[str] | None
) -> list[Problem]:
    """Faults of a table of annotations; `post_ids` or `labels` is None when its file could not be read."""
    known = [] if post_ids is None else [_one_of(post_ids, "a post_id of the posts file")]
    checks = {
        "post_id": [*_filled("an id"), *known],
        "sentence_id": _filled("an id"),
        "sentence_text": _filled("the text of a sentence"),
        "DSM5_symptom": [] if labels is None else [_one_of(labels, f"one of {', '.join(labels)}")],
        "status": [_one_of(("0", "1"), "0 or 1")],
    }
    return _table_problems(file, frame, checks, ["post_id", "sentence_id", "DSM5_symptom"])


def split_problems(file: str, frame: pd.DataFrame, post_ids: Collection[str] | None) -> list[Problem]:
    """Faults of a table of predefined splits: post_id, split."""
    checks = {"post_id": [], "split": [_one_of(SPLIT_NAMES, f"one of {', '.join(SPLIT_NAMES)}")]}
    if post_ids is not None:
        checks["post_id"] = [_one_of(post_ids, "a post_id of the posts file")]
    problems = _table_problems(file, frame, checks, ["post_id"])
    listed, used = set(frame["post_id"]), set(frame["split"])
    problems += [
        Problem(file, f"no post for {name}", "at least one post per split", column="split")
        for name in SPLIT_NAMES
        if name not in used
    ]
    problems += [
        Problem(file, f"post {shown(post_id)} is not listed", "every post of the posts file", column="post_id")
        for post_id in post_ids or ()
        if post_id not in listed
    ]
    return problems


def _filled(allowed: str) -> list[Check]:
    return [(lambda cells: cells.map(has_text).astype(bool), allowed)]


def _one_of(values: Collection[str], allowed: str) -> Check:
    return lambda cells: cells.isin(list(values)), allowed


def _table_problems(
    file: str, frame: pd.DataFrame, checks: Mapping[str, Sequence[Check]], key: list[str]
) -> list[Problem]:
    problems = [
        Problem(file, shown(cell), allowed, line, column)
        for column, of_column in checks.items()
        for accepted, allowed in of_column
        for refused in [frame.loc[~accepted(frame[column]), column]]
        for line, cell in zip(map(int, refused.index), refused, strict=True)
    ]
    for line, *cells in frame.loc[frame.duplicated(key), key].itertuples():
        found = f"{' + '.join(map(shown, cells))} again"
        problems.append(Problem(file, found, f"each {' + '.join(key)} once", line, " + ".join(key)))
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.line)
