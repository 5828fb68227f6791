"""What every source file keeps to, and what git may not hold."""

import ast
import importlib.util
from pathlib import Path

import pytest

from redsm5_hpo.core.tasks import TASKS
from tests.pipeline.definition import MAXIMAL_STAGES, ROOT, STAGES, module_of, tracked
from tests.pipeline.shingles import corpus_shingles, repeating

EVERY_STAGE = (*STAGES, *MAXIMAL_STAGES)
STAGE_FILES = sorted({(ROOT / module_of(stage).replace(".", "/")).with_suffix(".py") for stage in EVERY_STAGE})
SOURCES = [path for path in tracked("src", "stages") if path.suffix == ".py"]
TENSORS = {"torch", "transformers", "numpy", "safetensors", "optuna"}
DEMO = ROOT / "data/raw/demo"


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(tree: ast.Module) -> set[str]:
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_every_stage_has_a_file_and_every_file_a_stage() -> None:
    assert {*STAGE_FILES, ROOT / "stages/__init__.py"} == set((ROOT / "stages").glob("*.py"))


@pytest.mark.parametrize("path", STAGE_FILES, ids=relative)
def test_a_stage_is_thin(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) < 60
    assert [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)] == ["main"]
    assert not any(isinstance(node, ast.While | ast.Try | ast.TryStar) for node in ast.walk(tree))
    assert all(_only_prints(node) for node in ast.walk(tree) if isinstance(node, ast.For))
    assert {name.split(".")[0] for name in imported(tree)} & TENSORS == set()


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_source_file_is_short_and_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 200
    assert ast.get_docstring(ast.parse(text))


# What runs in a worker imports there what needs torch: the driver is ready while the workers' server still imports.
IN_WORKERS = {
    "inference/sharded.py",
    "refit/seed_fit.py",
    "search/epoch_cost.py",
    "search/objective.py",
    "searches/space_check.py",
    "selection/reruns.py",
    "training/machine.py",
    "training/timing.py",
    "training/workers.py",
}
AT_THE_TOP = [path for path in SOURCES if path.parts[-2] != "stages" and "/".join(path.parts[-2:]) not in IN_WORKERS]


@pytest.mark.parametrize("path", AT_THE_TOP, ids=relative)
def test_imports_of_the_project_are_at_the_top(path: Path) -> None:
    functions = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if _is_function(node)]
    hidden = [name for node in functions for name in imported(ast.Module(node.body, [])) if name.startswith("redsm5")]
    assert hidden == []


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name != "tasks.py"], ids=relative)
def test_no_code_but_the_table_of_tasks_compares_architecture_names(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    compared = [each for node in ast.walk(tree) if isinstance(node, ast.Compare) for each in ast.walk(node)]
    assert not {each.value for each in compared if isinstance(each, ast.Constant)} & TASKS.keys()


def test_git_holds_no_raw_corpus_but_the_demo() -> None:
    held = [path for path in tracked("data") if path.name != "README.md" and path.suffix != ".dvc"]
    assert {path.parent for path in held} == {DEMO}


def test_no_metrics_file_repeats_the_corpus() -> None:
    assert repeating(tracked("metrics"), corpus_shingles(DEMO)) == []


def test_a_file_that_repeats_the_corpus_is_found() -> None:
    assert repeating([DEMO / "posts.csv", ROOT / "params.yaml"], corpus_shingles(DEMO)) == [DEMO / "posts.csv"]


def test_tests_import_the_sources_of_this_checkout() -> None:
    found = importlib.util.find_spec("redsm5_hpo")
    assert found is not None
    assert found.origin == str(ROOT / "src/redsm5_hpo/__init__.py")


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _only_prints(loop: ast.For) -> bool:
    return [ast.unparse(node).split("(")[0] for node in loop.body] == ["sys.stdout.write"]
