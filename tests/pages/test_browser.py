"""The page in Chromium: what a reader of any screen and of either theme meets."""

import json
import os
import re
import shutil
import subprocess

import pytest

from redsm5_hpo.pages.page import write_page
from redsm5_hpo.params import load_params
from tests.pages.samples import ROOT, write_project

pytest.importorskip("vl_convert", reason="the extra `page` is not installed")
AXE = ROOT / "node_modules/axe-core/axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
    pytest.mark.skipif(not AXE.exists(), reason="no axe-core: npm install --no-save --no-package-lock axe-core"),
]
WIDTHS = (390, 1280, 1920)  # pixels
THEMES = {"dark": 0, "light": 1}  # as Blink numbers them
# Each width is a frame, since a window has a least width; a frame reports to the page around it.
FRAMES = """<!doctype html><pre id="found"></pre><script>
const found = [];
addEventListener("message", (event) => {
  found.push(event.data);
  document.getElementById("found").textContent = JSON.stringify(found);
});
</script>""" + "".join(f'<iframe src="page.html" width="{width}" height="900"></iframe>' for width in WIDTHS)
CHECK = """addEventListener("load", async () => {
  const table = document.querySelector("table.sortable");
  const rows = () => [...table.tBodies[0].rows].map((row) => row.cells[0].textContent.trim());
  const button = table.tHead.rows[0].cells[0].querySelector("button");
  const orders = [1, 2].map(() => { button.click(); return rows(); });
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const scrolls = document.documentElement.scrollWidth > innerWidth;
  const run = await axe.run(document, {resultTypes: ["violations"]});
  const serious = run.violations.filter((each) => ["serious", "critical"].includes(each.impact));
  const violations = serious.map((each) => `${each.id}: ${each.nodes[0].html.slice(0, 200)}`);
  parent.postMessage({width: innerWidth, dark, scrolls, orders, violations, checked: run.testEngine.name}, "*");
});"""


@pytest.fixture(scope="module", params=THEMES)
def seen(request, tmp_path_factory):
    """The theme, what the frames report, and what the browser logs."""
    folder = tmp_path_factory.mktemp("browser")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_project(folder)
        html = write_page(load_params()).read_text(encoding="utf-8")
    shutil.copy(AXE, folder / "axe.min.js")
    checked = f'<script src="axe.min.js"></script><script>{CHECK}</script></body>'
    (folder / "page.html").write_text(html.replace("</body>", checked), encoding="utf-8")
    (folder / "frames.html").write_text(FRAMES, encoding="utf-8")
    command = [CHROMIUM, "--headless", "--dump-dom", "--virtual-time-budget=60000", "--enable-logging=stderr"]
    command += [f"--user-data-dir={folder}/profile", f"--blink-settings=preferredColorScheme={THEMES[request.param]}"]
    command += ["--no-sandbox"] if os.geteuid() == 0 else []
    done = subprocess.run([*command, f"file://{folder}/frames.html"], capture_output=True, text=True, check=True)  # noqa: S603
    (found,) = re.findall(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    return request.param, json.loads(found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")), done.stderr


def test_every_width_is_seen_in_its_theme(seen):
    theme, frames, _ = seen
    assert sorted(each["width"] for each in frames) == list(WIDTHS)
    assert {each["dark"] for each in frames} == {theme == "dark"}


def test_the_console_is_empty(seen):
    assert [line for line in seen[2].splitlines() if ":CONSOLE" in line] == []


def test_no_screen_scrolls_sideways(seen):
    assert [each["width"] for each in seen[1] if each["scrolls"]] == []


def test_a_click_on_a_column_sorts_and_a_second_turns_the_order(seen):
    for each in seen[1]:
        assert each["orders"] == [["share", "criteria"], ["criteria", "share"]]


def test_axe_finds_no_serious_violation(seen):
    for each in seen[1]:
        assert each["checked"] == "axe-core"
        assert each["violations"] == []
