"""What a stage's code imports is what dvc.yaml says it depends on."""

import ast
import re

import grimp
import pytest

from tests.pipeline.definition import ROOT, SEARCH_STAGES, STAGES, code_deps, module_of

GRAPH = grimp.build_graph("redsm5_hpo", "stages", cache_dir=None)
PACKAGE = re.compile(r"redsm5_hpo(\.\w+)+")
ROOTS = {"redsm5_hpo", "stages"}  # packages of a docstring alone, tested below; no stage depends on them
DECIDES_NO_BYTE = {"execution"}  # no stage depends on it either: an update of it reruns nothing


def named_in_text(module: str) -> set[str]:
    """Modules that a stage names in a string, as for the workers' server to import."""
    tree = ast.parse((ROOT / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {text for text in texts if PACKAGE.fullmatch(text)}


def closure(module: str) -> set[str]:
    """All modules of the project that running a module imports."""
    direct = {module, *named_in_text(module)}
    found = direct.union(*(GRAPH.find_upstream_modules(name) for name in direct))
    parents = {name.rsplit(".", depth)[0] for name in found for depth in range(1, name.count(".") + 1)}
    unseen = parents - found - ROOTS
    return found.union(unseen, *(GRAPH.find_upstream_modules(name) for name in unseen)) - ROOTS


def as_dep(module: str) -> str:
    """The package, or the stage's file, that holds a module."""
    top, name = module.split(".")[:2]
    if top == "stages":
        return f"stages/{name}.py"
    return f"src/redsm5_hpo/{name}"


def needed(stage: str) -> set[str]:
    """The code that a stage's command imports, but for what decides no byte."""
    return {as_dep(module) for module in closure(module_of(stage)) if module.split(".")[1] not in DECIDES_NO_BYTE}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_the_code_that_it_imports_and_on_no_other(stage: str) -> None:
    assert code_deps(stage) == needed(stage)


def test_the_roots_hold_no_code_that_a_stage_could_depend_on() -> None:
    stages, package = (
        ast.parse((ROOT / folder / "__init__.py").read_text(encoding="utf-8")).body
        for folder in ("stages", "src/redsm5_hpo")
    )
    assert [type(node) for node in stages] == [ast.Expr]
    *names, public = package  # the docstring, and where `from redsm5_hpo import ...` finds a public name
    assert [type(node) for node in names] == [ast.Expr, ast.Import, ast.Assign]
    assert isinstance(public, ast.FunctionDef)
    assert public.name == "__getattr__"


def test_the_three_search_stages_run_the_same_code() -> None:
    assert len({frozenset(code_deps(stage)) for stage in SEARCH_STAGES}) == 1


def test_nothing_imports_stages() -> None:
    stages = {module for module in GRAPH.modules if module.split(".")[0] == "stages"}
    assert {module for module in stages if GRAPH.find_modules_that_directly_import(module)} == set()


def test_a_module_named_in_text_exists() -> None:
    names = {name for stage in STAGES for name in named_in_text(module_of(stage))}
    assert names
    assert names <= GRAPH.modules
