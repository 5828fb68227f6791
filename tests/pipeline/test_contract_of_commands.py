"""The DVC commands behind make's targets are those that docs/operations.md shows."""

import re
import subprocess

import pytest

from tests.pipeline.definition import PARAMS, ROOT

COMMAND = re.compile(r"\bdvc (?:repro|exp)\b[^;|&`\n]*")
TARGETS = ("run", "hpo-s0", "hpo-s1", "hpo-s2", "refit", "full-hpo", "full-hpo-all", "redsm5")
MAXIMAL_TARGETS = ("maximal-hpo-all", *(f"tune-{name}-max" for name in PARAMS["architectures"]))


def recipe(*target: str) -> str:
    """What a target runs, with the variables as they are unless set."""
    return subprocess.run(  # noqa: S603 (our own Makefile)
        ["make", "--dry-run", "--directory", str(ROOT), *target],  # noqa: S607
        capture_output=True,
        check=True,
        text=True,
    ).stdout.replace("\\\n", " ")


def commands(*target: str) -> list[str]:
    """What a target has DVC do."""
    return [" ".join(found.split()) for found in COMMAND.findall(recipe(*target))]


@pytest.fixture(scope="module")
def shown() -> set[str]:
    """Every DVC command on the page; `hpo-s1` and others `likewise` are the one of hpo-s0."""
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    return {" ".join(found.split()) for found in COMMAND.findall(page)}


@pytest.mark.parametrize("target", [*TARGETS, *MAXIMAL_TARGETS])
def test_a_target_is_one_dvc_command_and_the_docs_show_it(target: str, shown: set[str]) -> None:
    (command,) = commands(target)
    alike = {command, re.sub(r"\w+@criteria", "hpo_s0@joint", command), re.sub(r"@\w+", "@criteria", command)}
    assert alike & shown, command


@pytest.mark.parametrize(
    ("target", "named"), [("run", "dvc.yaml"), ("hpo-s1", "hpo_s1@criteria")], ids=["run", "stage"]
)
def test_an_experiment_with_another_encoder_names_what_it_runs(target: str, named: str) -> None:
    assert commands(target, "HPO_MODEL=x") == [f"dvc exp run -S encoder.name=x {named}"]


@pytest.mark.parametrize(("target", "settings"), [("run", ""), ("redsm5", " redsm5.yaml")], ids=["run", "redsm5"])
def test_the_corpus_is_looked_for_on_a_line_before_dvc(target: str, settings: str) -> None:
    before, _, _ = recipe(target).partition("dvc ")
    assert f"\npython -m redsm5_hpo.corpus.raw.source_check{settings}\n" in f"\n{before}"


def test_make_alone_lists_the_targets_and_runs_none() -> None:
    command = ["make", "--directory", str(ROOT)]
    listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout  # noqa: S603 (our own Makefile)
    names = re.findall(r"^  make (\S+) +\S", listed, re.MULTILINE)
    assert {"setup", "check", "test", *TARGETS, "maximal-hpo-all", "tune-ARCH-max"} <= set(names)
    assert "pip" not in listed.replace("pipeline", "")
    assert "Running stage" not in listed


def test_the_targets_are_all_that_call_dvc() -> None:
    names = re.findall(r"^([\w%-]+):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    found = {target for name in names for target in (name.replace("%", each) for each in PARAMS["architectures"])}
    assert {target for target in found if commands(target)} == {*TARGETS, *MAXIMAL_TARGETS}
