"""A template drawn for a page."""

import re
import sys

import pytest

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.core.files import read_csv, write_csv
from redsm5_hpo.pages import figures
from redsm5_hpo.pages.figures import declared_figures, picture
from tests.pages.samples import ROOT

pytest.importorskip("vl_convert", reason="the extra `page` is not installed")
FIGURES = declared_figures(ROOT / "dvc.yaml")
TEMPLATES = ROOT / ".dvc/plots"


def scores(folder, *rows):
    path = folder / "scores.csv"
    write_csv(path, ("architecture", "system", "kind", "f1", "low", "high"), rows)
    return path


def drawn(data, name="scores"):
    return picture(name, FIGURES[name], read_csv(data), "share", TEMPLATES)


@pytest.fixture
def data(tmp_path):
    return scores(
        tmp_path, ("share", "tuned", "selected", 0.6, 0.5, 0.7), ("share", "guess", "baseline", 0.4, None, None)
    )


def test_numbers_and_names_of_the_data_are_text_of_the_drawing(data):
    assert {"tuned", "guess", "0.600", "0.400"} <= set(re.findall(r">([^<>]+)</text>", drawn(data).drawing))


def test_title_and_legend_are_the_pages_and_no_text_of_the_drawing(data):
    shown = drawn(data)
    assert shown.title == FIGURES["scores"]["title"]
    assert shown.legend.startswith("Purple")
    assert shown.title not in shown.drawing


def test_revisions_leave_no_trace(data):
    assert "workspace" not in drawn(data).drawing


def test_two_epochs_are_the_numbers_one_and_two(tmp_path):
    columns = ("architecture", "trial", "state", "is_best", "epoch", "f1")
    write_csv(tmp_path / "curves.csv", columns, [("share", 0, "complete", 1, epoch, 0.3) for epoch in (1, 2)])
    shown = re.findall(r">([^<>]+)</text>", drawn(tmp_path / "curves.csv", "curves").drawing)
    assert [text for text in shown if text in ("1", "1.0", "1.5", "2", "2.0")] == ["1", "2"]


def test_no_row_is_no_drawing(tmp_path):
    assert drawn(scores(tmp_path)).drawing == ""


def test_a_large_drawing_becomes_an_image(data, monkeypatch):
    monkeypatch.setattr(figures, "_MOST_CHARACTERS", 100)
    assert drawn(data).drawing.startswith('<img alt="" src="data:image/jpeg;base64,')


def test_two_drawings_share_no_id(tmp_path):
    path = tmp_path / "confusion.csv"
    columns = ("architecture", "actual", "predicted", "examples", "share")
    write_csv(path, columns, [("share", "absent", "absent", 3, 1.0), ("share", "present", "absent", 1, 0.2)])
    points = read_csv(path)
    one, two = (
        set(re.findall(r'\bid="([^"]+)"', picture("confusion", FIGURES["confusion"], points, run, TEMPLATES).drawing))
        for run in ("share", "joint")
    )
    assert one
    assert not one & two


def test_a_template_that_is_gone_is_an_error(data, tmp_path):
    with pytest.raises(HpoError, match=r"scores\.json does not exist"):
        picture("scores", FIGURES["scores"], read_csv(data), "share", tmp_path)


def test_without_the_package_the_error_says_what_to_install(data, monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(HpoError, match=r"remedy: pip install 'redsm5-hpo\[page\]'"):
        drawn(data)
