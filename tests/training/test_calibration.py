"""How long an epoch takes, told from short ones."""

import pytest

from redsm5_hpo.training import calibration
from redsm5_hpo.training.calibration import epoch_seconds
from tests.training.builders import CONFIGURATION, encoder, learnable_corpus, plan

LOADING = 5.0
A_WINDOW = 0.25


@pytest.fixture
def large(tiny, tmp_path):
    """A plan over many more posts than are calibrated on."""
    learnable_corpus(200).save(tmp_path / "train")
    learnable_corpus(100, first=400).save(tmp_path / "val")
    return plan(tmp_path, "criteria", encoder(tiny["bert"]), defaults=CONFIGURATION)


def test_an_epoch_is_scaled_by_its_windows_and_loading_is_no_part_of_it(large, monkeypatch):
    asked = []

    def measured(small, epochs):
        windows = calibration._windows(small)
        asked.append((windows, epochs))
        return LOADING + A_WINDOW * windows * epochs

    monkeypatch.setattr(calibration, "_fit_seconds", measured)
    everything = calibration._windows(large)
    assert epoch_seconds(large) == pytest.approx(A_WINDOW * everything)
    assert [epochs for _, epochs in asked] == [1, 1, 2]
    assert max(windows for windows, _ in asked) < everything / 2


def test_real_fits_give_a_time(large):
    assert 0 <= epoch_seconds(large) < 60
