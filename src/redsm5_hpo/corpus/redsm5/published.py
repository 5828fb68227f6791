"""The numbers of ReDSM5's published card, and how a copy differs from them.

Owns the file names, their columns and the counts. Shows numbers and identifiers, never corpus text. Does not fetch or
check values: the stage prepare refuses invalid ones.
"""

from pathlib import Path

import pandas as pd

from redsm5_hpo.corpus.raw.problems import shown
from redsm5_hpo.corpus.raw.reading import ANNOTATION_COLUMNS, POST_COLUMNS, UNUSED_COLUMNS
from redsm5_hpo.corpus.raw.tables import read_table

POSTS_FILE = "redsm5_posts.csv"
ANNOTATIONS_FILE = "redsm5_annotations.csv"
FILES = (POSTS_FILE, ANNOTATIONS_FILE)
POSTS = 1484
# Posts with at least one sentence of status 1 for the label, as on the card.
POSTS_WITH = {
    "DEPRESSED_MOOD": 328,
    "ANHEDONIA": 124,
    "APPETITE_CHANGE": 44,
    "SLEEP_ISSUES": 102,
    "PSYCHOMOTOR": 35,
    "FATIGUE": 124,
    "WORTHLESSNESS": 311,
    "COGNITIVE_ISSUES": 59,
    "SUICIDAL_THOUGHTS": 165,
    "SPECIAL_CASE": 92,
}


def differences(directory: Path) -> list[str]:
    """The differences of the two files in `directory` from the card, one line each."""
    posts = read_table(directory / POSTS_FILE, POST_COLUMNS)
    rows = read_table(directory / ANNOTATIONS_FILE, (*ANNOTATION_COLUMNS, *UNUSED_COLUMNS))
    problems = [str(problem) for table in (posts, rows) for problem in table.problems]
    if posts.frame is not None:
        problems += _difference(f"{POSTS_FILE}: posts", posts.frame["post_id"].nunique(), POSTS)
    if rows.frame is not None:
        found = posts_with(rows.frame)
        for label in dict.fromkeys([*POSTS_WITH, *found]):
            what = f"{ANNOTATIONS_FILE}: posts with {shown(label)}"
            problems += _difference(what, found.get(label, 0), POSTS_WITH.get(label, 0))
    return problems


def posts_with(annotations: pd.DataFrame) -> dict[str, int]:
    """For each label, the number of posts in which a sentence has status 1."""
    present = annotations[annotations["status"] == "1"]
    return {str(label): int(count) for label, count in present.groupby("DSM5_symptom")["post_id"].nunique().items()}


def _difference(what: str, found: int, published: int) -> list[str]:
    return [] if found == published else [f"{what}: {found}; published: {published}"]
