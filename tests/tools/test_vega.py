"""The scripts of the page of figures."""

import base64
import hashlib
import io
import re
import tarfile

import pytest

from redsm5_hpo.core.errors import HpoError
from tests.pipeline.definition import ROOT
from tools.vega import PACKAGES, Package, script_in


def archive(text):
    """An archive as the registry's, and the package that names its hash."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as files:
        info = tarfile.TarInfo("package/build/vega.min.js")
        info.size = len(text)
        files.addfile(info, io.BytesIO(text))
    content = stream.getvalue()
    return content, Package("vega", "1.0", base64.b64encode(hashlib.sha512(content).digest()).decode())


def test_the_script_of_a_pinned_archive_is_found():
    content, package = archive(b"vega = 1")
    assert script_in(package, content) == "vega = 1"


def test_another_archive_is_refused():
    content, _ = archive(b"vega = 1")
    _, other = archive(b"vega = 2")
    with pytest.raises(HpoError, match="not the pinned archive"):
        script_in(other, content)


def test_the_page_asks_for_the_scripts_that_are_fetched_and_for_the_same_versions_elsewhere():
    page = (ROOT / ".dvc/plots/page.html").read_text(encoding="utf-8")
    assert re.findall(r'src="vega/([\w.-]+)"', page) == [package.script for package in PACKAGES]
    assert re.findall(r'"([\w-]+@[\d.]+)"', page) == [f"{package.name}@{package.version}" for package in PACKAGES]


def test_dvc_uses_the_page():
    config = (ROOT / ".dvc/config").read_text(encoding="utf-8")
    assert "html_template = plots/page.html" in config
    assert "{plot_divs}" in (ROOT / ".dvc/plots/page.html").read_text(encoding="utf-8")
