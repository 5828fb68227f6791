"""The file of a search's best trial."""

import pytest

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.files import write_yaml
from redsm5_hpo.search.results.best_trial import BestTrial, load_best
from tests.training.builders import CONFIGURATION

BEST = {
    "configuration": CONFIGURATION.model_dump(mode="json"),
    "best_epoch": 2,
    "epochs": 4,
    "value": 0.75,
    "trial": 6,
    "stage": "hpo_s2",
    "seed": 11,
    "on_bound": ["dropout"],
}


def test_a_best_trial_is_read_as_it_was_written(tmp_path):
    write_yaml(tmp_path / "best.yaml", BEST)
    assert load_best(tmp_path) == BestTrial(**{**BEST, "configuration": CONFIGURATION})
    assert load_best(tmp_path).model_dump(mode="json") == BEST


BAD = {
    "missing": (None, "does not exist"),
    "a value missing": ({"best_epoch": ...}, r"describes no best trial(.|\n)*best_epoch"),
    "no epoch": ({"best_epoch": 0}, r"describes no best trial(.|\n)*best_epoch"),
    "no valid configuration": ({"configuration": {}}, r"describes no best trial(.|\n)*learning_rate"),
}


@pytest.mark.parametrize(("changes", "message"), BAD.values(), ids=BAD)
def test_a_bad_file_is_named(tmp_path, changes, message):
    path = tmp_path / "best.yaml"
    if changes is not None:
        write_yaml(path, {name: value for name, value in {**BEST, **changes}.items() if value is not ...})
    with pytest.raises(StudyError, match=message) as caught:
        load_best(tmp_path)
    assert str(path) in str(caught.value)
