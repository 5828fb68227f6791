"""The settings of the project."""

from pathlib import Path

import pytest

from redsm5_hpo.params import Configuration, load_params
from redsm5_hpo.params.maximal import load_maximal

ROOT = Path(__file__).parents[2]
FILES = [path for folder in (ROOT, ROOT / "maximal") for path in folder.glob("params*.yaml")]
LOADERS = {"params.yaml": load_params, "maximal/params.yaml": load_maximal}
ENCODER = {"encoder", "criteria_encoder", "max_length", "stride", "attention"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_settings_are_valid(path):
    load = LOADERS[str(path.relative_to(ROOT))]
    assert load(path).architectures == ("criteria", "evidence", "share", "joint")


def test_the_project_has_settings():
    assert ROOT / "params.yaml" in FILES


def test_the_file_sets_every_default():
    defaults = load_params(ROOT / "params.yaml").training.defaults
    assert defaults.model_fields_set | ENCODER == set(Configuration.model_fields)


def test_the_defaults_are_in_the_space():
    params = load_params(ROOT / "params.yaml")
    for name, dimension in params.hpo.space.items():
        value = getattr(params.default_configuration, name)
        choices = getattr(dimension, "choices", None)
        assert value in choices if choices else dimension.low <= value <= dimension.high, name
