"""The settings for real data: valid, applied as in `make redsm5`, and all different from the demo's."""

import shutil
import sys
from pathlib import Path

import pytest
import yaml
from dvc.utils.hydra import apply_overrides

from redsm5_hpo.core.errors import ParamsError
from redsm5_hpo.params import load_params
from redsm5_hpo.params.yaml_mapping import read_yaml_mapping
from tools.set_params import main, options

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


VALUES = {
    "an empty setting": ("", None),
    "text that YAML 1.1 reads as false": ("NO", "NO"),
    "a number without a dot": ("1e-5", 1e-5),
    "a truth value": ("true", True),
    "a list": ("[NO, 0.5]", ["NO", 0.5]),
    "a name on the hub": ("org/name@v1", "org/name@v1"),
}


@pytest.mark.parametrize(("written", "expected"), VALUES.values(), ids=VALUES)
def test_a_setting_means_the_same_as_in_params(tmp_path, monkeypatch, capsys, written, expected):
    (tmp_path / "settings.yaml").write_text(f"a:\n  b: {written}\n", encoding="utf-8")
    (tmp_path / "params.yaml").write_text("a:\n  b: 7\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["set_params.py", str(tmp_path / "settings.yaml")])
    main()
    dash_s, option = capsys.readouterr().out.split()
    apply_overrides(str(tmp_path / "params.yaml"), [option])
    assert dash_s == "-S"
    assert read_yaml_mapping(tmp_path / "params.yaml", ParamsError) == {"a": {"b": expected}}


def test_no_value_has_a_blank_that_a_shell_would_split():
    assert all(option.count(" ") == 1 for option in OPTIONS)
