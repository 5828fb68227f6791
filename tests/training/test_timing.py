"""The time of an epoch, estimated from short ones."""

import pytest
import torch

from redsm5_hpo.training import timing
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.timing import epoch_seconds
from tests.training.builders import configured, learnable_corpus, spec

LOADING_SECONDS = 5.0
SECONDS_OF_A_WINDOW = 0.25


@pytest.fixture
def large(tiny, tmp_path):
    """The spec and the configuration of a fit on many more posts than timing trains on."""
    learnable_corpus(200).save(tmp_path / "train")
    learnable_corpus(100, first=400).save(tmp_path / "val")
    return spec(tmp_path, "criteria"), configured(tiny["bert"])


def test_the_time_is_scaled_by_the_number_of_windows_and_loading_does_not_count(large, monkeypatch):
    fits = []

    def measured(small, configuration, epochs):
        windows = timing._windows(small, configuration)
        fits.append((windows, epochs))
        return LOADING_SECONDS + SECONDS_OF_A_WINDOW * windows * epochs

    monkeypatch.setattr(timing, "_fit_seconds", measured)
    all_windows = timing._windows(*large)
    assert epoch_seconds(*large) == pytest.approx(SECONDS_OF_A_WINDOW * all_windows)
    assert [epochs for _, epochs in fits] == [1, 1, 2]
    assert max(windows for windows, _ in fits) < all_windows / 2


@pytest.mark.parametrize(("device", "part"), [("cpu", 1 / 3), ("cuda", 1)])
def test_a_gpu_is_timed_on_more_posts(large, monkeypatch, device, part):
    settings, configuration = large
    trained = []

    def measured(small, _, epochs):
        trained.append(small)
        return float(epochs)

    monkeypatch.setattr("redsm5_hpo.training.device.choose_compute", lambda _: Compute(torch.device(device), "fp32"))
    monkeypatch.setattr(timing, "_windows", lambda *_: 1)
    monkeypatch.setattr(timing, "_fit_seconds", measured)
    epoch_seconds(settings, configuration)
    assert len(trained[0].train.load().posts) == pytest.approx(200 * part, abs=1)


def test_real_fits_give_a_time(large):
    assert 0 <= epoch_seconds(*large) < 60
