"""The drawing of where the time goes, read back: a part's width is its time, and its color the legend's."""

import re
from itertools import groupby

import pytest

from redsm5_hpo.core import layout
from redsm5_hpo.core.files import write_json
from redsm5_hpo.pages.runs import Run
from redsm5_hpo.pages.times import timed_stages, times_picture

pytest.importorskip("vl_convert", reason="the extra `page` is not installed")
pytestmark = pytest.mark.usefixtures("project")
RUNS = [Run("evidence", ""), Run("joint", ""), Run("joint", "max")]
STAGED = {"hpo_s0": 40.0, "hpo_s1": 90.0, "hpo_s2": 300.0, "select": 80.0, "refit": 60.0, "evaluate": 20.0}
SOME = {"hpo_s1": 100.0, "evaluate": 30.0}
OTHERS = {"hpo_s0": 30.0, "hpo_s2": 80.0, "refit": 20.0}
MAXIMAL = {"hpo_max": 900.0, "select_max": 90.0, "refit_max": 60.0, "evaluate_max": 30.0}
MAXIMAL_SHOWN = {"hpo_max": 900.0, "select": 90.0, "refit": 60.0, "evaluate": 30.0}
PART = re.compile(r'd="M([\d.]+),([\d.]+)h([\d.]+)v18[^"]*" fill="(#\w+)"')  # x, y, width; the bars are 18 high
ENTRY = re.compile(r'fill="(#\w+)"[^>]*/></g><g class="mark-text role-legend-label"><text[^>]*>([^<]+)<')


def drawing(**seconds):
    """The drawing of all runs where these stages of these architectures took so long."""
    for architecture, stages in seconds.items():
        for stage, value in stages.items():
            write_json(layout.time_file(architecture, stage), {"seconds": value})
    return times_picture(RUNS).drawing


def texts(svg):
    return re.findall(r">([^<>]+)</text>", svg)


def bars(svg):
    """The bars from top to bottom, their parts from left to right: the stage of the color, its share of the width."""
    stages = dict(ENTRY.findall(svg))
    parts = sorted((float(y), float(x), float(width), stages[color]) for x, y, width, color in PART.findall(svg))
    rows = [list(row) for _, row in groupby(parts, key=lambda part: part[0])]
    return [[(stage, width / sum(part[2] for part in row)) for _, _, width, stage in row] for row in rows]


def shares(stages):
    return [(stage, pytest.approx(seconds / sum(stages.values()), abs=0.01)) for stage, seconds in stages.items()]


@pytest.mark.parametrize(
    ("evidence", "joint", "expected"),
    [
        pytest.param(STAGED, {}, [STAGED], id="one architecture"),
        pytest.param(STAGED, SOME, [STAGED, SOME], id="two of which one lacks stages"),
        pytest.param(SOME, OTHERS, [SOME, OTHERS], id="two without a stage in common"),
        pytest.param(
            {}, {**STAGED, **MAXIMAL}, [STAGED, MAXIMAL_SHOWN], id="a maximal search, whose select is a select"
        ),
    ],
)
def test_the_parts_of_a_bar_are_the_times_of_its_stages_in_their_order(evidence, joint, expected):
    assert bars(drawing(evidence=evidence, joint=joint)) == [shares(each) for each in expected]


def test_the_legend_names_the_stages_in_the_order_in_which_they_run():
    named = [stage for _, stage in ENTRY.findall(drawing(evidence=SOME, joint={**OTHERS, **MAXIMAL}))]
    assert named == ["hpo_s0", "hpo_s1", "hpo_s2", "hpo_max", "select", "refit", "evaluate"]


def test_a_bar_has_its_runs_name_and_total():
    assert {"joint", "joint max", "2.2 min", "18.0 min"} <= set(texts(drawing(joint={**OTHERS, **MAXIMAL})))


def test_a_run_without_times_has_no_bar():
    assert "evidence" not in texts(drawing(joint=SOME))


@pytest.mark.parametrize(("longest", "label"), [(3599.0, "time (minutes)"), (3600.0, "time (hours)")])
def test_the_axis_names_a_unit_that_suits_the_longest_bar(longest, label):
    assert label in texts(drawing(evidence={"hpo_s0": 1.0}, joint={"hpo_s2": longest}))


def test_no_time_is_no_drawing():
    assert drawing() == ""


def test_the_tables_stages_are_in_the_order_in_which_they_run_whichever_run_has_them():
    drawing(evidence=SOME, joint={**OTHERS, **MAXIMAL})
    both = ["hpo_s0", "hpo_s1", "hpo_s2", "hpo_max", "refit", "evaluate", "select_max", "refit_max", "evaluate_max"]
    assert timed_stages(RUNS) == both
