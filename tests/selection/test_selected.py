"""The file of the selected configuration."""

from dataclasses import asdict

import pytest

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.files import write_yaml
from redsm5_hpo.inference.calibration import Calibration, ScoreCalibration
from redsm5_hpo.selection.selected import SelectedConfiguration
from tests.training.builders import CONFIGURATION

CALIBRATION = Calibration(ScoreCalibration(2.0, 0.5), ScoreCalibration(1.5, -0.25))
SELECTED = {
    "configuration": CONFIGURATION.model_dump(mode="json"),
    "stop_epoch": 2,
    "epochs": 4,
    "value": 0.75,
    "trial": 6,
    "stage": "hpo_s2",
    "calibration": asdict(CALIBRATION),
    "comparison": {"beats_default": True, "optimism": 0.125},
}


def test_a_selected_configuration_is_read_as_it_was_written(tmp_path):
    write_yaml(tmp_path / "selected.yaml", SELECTED)
    found = SelectedConfiguration.load(tmp_path / "selected.yaml")
    assert found == SelectedConfiguration(**{**SELECTED, "configuration": CONFIGURATION, "calibration": CALIBRATION})
    assert found.model_dump(mode="json") == SELECTED


BAD = {
    "missing": (None, "does not exist"),
    "a value missing": ({"stop_epoch": ...}, r"describes no selected configuration(.|\n)*stop_epoch"),
    "a value of another file": ({"on_bound": []}, r"describes no selected configuration(.|\n)*on_bound"),
    "no epoch": ({"stop_epoch": 0}, r"describes no selected configuration(.|\n)*stop_epoch"),
    "no valid configuration": ({"configuration": {}}, r"describes no selected configuration(.|\n)*learning_rate"),
}


@pytest.mark.parametrize(("changes", "message"), BAD.values(), ids=BAD)
def test_a_bad_file_is_named(tmp_path, changes, message):
    path = tmp_path / "selected.yaml"
    if changes is not None:
        write_yaml(path, {name: value for name, value in {**SELECTED, **changes}.items() if value is not ...})
    with pytest.raises(StudyError, match=message) as caught:
        SelectedConfiguration.load(path)
    assert str(path) in str(caught.value)
