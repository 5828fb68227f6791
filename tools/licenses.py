"""The licenses of the runtime packages, from their installed metadata: `python -m tools.licenses`.

Owns which packages these are: the dependencies in pyproject.toml without extras, and their dependencies. Development
packages are omitted, and so are NVIDIA's, which PyPI's torch requires on Linux.
"""

import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FILE = ROOT / "LICENSES.md"
_HEAD = """# Licenses of the runtime packages

From the packages' own metadata, by `python -m tools.licenses`; development packages are not listed. On Linux PyPI's
`torch` also requires NVIDIA's CUDA packages, which have NVIDIA's own terms, and `triton` (MIT).

| package | version | license |
| --- | --- | --- |
"""
_NOT_LISTED = ("cuda-", "nvidia-", "triton")
_MAX_CHARACTERS = 80  # some packages put the whole text of their license into the field


def runtime_packages() -> dict[str, Distribution]:
    """The installed distributions of the runtime packages, sorted by canonical name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, Distribution] = {}
    waiting = [Requirement(text) for text in project["dependencies"]]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in ("", *sorted(requirement.extras)):
            if (name, extra) in seen or (name.startswith(_NOT_LISTED) and name != "nvidia-ml-py"):
                continue
            seen.add((name, extra))
            found[name] = distribution(name)
            needs = [Requirement(text) for text in found[name].requires or ()]
            waiting += [need for need in needs if not need.marker or need.marker.evaluate({"extra": extra})]
    return dict(sorted(found.items()))


def version(package: Distribution) -> str:
    """The version without the local label: the CPU build of torch is the same release."""
    return package.version.split("+")[0]


def license_of(package: Distribution) -> str:
    """The license in the package's metadata, in one line."""
    metadata = package.metadata
    classifiers = [
        line.rsplit(" :: ", 1)[-1] for line in metadata.get_all("Classifier", []) if " :: OSI Approved :: " in line
    ]
    field = (metadata.get("License") or "").strip().splitlines()
    short = field[0] if field and len(field[0]) <= _MAX_CHARACTERS else ""
    return metadata.get("License-Expression") or ", ".join(classifiers) or short or "see the package"


def table() -> str:
    """The text of LICENSES.md."""
    rows = [
        f"| {name} | {version(package)} | {license_of(package)} |\n" for name, package in runtime_packages().items()
    ]
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    try:
        FILE.write_text(table(), encoding="utf-8")
    except PackageNotFoundError as missing:
        sys.exit(f"error: {missing}; run `make setup` first")
