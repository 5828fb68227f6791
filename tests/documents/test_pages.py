"""What the pages name is there: files, anchors, make targets, stages, settings, packages."""

import re

import pytest

from tests.documents.pages import PAGES, ROOT, anchors, code, links, prose, text
from tests.pipeline.definition import MAXIMAL_PARAMS, MAXIMAL_STAGES, PARAMS, STAGES, code_deps

HISTORY = "CHANGELOG.md"  # it names what is gone, too
PLACEHOLDER = re.compile(r"\bNAME\b|\bARCH\b|[*…]")
ALL = pytest.mark.parametrize("page", PAGES)
CURRENT = pytest.mark.parametrize("page", [page for page in PAGES if page != HISTORY])


def test_the_readme_is_read_in_two_minutes() -> None:
    assert len(text("README.md").splitlines()) <= 150


@ALL
def test_links_lead_to_files_and_headings(page: str) -> None:
    folder = (ROOT / page).parent
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (folder / path).resolve() if path else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.relative_to(ROOT).as_posix()), link


def test_the_readme_links_to_every_page() -> None:
    assert {page for page in PAGES if page.startswith("docs/")} <= set(links("README.md"))


@CURRENT
def test_every_make_target_that_a_page_names_exists(page: str) -> None:
    rules = re.findall(r"^([\w%-]+):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    exists = re.compile("|".join(rule.replace("%", r"[\w-]+") for rule in rules))
    named = {name for each in code(page) for name in re.findall(r"(?:^|\$ |&& )make ([a-z][\w-]*)", each, re.MULTILINE)}
    assert {name for name in named if not exists.fullmatch(name)} == set()


@CURRENT
def test_every_stage_of_an_architecture_that_a_page_names_exists(page: str) -> None:
    named = {stage for each in code(page) for stage in re.findall(r"\b([a-z]\w*)@[a-zA-Z]", each)}
    assert named - {*STAGES, *MAXIMAL_STAGES} == set()


@CURRENT
def test_every_setting_that_a_page_names_exists(page: str) -> None:
    sections = "|".join(name for name, section in PARAMS.items() if isinstance(section, dict))
    setting = re.compile(rf"(?<![\w./])(?:{sections})(?:\.[a-z]\w*)+(?![\w/])")
    named = {key for each in code(page) for key in setting.findall(each)}
    assert {key for key in named if not _is_setting(key)} == set()


@CURRENT
def test_every_file_of_the_repository_that_a_page_names_exists(page: str) -> None:
    assert _missing("\n".join(code(page))) == set()


@pytest.mark.parametrize("name", ["Makefile", "params.yaml", "maximal/params.yaml", "redsm5.yaml", "pyproject.toml"])
def test_every_file_of_the_repository_that_commands_and_settings_name_exists(name: str) -> None:
    assert _missing(text(name)) == set()


@ALL
def test_lines_outside_of_tables_end_at_120_characters(page: str) -> None:
    assert [line for line in prose(page).splitlines() if len(line) > 120 and not line.lstrip().startswith("|")] == []


def test_the_picture_is_the_pipeline() -> None:
    (picture,) = re.findall(r"^```mermaid\n(.*?)^```", text("README.md"), re.MULTILINE | re.DOTALL)
    arrows = re.findall(r'^ *(\w+)(?:\[.*\])? (?:-- ".*" )?--> (\w+)', picture, re.MULTILINE)
    assert {stage for arrow in arrows for stage in arrow} == {"source", *STAGES}
    assert [arrow for arrow in arrows if not _reads(arrow[1], arrow[0])] == []


def test_the_table_of_packages_says_what_a_changed_line_reruns() -> None:
    rows = re.findall(r"^\| \d+ \| `(\w+)` \|.*\| ([^|]+) \|$", text("CONTRIBUTING.md"), re.MULTILINE)
    said = {package: set(re.findall(r"`(\w+)`", stages)) for package, stages in rows}
    packages = {path.parent.name for path in (ROOT / "src/redsm5_hpo").glob("*/__init__.py")}
    assert said == {
        package: {stage for stage in STAGES if f"src/redsm5_hpo/{package}" in code_deps(stage)} for package in packages
    }


def _missing(content: str) -> set[str]:
    """The paths below folders of the repository that a text names and that are not there."""
    folders = "src|stages|tests|tools|bench|docs|maximal"
    named = set(re.findall(rf"(?<![\w./])(?:{folders})/[\w./*-]*\w", content))
    return {path for path in named if not PLACEHOLDER.search(path) and not (ROOT / path).exists()}


def _is_setting(key: str) -> bool:
    return any(_has(settings, key.split(".")) for settings in (PARAMS, MAXIMAL_PARAMS))


def _has(settings: object, parts: list[str]) -> bool:
    for part in parts:
        if not isinstance(settings, dict) or part not in settings:
            return False
        settings = settings[part]
    return True


def _reads(stage: str, source: str) -> bool:
    """Whether one of the outs of `source` is a dependency of a stage."""
    variables = {name: value for each in STAGES[stage].get("vars", []) for name, value in each.items()}
    deps = " ".join(STAGES[stage]["deps"]).replace("${previous}", variables.get("previous", ""))
    outs = STAGES[source]["outs"] if source in STAGES else ["data/raw/"]
    return any((out if isinstance(out, str) else next(iter(out))) in deps for out in outs)
