"""What the page says of one architecture."""

import pytest

from redsm5_hpo.core.files import read_json, write_json
from redsm5_hpo.pages import page
from redsm5_hpo.pages.figures import Picture
from redsm5_hpo.pages.page import write_page
from redsm5_hpo.params import load_params

pytest.importorskip("vl_convert", reason="the extra `page` is not installed")


@pytest.fixture
def share(project, monkeypatch):
    """Writes the page, given the candidates of share's selection; returns it from that on."""
    monkeypatch.setattr(page, "picture", lambda name, *_: Picture(name, name, "", ""))

    def written(candidates, **selection):
        path = project / "metrics/share/select/selection.json"
        write_json(path, {**read_json(path), "candidates": candidates, **selection})
        shown = " ".join(write_page(load_params()).read_text(encoding="utf-8").split())
        return shown[shown.index('id="share-selection"') :]

    return written


def candidate(mean, error):
    return {"mean": mean, "standard_error": error, "lower": mean - error}


def test_the_gain_is_that_of_the_best_candidate_by_its_mean_minus_one_standard_error(share):
    shown = share({"default": candidate(0.6, 0.0), "s2-4": candidate(0.55, 0.2), "s2-1": candidate(0.5, 0.03)})
    assert "Best by its mean minus one standard error: s2-1. Its gain over the default: +0.100" in shown


def test_the_default_is_kept_for_the_best_candidate_alone(share):
    """Another candidate may gain more than a standard error of its own."""
    kept = {"default": candidate(0.6, 0.0), "s2-1": candidate(0.61, 0.0), "s2-4": candidate(0.7, 0.1)}
    shown = share(kept, selected="default", beats_default=False, gain=0.01, gain_standard_error=0.02, failed=[])
    assert "the best candidate of the search does not gain more than one standard error over it" in shown


def test_the_page_says_how_many_criteria_of_a_post_are_predicted_and_annotated(share):
    assert "4.7 predicted, 1.4 annotated" in share({"default": candidate(0.6, 0.0), "s2-1": candidate(0.5, 0.03)})
