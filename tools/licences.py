"""The licences of the packages that the project runs with, from their installed metadata: `python -m tools.licences`.

Owns which packages those are: what pyproject.toml asks for without extras, and what that asks for in turn. Packages
for development are left out, and so are NVIDIA's, which PyPI's torch brings on Linux.
"""

import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FILE = ROOT / "LICENSES.md"
_HEAD = """# Licences of the packages that the project runs with

From the packages' own metadata, by `python -m tools.licences`; packages for development alone are not listed. On Linux
PyPI's `torch` also brings NVIDIA's CUDA packages, which stand under NVIDIA's own terms, and `triton` (MIT).

| package | version | licence |
| --- | --- | --- |
"""
_NOT_LISTED = ("cuda-", "nvidia-", "triton")
_LONGEST = 80  # characters: some packages put the whole text of their licence into the field


def runtime_packages() -> dict[str, Distribution]:
    """The installed distributions that the project needs, by canonical name, in order."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, Distribution] = {}
    waiting = [Requirement(text) for text in project["dependencies"]]
    asked: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in ("", *sorted(requirement.extras)):
            if (name, extra) in asked or (name.startswith(_NOT_LISTED) and name != "nvidia-ml-py"):
                continue
            asked.add((name, extra))
            found[name] = distribution(name)
            needs = [Requirement(text) for text in found[name].requires or ()]
            waiting += [need for need in needs if not need.marker or need.marker.evaluate({"extra": extra})]
    return dict(sorted(found.items()))


def version(package: Distribution) -> str:
    """The version without a local part: a build of torch for the processor alone is the same release."""
    return package.version.split("+")[0]


def licence(package: Distribution) -> str:
    """What the package says of its licence, in one line."""
    metadata = package.metadata
    classifiers = [
        line.rsplit(" :: ", 1)[-1] for line in metadata.get_all("Classifier", []) if " :: OSI Approved :: " in line
    ]
    field = (metadata.get("License") or "").strip().splitlines()
    short = field[0] if field and len(field[0]) <= _LONGEST else ""
    return metadata.get("License-Expression") or ", ".join(classifiers) or short or "see the package"


def table() -> str:
    """The whole file."""
    rows = [f"| {name} | {version(package)} | {licence(package)} |\n" for name, package in runtime_packages().items()]
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    try:
        FILE.write_text(table(), encoding="utf-8")
    except PackageNotFoundError as missing:
        sys.exit(f"error: {missing}; run `make setup` first")
