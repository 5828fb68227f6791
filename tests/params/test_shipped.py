"""The settings that the project ships."""

from pathlib import Path

import pytest

from redsm5_hpo.params import Configuration, load_params
from redsm5_hpo.params.maximal import load_maximal

ROOT = Path(__file__).parents[2]
SHIPPED = [path for folder in (ROOT, ROOT / "maximal") for path in folder.glob("params*.yaml")]


LOADERS = {"params.yaml": load_params, "maximal/params.yaml": load_maximal}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_shipped_settings_are_valid(path):
    load = LOADERS[str(path.relative_to(ROOT))]
    assert load(path).architectures == ("criteria", "evidence", "share", "joint")


def test_the_project_ships_settings():
    assert ROOT / "params.yaml" in SHIPPED


def test_every_default_stands_in_the_file():
    defaults = load_params(ROOT / "params.yaml").training.defaults
    assert defaults.model_fields_set == set(Configuration.model_fields)


def test_the_defaults_lie_in_the_space():
    params = load_params(ROOT / "params.yaml")
    for name, dimension in params.hpo.space.items():
        value = getattr(params.training.defaults, name)
        choices = getattr(dimension, "choices", None)
        assert value in choices if choices else dimension.low <= value <= dimension.high, name
