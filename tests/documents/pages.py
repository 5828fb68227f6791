"""The pages of the documentation, as text.

Owns which files they are, and what in them is code and what is a heading. Checks nothing.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "bench/README.md", "data/raw/README.md")
PAGES += ("data/raw/demo/README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))))
_FENCE = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`")


def text(page: str) -> str:
    """A page's text."""
    return (ROOT / page).read_text(encoding="utf-8")


def prose(page: str) -> str:
    """The text without fenced blocks."""
    return _FENCE.sub("", text(page))


def code(page: str) -> list[str]:
    """The fenced blocks of a page, and its code spans."""
    return [*_FENCE.findall(text(page)), *(" ".join(span.split()) for span in _SPAN.findall(prose(page)))]


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them; of two equal headings only the first."""
    headings = re.findall(r"^#+ +(.+?) *$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: str) -> list[str]:
    """The relative links of a page."""
    targets = re.findall(r"\]\(([^()\s]+)\)", prose(page))
    return [target for target in targets if not re.match(r"[a-z]+:", target)]
