"""Text that looks like another value, written by `-S`: it is read as text, or the error names the quotes that work."""

import shutil
from pathlib import Path

import pytest
from dvc.utils.hydra import apply_overrides

from redsm5_hpo.core.errors import ParamsError
from redsm5_hpo.params import load_params

ROOT = Path(__file__).parents[2]


def set_param(folder: Path, override: str) -> Path:
    path = Path(shutil.copy(ROOT / "params.yaml", folder))
    apply_overrides(path, [override])
    return path


LOST = {
    "a number": ("data.source=2024_01", "data.source: Input should be text", "data.source='2024_01'"),
    "a truth value": ("data.source=true", "got True", "data.source='2024_01'"),
    "in a list": ("data.excluded_labels=[A,7]", "data.excluded_labels.1: Input", "data.excluded_labels=['2024_01']"),
}


@pytest.mark.parametrize(("override", "problem", "quoting"), LOST.values(), ids=LOST)
def test_text_that_became_another_value_is_an_error_that_names_the_quotes(
    tmp_path: Path, override: str, problem: str, quoting: str
) -> None:
    with pytest.raises(ParamsError) as error:
        load_params(set_param(tmp_path, override))
    assert problem in str(error.value)
    assert f'-S "{quoting}"' in str(error.value)


def test_the_quotes_that_the_error_names_work(tmp_path: Path) -> None:
    assert load_params(set_param(tmp_path, "data.source='2024_01'")).data.source == "2024_01"
    assert load_params(set_param(tmp_path, "data.excluded_labels=['2024_01']")).data.excluded_labels == ("2024_01",)


@pytest.mark.parametrize("label", ["NO", "yes", "Off", "'NO'", "'1:20'"])
def test_a_label_that_only_old_yaml_reads_as_another_value_is_text(tmp_path: Path, label: str) -> None:
    params = load_params(set_param(tmp_path, f"data.excluded_labels=[SPECIAL_CASE,{label}]"))
    assert params.data.excluded_labels == ("SPECIAL_CASE", label.strip("'"))
