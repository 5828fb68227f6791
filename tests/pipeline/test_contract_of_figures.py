"""What DVC's tables and its page of figures show: few names, few figures, and templates that fit their data."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc_render import VegaRenderer

from redsm5_hpo.core.files import read_json
from redsm5_hpo.pages.times import FIGURE as TIMES
from redsm5_hpo.reporting.figures import write_figures
from tests.pipeline.definition import MAXIMAL_STAGES, PARAMS, ROOT, STAGES, declared_metrics, outputs
from tests.reporting.samples import write_run

TEMPLATES = ROOT / ".dvc/plots"
FIGURES: dict[str, dict[str, Any]] = {
    name: figure
    for entry in yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["plots"]
    for name, figure in entry.items()
}
EACH = pytest.mark.parametrize("name", FIGURES)
ADDED = {"rev"}  # by DVC


def names(value: Any, prefix: str = "") -> Iterator[str]:
    """The names under which DVC shows a metrics file's values."""
    if not isinstance(value, dict):
        yield prefix
        return
    for key, below in value.items():
        yield from names(below, f"{prefix}.{key}" if prefix else key)


def fields(value: Any) -> tuple[set[str], set[str]]:
    """The fields that a template reads, and those that it computes."""
    if isinstance(value, list | dict):
        parts = [fields(each) for each in (value.values() if isinstance(value, dict) else value)]
        read, made = (set().union(*found) for found in zip(*parts, strict=True)) if parts else (set(), set())
        own = {value[key] for key in ("field",) if isinstance(value, dict) and isinstance(value.get(key), str)}
        computed = {value["as"]} if isinstance(value, dict) and "calculate" in value else set()
        return read | own, made | computed
    return (set(re.findall(r"datum\.(\w+)", value)) - {"value", "label"} if isinstance(value, str) else set()), set()


def filled_template(name: str, points: list[dict[str, str]]) -> Any:
    """The template of a figure with its data, as DVC fills it."""
    figure = FIGURES[name]
    properties = {key: figure[key] for key in ("title", "template", "x", "x_label", "y_label")}
    y = next(iter(figure["y"].values()))
    return VegaRenderer(points, name, **properties, y=y, template_dir=str(TEMPLATES)).get_filled_template()


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a figure's file, as DVC reads them."""
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str]]]:
    """The rows of each figure's file of a small run."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_run(folder)
        write_figures("criteria", "")
    return {path.stem: rows(path) for path in (folder / "metrics/criteria/report").iterdir()}


def test_metrics_have_at_most_25_names_of_up_to_ten_letters() -> None:
    found = {name for path in declared_metrics(STAGES) for name in names(read_json(ROOT / path))}
    assert 3 < len(found) <= 25 // len(PARAMS["architectures"])
    assert [name for name in found if len(name) > 10] == []


def test_no_number_of_the_maximal_search_is_a_column() -> None:
    assert declared_metrics(MAXIMAL_STAGES) == []


def test_there_are_at_most_twelve_figures_and_no_stage_adds_any() -> None:
    assert 0 < len(FIGURES) <= 12
    for stages in (STAGES, MAXIMAL_STAGES):
        assert [stage for stage in stages if outputs(stage, "plots", stages=stages)] == []


@EACH
def test_a_figure_has_a_title_and_names_both_axes_in_words(name: str) -> None:
    figure = FIGURES[name]
    assert " " in figure["title"]
    assert figure["x_label"]
    assert figure["y_label"]


@EACH
def test_a_figure_joins_all_architectures(name: str) -> None:
    assert list(FIGURES[name]["y"]) == [f"metrics/{each}/report/{name}.csv" for each in PARAMS["architectures"]]


def test_every_file_of_the_report_is_a_figure(tables: dict[str, Any]) -> None:
    assert tables.keys() == FIGURES.keys()


@EACH
def test_a_figure_and_its_template_name_columns_that_the_file_has(name: str, tables: dict[str, Any]) -> None:
    template = read_json(TEMPLATES / f"{FIGURES[name]['template']}.json")
    read, computed = fields(template)
    columns = set(tables[name][0])
    assert read - computed - ADDED <= columns
    assert set(template["data"]["format"]["parse"]) <= columns
    assert {FIGURES[name]["x"], *FIGURES[name]["y"].values()} <= columns


@EACH
def test_every_number_that_a_template_computes_with_is_parsed(name: str, tables: dict[str, Any]) -> None:
    template = read_json(TEMPLATES / f"{FIGURES[name]['template']}.json")
    numeric = {column for column, value in tables[name][0].items() if re.fullmatch(r"-?\d+(\.\d+)?", value)}
    read, _ = fields(template)
    assert numeric & read <= set(template["data"]["format"]["parse"])


@EACH
def test_dvc_fills_a_template_with_the_data_of_two_revisions(name: str, tables: dict[str, Any]) -> None:
    points = [{**row, "rev": rev} for rev in ("workspace", "HEAD") for row in tables[name]]
    filled = filled_template(name, points)
    assert filled["data"]["values"] == points
    assert filled["title"]["text"] == FIGURES[name]["title"]
    assert "<DVC_METRIC" not in json.dumps(filled)


@EACH
def test_the_recorded_figure_of_all_architectures_is_no_wider_than_1300_pixels(name: str) -> None:
    converter = pytest.importorskip("vl_convert", reason="the extra `page` is not installed")
    points = [{**row, "rev": "workspace"} for path in FIGURES[name]["y"] for row in rows(ROOT / path)]
    svg = converter.vegalite_to_svg(filled_template(name, points), allowed_base_urls=[])
    found = re.match(r'<svg[^>]* width="(\d+)', svg)
    assert found
    assert int(found[1]) <= 1300


def test_no_template_is_left_over() -> None:
    figures = [*FIGURES.values(), TIMES]  # the page's own one besides
    assert {path.stem for path in TEMPLATES.glob("*.json")} == {figure["template"] for figure in figures}
