"""Every package is pinned with its hash, and the license of every runtime package is listed."""

import re

import pytest
from packaging.utils import canonicalize_name

from tests.pipeline.definition import ROOT
from tools.licenses import FILE, license_of, runtime_packages, version

UNHASHED = {"torch"}  # its builds for CPU and GPU have different hashes
ENTRY = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)(?P<rest>.*(?:\n    .*)*)", re.MULTILINE)
ENTRIES = {
    canonicalize_name(found["name"]): (found["version"], found["rest"])
    for found in ENTRY.finditer((ROOT / "requirements.txt").read_text(encoding="utf-8"))
}
PACKAGES = runtime_packages()


def test_every_requirement_is_pinned_with_a_hash() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert ENTRY.sub("", text).strip() == ""
    assert [name for name, (_, rest) in ENTRIES.items() if "--hash=sha256:" not in rest] == []


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_a_runtime_package_is_pinned_and_its_license_listed(name: str) -> None:
    package = PACKAGES[name]
    if name in UNHASHED:
        assert name not in ENTRIES
        assert f'"{name}=={version(package)}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    else:
        assert ENTRIES[name][0] == version(package)
    assert f"\n| {name} | {version(package)} | {license_of(package)} |\n" in FILE.read_text(encoding="utf-8")
