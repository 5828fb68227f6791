"""The page of a made-up run: what it shows, what it must not hold, and what it asks for."""

import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.core.files import read_json, write_json, write_yaml
from redsm5_hpo.evaluation.evidence_errors import KINDS
from redsm5_hpo.pages import page
from redsm5_hpo.pages.figures import Picture
from redsm5_hpo.pages.page import ERROR_KINDS, PAGE, write_page
from redsm5_hpo.params import load_params
from tests.pages.samples import write_project
from tests.pipeline.shingles import corpus_shingles, shingles

pytest.importorskip("vl_convert", reason="the extra `page` is not installed")
OF_A_RUN = ("search", "selection", "results", "criteria", "calibration", "errors")
SECTIONS = ["results", "data", "cost", "settings", "versions", "cite", "criteria", "share"]
SECTIONS += [f"{run}-{part}" for run in ("criteria", "share") for part in OF_A_RUN]
VOID = {"meta", "link", "img", "br", "input"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a project whose page is written."""
    folder = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_project(folder)
        write_page(load_params())
    return folder


@pytest.fixture
def html(made):
    return (made / PAGE).read_text(encoding="utf-8")


class Reader(HTMLParser):
    """Collects ids, links inside the page, what is fetched from elsewhere, and tags that are not closed."""

    def __init__(self, html):
        super().__init__()
        self.ids, self.links, self.fetched, self.open, self.text = [], [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name == "href":
                self.links.append(value)
            if name in ("src", "srcset", "data", "poster") or (name == "href" and tag == "link"):
                self.fetched.append(value)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data):
        self.text.append(data)


def test_it_has_every_section_of_every_run(html):
    assert set(SECTIONS) <= set(Reader(html).ids)


def test_elements_are_closed_and_ids_are_unique(html):
    found = Reader(html)
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))


def test_links_lead_to_ids_of_the_page(html):
    found = Reader(html)
    assert found.links
    assert {link for link in found.links if link.removeprefix("#") not in found.ids} == set()


def test_nothing_comes_from_a_network(html):
    assert [each for each in Reader(html).fetched if not each.startswith("data:")] == []
    assert "://" not in html
    assert re.findall(r"@import|url\((?!#)", html) == []


def test_no_eight_words_of_the_corpus_are_in_it(made, html):
    corpus = corpus_shingles(made / "data/raw/demo")
    assert corpus
    assert shingles(" ".join(Reader(html).text)) & corpus == set()


def test_it_is_small(made):
    assert (made / PAGE).stat().st_size < 3_000_000


def test_the_same_run_is_the_same_bytes(made, html, monkeypatch):
    monkeypatch.chdir(made)
    write_page(load_params())
    assert (made / PAGE).read_text(encoding="utf-8") == html


def test_every_run_has_every_figure(made, html):
    names = [path.stem for path in (made / "metrics/criteria/report").iterdir()]
    assert {name: html.count(f'<figure class="{name}"') for name in names} == dict.fromkeys(names, 2)


def test_the_times_are_one_figure_of_all_runs(html):
    assert html.count('<figure class="times"') == 1


@pytest.mark.usefixtures("project")
def test_without_times_there_is_no_figure_of_them():
    shutil.rmtree("metrics/time")
    html = write_page(load_params()).read_text(encoding="utf-8")
    assert "Nothing ran on this machine" in html
    assert '<figure class="times"' not in html


def test_wrong_predictions_are_shown_by_id(html):
    errors = html[html.index('id="criteria-errors"') : html.index('id="share"')]
    assert re.findall(r"<code>(p1_\d)</code>", errors) == ["p1_4", "p1_2"]


@pytest.mark.parametrize(
    "shown",
    [
        "evidence was not evaluated",  # an architecture of params.yaml without a result
        "dvc checkout",  # the predictions of share are not there
        "<strong>1.5 min</strong>",  # the one measured time
        "they say nothing about ReDSM5",
    ],
)
def test_what_is_missing_is_said(html, shown):
    assert shown in html


def test_the_kinds_of_evidence_errors_are_those_of_the_evaluation(html):
    assert tuple(ERROR_KINDS) == KINDS
    assert [meaning for meaning in ERROR_KINDS.values() if meaning not in html] == []


@pytest.mark.usefixtures("project")
def test_a_result_of_few_posts_without_intervals_is_shown(monkeypatch):
    monkeypatch.setattr(page, "picture", lambda name, *_: Picture(name, name, "", ""))
    path = Path("metrics/share/evaluate/details.json")
    details = read_json(path)
    del details["baselines"]["guess"]["p_holm"]
    write_json(path, {**details, "intervals": {}})
    assert "too few posts" in write_page(load_params()).read_text(encoding="utf-8")


@pytest.mark.usefixtures("project")
def test_a_default_configuration_that_failed_is_said_to_have_failed(monkeypatch):
    monkeypatch.setattr(page, "picture", lambda name, *_: Picture(name, name, "", ""))
    path = Path("metrics/share/select/selection.json")
    selection = {name: value for name, value in read_json(path).items() if name != "beats_default"}
    write_json(path, {**selection, "failed": ["default"]})
    shown = write_page(load_params()).read_text(encoding="utf-8")
    assert "since the default configuration failed in a run" in shown[shown.index('id="share-selection"') :]


@pytest.mark.usefixtures("project")
def test_metrics_of_another_version_are_an_error_that_names_the_value(monkeypatch):
    monkeypatch.setattr(page, "picture", lambda name, *_: Picture(name, name, "", ""))
    path = Path("metrics/prepare.json")
    write_json(path, {name: value for name, value in read_json(path).items() if name != "alignment"})
    with pytest.raises(HpoError, match=r"lacks a value\n  got: .*alignment"):
        write_page(load_params())


FOREIGN = {
    "split": {"outs": [{"path": "data/splits/test", "md5": "new"}]},
    "evaluate@share": {"deps": [{"path": "data/splits/test", "md5": "old"}]},
}


@pytest.mark.usefixtures("project")
def test_a_result_of_another_corpus_is_not_shown(monkeypatch):
    monkeypatch.setattr(page, "picture", lambda name, *_: Picture(name, name, "", ""))
    write_yaml(Path("dvc.lock"), {"stages": FOREIGN})
    found = Reader(write_page(load_params()).read_text(encoding="utf-8"))
    assert ("criteria" in found.ids, "share" in found.ids) == (True, False)


@pytest.mark.usefixtures("project")
def test_a_maximal_search_has_sections_of_its_own(monkeypatch):
    monkeypatch.setattr(page, "picture", lambda name, *_: Picture(name, name, "", ""))
    for stage in ("select", "evaluate", "report"):
        shutil.copytree(f"metrics/criteria/{stage}", f"metrics/criteria/{stage}_max")
    shutil.copytree("metrics/criteria/hpo_s2", "metrics/criteria/hpo_max")
    found = Reader(write_page(load_params()).read_text(encoding="utf-8"))
    assert {"criteria-max", *(f"criteria-max-{part}" for part in OF_A_RUN)} <= set(found.ids)


@pytest.mark.usefixtures("project")
def test_missing_packages_are_an_error_that_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(HpoError, match=r"vl-convert-python\n  remedy: pip install 'redsm5-hpo\[page\]'"):
        write_page(load_params())
    assert not PAGE.exists()
