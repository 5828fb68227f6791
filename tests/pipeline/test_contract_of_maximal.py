"""What maximal/dvc.yaml promises: the same seal and split, its own settings, and outs beside the main pipeline's."""

import ast
from pathlib import Path
from typing import Any

import pytest

from redsm5_hpo.params import load_params
from redsm5_hpo.params.maximal import load_maximal
from redsm5_hpo.search.searches import maximal
from tests.pipeline.definition import (
    MAXIMAL_PARAMS,
    MAXIMAL_STAGES,
    PARAMS,
    ROOT,
    STAGES,
    code_deps,
    declared_metrics,
    outputs,
    tracked,
)
from tests.pipeline.test_contract_of_imports import needed
from tests.pipeline.test_contract_of_stages import is_ignored

TWINS = {
    "hpo_max": "hpo_s2",
    "select_max": "select",
    "refit_max": "refit",
    "evaluate_max": "evaluate",
    "report_max": "report",
}
EVERY_STAGE = pytest.mark.parametrize("stage", MAXIMAL_STAGES)


def settings(stage: str) -> dict[str, list[str]]:
    """The keys that a stage lists, by file."""
    found: dict[str, list[str]] = {"params.yaml": []}
    for entry in MAXIMAL_STAGES[stage].get("params", []):
        if isinstance(entry, str):
            found["params.yaml"].append(entry)
        else:
            found |= entry
    return found


def outs_of(stages: dict[str, Any], stage: str) -> set[str]:
    return set(outputs(stage, "outs", "metrics", stages=stages))


def test_the_stages_are_those_of_the_main_pipeline_after_its_last_search() -> None:
    assert list(MAXIMAL_STAGES) == list(TWINS)


@EVERY_STAGE
def test_a_stage_runs_its_twins_code_from_the_repository_root(stage: str) -> None:
    found, twin = MAXIMAL_STAGES[stage], STAGES[TWINS[stage]]
    assert found["wdir"] == ".."
    assert found["matrix"] == {"arch": "${architectures}"}
    assert found["cmd"].startswith("PYTHONPATH=src python -m stages.")
    folders = [{dep for dep in content["deps"] if dep.startswith("src/")} for content in (found, twin)]
    assert folders[0] == folders[1]


@EVERY_STAGE
def test_a_stage_depends_on_the_code_that_it_imports(stage: str) -> None:
    assert code_deps(stage, MAXIMAL_STAGES) == needed(stage)


def test_only_evaluate_depends_on_test() -> None:
    sealed = "data/splits/test"
    assert [stage for stage, content in MAXIMAL_STAGES.items() if sealed in content["deps"]] == ["evaluate_max"]


def test_nothing_is_written_where_the_main_pipeline_writes() -> None:
    ours = set().union(*(outs_of(MAXIMAL_STAGES, stage) for stage in MAXIMAL_STAGES))
    theirs = set().union(*(outs_of(STAGES, stage) for stage in STAGES))
    assert not ours & theirs
    assert not {one for one in ours for other in theirs if one.startswith(f"{other}/")}


def test_there_is_a_file_for_each_declared_metric() -> None:
    # Where one is missing DVC says so at every `dvc metrics diff`, and never tells Studio that an experiment has ended.
    held = {str(path.relative_to(ROOT)) for path in tracked("metrics")}
    assert declared_metrics(STAGES)
    assert set(declared_metrics(MAXIMAL_STAGES)) | set(declared_metrics(STAGES)) <= held


@EVERY_STAGE
def test_numbers_are_kept_by_git_and_the_rest_by_the_cache(stage: str) -> None:
    for path, options in outputs(stage, "outs", stages=MAXIMAL_STAGES).items():
        is_number = path.startswith("metrics/")
        assert options.get("cache", True) is not is_number, path
        assert is_ignored(path) is not is_number, path


@pytest.mark.parametrize("stage", [stage for stage in MAXIMAL_STAGES if stage != "report_max"])
def test_dvc_keeps_a_run_cache_of_what_takes_long(stage: str) -> None:
    assert [path for path in outs_of(MAXIMAL_STAGES, stage) if path.startswith("metrics/")] == []


def test_every_setting_is_listed_and_exists() -> None:
    listed = [settings(stage) for stage in MAXIMAL_STAGES]
    assert {key for found in listed for key in found.get("maximal/params.yaml", [])} == {"hpo.max"}
    assert set(MAXIMAL_PARAMS) == {"architectures", "hpo"}
    assert set(MAXIMAL_PARAMS["hpo"]) == {"max"}
    assert {key for found in listed for key in found["params.yaml"]} <= set(PARAMS)


def test_the_settings_of_a_journal_are_those_that_dvc_lists() -> None:
    params, search = load_params(ROOT / "params.yaml"), load_maximal(ROOT / "maximal/params.yaml").hpo.max
    covered = maximal._settings(params, search, search.space, ())
    assert covered.keys() - {"max", "space", "first"} == set(settings("hpo_max")["params.yaml"])


def test_both_pipelines_have_the_same_architectures() -> None:
    assert MAXIMAL_PARAMS["architectures"] == PARAMS["architectures"]


def test_the_main_pipeline_knows_nothing_of_it() -> None:
    text = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    assert "max/" not in text
    assert "_max" not in text


def test_a_stage_module_takes_the_arguments_that_its_commands_give() -> None:
    for content in (*STAGES.values(), *MAXIMAL_STAGES.values()):
        words = content["cmd"].split()
        path = Path(*words[words.index("-m") + 1].split(".")).with_suffix(".py")
        texts = {
            node.value for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.Constant)
        }
        given = [word for word in words[words.index("-m") + 2 :] if not word.startswith("${")]
        assert set(given) <= texts, content["cmd"]
