"""What of a project must not be seen outside it, and where it would show.

Owns the search: for the corpus's words, for tokens, and for attempts to reach another machine. The tests say when.
"""

from pathlib import Path

from tests.pipeline.shingles import corpus_shingles, repeating, shingles
from tests.pipeline.tiny_project import SOURCE

STUDIO_TOKEN = "isat_" + "Canary" * 5  # of nobody; it must turn up nowhere
TEXT = ("data/raw", "data/prepared", "data/splits", ".dvc/cache", ".git")


def outside(project: Path) -> list[Path]:
    """Every file of the project and what was written beside it, but the corpus, what holds its texts, and git's own."""
    files = [path for path in project.rglob("*") if not str(path.relative_to(project)).startswith(TEXT)]
    files += [path for beside in project.parent.glob(f"{project.name}.*") for path in [beside, *beside.rglob("*")]]
    return [path for path in files if path.is_file()]


def leaks(project: Path, output: str, corpus: set[tuple[str, ...]] | None = None) -> list[object]:
    """The files and the lines that repeat the corpus, which is the project's unless given."""
    corpus = corpus or corpus_shingles(project / SOURCE)
    return [*repeating(outside(project), corpus), *(line for line in output.splitlines() if shingles(line) & corpus)]


def network(project: Path) -> list[str]:
    """What the watch over the project's processes has recorded."""
    return project.with_name(f"{project.name}.network").read_text().splitlines()


def attempts(project: Path) -> list[str]:
    """The attempts to reach another machine."""
    return [line for line in network(project) if not line.startswith("watched: ")]


def with_token(token: str, *folders: Path) -> list[Path]:
    """The files that hold a token."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if token.encode() in path.read_bytes()]
