"""Runs of eight words: whether a file repeats the text of a corpus.

Owns what counts as repeating. Shorter runs are no evidence: any two texts share some.
"""

import csv
import re
from collections.abc import Iterable
from pathlib import Path

LENGTH = 8


def shingles(text: str) -> set[tuple[str, ...]]:
    """Every run of eight words, whatever their case and what stands between them."""
    words = re.findall(r"[^\W_]+", text.lower())
    return {tuple(words[start : start + LENGTH]) for start in range(len(words) - LENGTH + 1)}


def corpus_shingles(directory: Path) -> set[tuple[str, ...]]:
    """Those of all posts and annotated sentences of a raw corpus."""
    found = set()
    for path in sorted(directory.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                found |= shingles(row.get("text") or row.get("sentence_text") or "")
    return found


def repeating(files: Iterable[Path], corpus: set[tuple[str, ...]]) -> list[Path]:
    """The files that share a run of eight words with the corpus."""
    return [path for path in files if shingles(path.read_text(encoding="utf-8", errors="replace")) & corpus]
