"""Every package is installed by its hash, and the licence of each that the project runs with is listed."""

import re

import pytest
from packaging.utils import canonicalize_name

from tests.pipeline.definition import ROOT
from tools.licences import FILE, licence, runtime_packages, version

UNHASHED = {"torch"}  # its builds for one processor or another have hashes of their own
ENTRY = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)(?P<rest>.*(?:\n    .*)*)", re.MULTILINE)
ENTRIES = {
    canonicalize_name(found["name"]): (found["version"], found["rest"])
    for found in ENTRY.finditer((ROOT / "requirements.txt").read_text(encoding="utf-8"))
}
PACKAGES = runtime_packages()


def test_every_line_of_the_requirements_belongs_to_a_pin_with_a_hash() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert ENTRY.sub("", text).strip() == ""
    assert [name for name, (_, rest) in ENTRIES.items() if "--hash=sha256:" not in rest] == []


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_a_package_that_the_project_runs_with_is_pinned_and_its_licence_listed(name: str) -> None:
    package = PACKAGES[name]
    if name in UNHASHED:
        assert name not in ENTRIES
        assert f'"{name}=={version(package)}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    else:
        assert ENTRIES[name][0] == version(package)
    assert f"\n| {name} | {version(package)} | {licence(package)} |\n" in FILE.read_text(encoding="utf-8")
