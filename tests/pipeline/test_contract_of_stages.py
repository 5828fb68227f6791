"""What dvc.yaml promises: a sealed test split, settings that are read, outs in the cache and metrics in git."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dvc.utils.hydra import apply_overrides

from redsm5_hpo.core.files import read_yaml
from redsm5_hpo.params import Params, load_params
from redsm5_hpo.search.searches import staged
from redsm5_hpo.search.searches.staged import Stage
from redsm5_hpo.selection import select
from tests.pipeline.definition import PARAMS, ROOT, SEARCH_STAGES, STAGES, outputs

PER_ARCHITECTURE = (*SEARCH_STAGES, "select", "refit", "evaluate", "report")


def listed_params(stage: str) -> set[str]:
    return set(STAGES[stage].get("params", []))


def at(key: str) -> Any:
    value = PARAMS
    for part in key.split("."):
        value = value[part]
    return value


def list_keys(settings: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """The dotted keys of all lists."""
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from list_keys(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            yield f"{prefix}{name}"


@pytest.fixture(scope="module")
def params() -> Params:
    return load_params(ROOT / "params.yaml")


def test_only_evaluate_depends_on_test() -> None:
    assert [stage for stage, content in STAGES.items() if "data/splits/test" in content["deps"]] == ["evaluate"]


def test_no_stage_depends_on_a_folder_that_holds_test() -> None:
    assert {dep for content in STAGES.values() for dep in content["deps"]} & {"data", "data/splits"} == set()


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_runs_once_for_each_architecture_from_the_search_on(stage: str) -> None:
    matrix = {"arch": "${architectures}"} if stage in PER_ARCHITECTURE else None
    assert STAGES[stage].get("matrix") == matrix


@pytest.mark.parametrize("stage", STAGES)
def test_every_setting_that_a_stage_lists_exists(stage: str) -> None:
    for key in listed_params(stage):
        at(key)


def test_every_setting_is_listed_by_a_stage() -> None:
    listed = set().union(*map(listed_params, STAGES))
    sections = set(PARAMS) - {"architectures", "hpo"}  # architectures is what the matrix ranges over
    assert listed == sections | {f"hpo.{key}" for key in PARAMS["hpo"]}


@pytest.mark.parametrize(("stage", "name"), [("s0", "hpo_s0"), ("s1", "hpo_s1"), ("s2", "hpo_s2")], ids=SEARCH_STAGES)
def test_the_settings_of_a_journal_are_those_that_dvc_lists(params: Params, stage: Stage, name: str) -> None:
    settings = staged._settings(params, stage)
    keys = {f"hpo.{key}" for key in settings["hpo"]} | set(settings) - {"hpo"}
    assert keys == listed_params(name)


def test_the_settings_of_the_selections_journal_are_those_that_dvc_lists(params: Params) -> None:
    assert set(select._settings(params)) == listed_params("select")


@pytest.mark.parametrize("stage", STAGES)
def test_numbers_are_kept_by_git_and_the_rest_by_the_cache_alone(stage: str) -> None:
    for path, options in outputs(stage, "outs", "metrics").items():
        is_number = path.startswith("metrics/")
        assert options.get("cache", True) is not is_number, path
        assert is_ignored(path) is not is_number, path


@pytest.mark.parametrize("stage", [*SEARCH_STAGES, "select", "refit", "evaluate"])
def test_dvc_keeps_a_run_cache_of_what_takes_long(stage: str) -> None:
    # It keeps none of a stage with an out that is not cached, be it a number for git.
    assert [path for path in outputs(stage, "outs", "metrics") if path.startswith("metrics/")] == []


def test_a_changed_setting_changes_one_line(tmp_path: Path) -> None:
    changed = tmp_path / "params.yaml"
    before = (ROOT / "params.yaml").read_text(encoding="utf-8")
    changed.write_text(before, encoding="utf-8")
    apply_overrides(str(changed), ["evaluate.low_support=7"])  # what `dvc exp run --set-param` does to the file
    lines = zip(before.splitlines(), changed.read_text(encoding="utf-8").splitlines(), strict=True)
    assert [new.split("#")[0].strip() for old, new in lines if old != new] == ["low_support: 7"]


FILES = ("params.yaml", "maximal/params.yaml")
LISTS = [(name, key) for name in FILES for key in list_keys(read_yaml(ROOT / name))]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "key"), LISTS, ids=lambda part: str(part))
def test_a_list_that_set_param_empties_and_fills_again_changes_no_other_setting(
    tmp_path: Path, name: str, key: str
) -> None:
    changed = tmp_path / "params.yaml"
    changed.write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    expected = read_yaml(changed)
    *parents, last = key.split(".")
    section = expected
    for parent in parents:
        section = section[parent]
    for value in ([], section[last]):
        apply_overrides(str(changed), [f"{key}={json.dumps(value)}"])
        section[last] = value
        assert read_yaml(changed) == expected


def is_ignored(path: str) -> bool:
    name = path.replace("${item.arch}", "criteria")
    command = ["git", "-C", str(ROOT), "check-ignore", "--quiet", "--no-index", name]
    return subprocess.run(command, check=False).returncode == 0  # noqa: S603 (git, with our own path)
