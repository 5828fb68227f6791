"""The settings for real data: valid, applied as in `make redsm5`, and all different from the demo's."""

import shutil
from pathlib import Path

import pytest
import yaml
from dvc.utils.hydra import apply_overrides

from redsm5_hpo.params import load_params
from tools.set_params import options

ROOT = Path(__file__).parents[2]
REAL = yaml.safe_load((ROOT / "redsm5.yaml").read_text(encoding="utf-8"))
OPTIONS = list(options(REAL))


def at(settings, key):
    for part in key.split("."):
        settings = settings.get(part, {})
    return settings


@pytest.fixture
def changed(tmp_path):
    """params.yaml after `dvc exp run` has applied the options."""
    path = Path(shutil.copy(ROOT / "params.yaml", tmp_path))
    apply_overrides(str(path), [option.removeprefix("-S ") for option in OPTIONS])
    return path


def test_real_settings_are_valid_and_applied_unchanged(changed):
    load_params(changed)
    found = yaml.safe_load(changed.read_text(encoding="utf-8"))
    for option in OPTIONS:
        key = option.removeprefix("-S ++").partition("=")[0]
        assert float_or_same(at(found, key)) == float_or_same(at(REAL, key)), key


def float_or_same(value):
    """`-S x=1e-05` is written without a dot, which YAML 1.1 reads as text."""
    return float(value) if isinstance(value, str) and value[0].isdigit() else value


def test_every_real_setting_differs_from_the_demos():
    demo = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    keys = [option.removeprefix("-S ++").partition("=")[0] for option in OPTIONS]
    assert [key for key in keys if at(demo, key) == at(REAL, key)] == []


def test_no_value_has_a_blank_that_a_shell_would_split():
    assert all(option.count(" ") == 1 for option in OPTIONS)
