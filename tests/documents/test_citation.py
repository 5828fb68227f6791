"""The citation names the release that pyproject.toml describes."""

import tomllib

import yaml

from tests.documents.pages import ROOT, text


def test_the_citation_has_the_version_and_the_license_of_the_package() -> None:
    cited = yaml.safe_load(text("CITATION.cff"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = ("version", "license")
    assert (cited["title"], *map(cited.get, names)) == (project["name"], *map(project.get, names))


def test_the_license_is_the_whole_of_the_one_that_is_named() -> None:
    license_text = text("LICENSE")
    assert "Apache License\n                           Version 2.0, January 2004" in license_text
    assert "END OF TERMS AND CONDITIONS" in license_text
