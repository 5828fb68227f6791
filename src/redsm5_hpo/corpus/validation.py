"""What the values of a raw corpus may be.

Owns the schemas of posts, annotations and predefined splits; each function lists every fault it finds. Does not read
files and does not raise.
"""

from collections.abc import Collection, Mapping, Sequence

import pandas as pd
import pandera.pandas as pa

from redsm5_hpo.corpus.problems import Problem, shown
from redsm5_hpo.corpus.records import PARTS


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
    checks = {"post_id": [], "split": [_one_of(PARTS, f"one of {', '.join(PARTS)}")]}
    if post_ids is not None:
        checks["post_id"] = [_one_of(post_ids, "a post_id of the posts file")]
    problems = _table_problems(file, frame, checks, ["post_id"])
    listed, used = set(frame["post_id"]), set(frame["split"])
    problems += [
        Problem(file, f"no post for {part}", "at least one post a part", column="split")
        for part in PARTS
        if part not in used
    ]
    problems += [
        Problem(file, f"post {shown(post_id)} is not listed", "every post of the posts file", column="post_id")
        for post_id in post_ids or ()
        if post_id not in listed
    ]
    return problems


def _filled(allowed: str) -> list[pa.Check]:
    return [pa.Check(lambda column: column.str.strip() != "", error=allowed)]


def _one_of(values: Collection[str], allowed: str) -> pa.Check:
    return pa.Check.isin(list(values), error=allowed)


def _table_problems(
    file: str, frame: pd.DataFrame, checks: Mapping[str, Sequence[pa.Check]], key: list[str]
) -> list[Problem]:
    columns = {name: pa.Column(checks=list(tests)) for name, tests in checks.items()}
    once = pa.Check(lambda table: ~table.duplicated(key), error=f"each {' + '.join(key)} once")
    try:
        pa.DataFrameSchema(columns, checks=once).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        return _from_cases(file, frame, errors.failure_cases, key)
    return []


def _from_cases(file: str, frame: pd.DataFrame, cases: pd.DataFrame, key: list[str]) -> list[Problem]:
    problems: dict[Problem, None] = {}
    for case in cases.sort_values("index", kind="stable").to_dict("records"):
        line, allowed, column, found = case["index"], case["check"], case["column"], shown(str(case["failure_case"]))
        if case["schema_context"] == "DataFrameSchema":
            # pandera lists a record's columns one by one; together they are one fault.
            column = " + ".join(key)
            found = " + ".join(shown(str(frame.at[line, name])) for name in key) + " again"
        problems[Problem(file, found, allowed, line, column)] = None
    return list(problems)
