"""The picture of the page in the README."""

import struct

import pytest

from redsm5_hpo.core.errors import HpoError
from tests.pipeline.definition import ROOT
from tools import screenshot
from tools.screenshot import HEIGHT, PICTURE, WIDTH


def test_the_picture_has_the_scripts_size_and_is_small():
    content = (ROOT / PICTURE).read_bytes()
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">II", content[16:24]) == (WIDTH, HEIGHT)
    assert len(content) < 160_000


def test_the_readme_shows_it():
    assert f"]({PICTURE})" in (ROOT / "README.md").read_text(encoding="utf-8")


MISSING = {
    "no browser": (("no-such-browser",), "none of no-such-browser"),
    "no page": (("true",), "make page"),
}


@pytest.mark.parametrize(("browsers", "shown"), MISSING.values(), ids=MISSING)
def test_what_is_missing_is_an_error_with_a_remedy(tmp_path, monkeypatch, browsers, shown):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(screenshot, "BROWSERS", browsers)
    with pytest.raises(HpoError, match=shown):
        screenshot.main()
