"""What a search hands to a refit."""

import pytest

from redsm5_hpo.errors import StudyError
from redsm5_hpo.files import write_yaml
from redsm5_hpo.training.winner import Winner
from tests.training.builders import CONFIGURATION

BEST = {
    "configuration": CONFIGURATION.model_dump(mode="json"),
    "best_epoch": 2,
    "epochs": 4,
    "value": 0.75,
    "trial": 6,
    "stage": "s2",
    "seed": 11,
    "on_bound": ["dropout"],
}


def test_a_winner_is_read_and_what_refit_needs_not_is_left_out(tmp_path):
    write_yaml(tmp_path / "best.yaml", BEST)
    expected = {name: value for name, value in BEST.items() if name not in ("seed", "on_bound", "configuration")}
    assert Winner.load(tmp_path / "best.yaml") == Winner(configuration=CONFIGURATION, **expected)


BAD = {
    "missing": (None, "does not exist"),
    "a value missing": ({"best_epoch": ...}, r"describes no winner(.|\n)*best_epoch"),
    "no epoch": ({"best_epoch": 0}, r"describes no winner(.|\n)*best_epoch"),
    "a configuration that is none": ({"configuration": {}}, r"describes no winner(.|\n)*learning_rate"),
}


@pytest.mark.parametrize(("changes", "message"), BAD.values(), ids=BAD)
def test_a_folder_without_a_winner_is_named(tmp_path, changes, message):
    if changes is not None:
        values = {name: value for name, value in {**BEST, **changes}.items() if value is not ...}
        write_yaml(tmp_path / "best.yaml", values)
    with pytest.raises(StudyError, match=message) as caught:
        Winner.load(tmp_path / "best.yaml")
    assert str(tmp_path / "best.yaml") in str(caught.value)
