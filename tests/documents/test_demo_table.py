"""The README's tables are those of the recorded results."""

import re
from pathlib import Path

import pytest

from redsm5_hpo.core.layout import recorded_metrics
from redsm5_hpo.params import load_params
from redsm5_hpo.reporting.summary import summary
from tests.documents.pages import ROOT, text

MEASURED_THERE_ALONE = "time"  # git does not track how long stages took


def cells(tables: str) -> list[dict[str, str]]:
    """The rows of printed tables by column, without the times."""
    found = []
    for table in tables.strip().split("\n\n"):
        header, *rows = [re.split(r" {2,}", line.strip()) for line in table.splitlines() if "  " in line]
        found += [dict(zip(header, row, strict=True)) for row in rows]
    return [{name: cell for name, cell in row.items() if name != MEASURED_THERE_ALONE} for row in found]


def test_the_readme_shows_the_recorded_results_of_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    params = load_params(Path("params.yaml"))
    if params.data.source != "demo":
        pytest.skip("the results are those of another corpus")
    (shown,) = [block for block in re.findall(r"```text\n(.*?)```", text("README.md"), re.DOTALL) if "val F1" in block]
    assert cells(shown) == cells(summary(params, recorded_metrics))
