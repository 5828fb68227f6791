"""What editors and operating systems leave in a folder reruns no stage and starts no study over."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from dvc.ignore import DvcIgnorePatterns

from redsm5_hpo.core.dvc_hash import dvc_hash
from redsm5_hpo.core.files import STRAY, is_stray
from redsm5_hpo.core.layout import MODEL_CARD, MULTI_STAGE, checkpoint_folder
from tests.pipeline.definition import ROOT, tracked
from tests.pipeline.project import UP_TO_DATE, dvc, git
from tests.stray_files import STRAY_FILES

STAGE = "stages:\n  copy:\n    cmd: mkdir -p out/sub && cp -r data/. out/sub/\n    deps: [data]\n    outs: [out]\n"
LINES = [line for line in (ROOT / ".dvcignore").read_text(encoding="utf-8").splitlines() if not line.startswith("# ")]


CARDS = f"/{checkpoint_folder('**', MULTI_STAGE)}/{MODEL_CARD}"


def test_dvc_and_fingerprints_ignore_the_same_names() -> None:
    assert [line.removeprefix("\\") for line in LINES if line != CARDS] == list(STRAY)


IGNORED = {"models/share": True, "models/max/share": True, "models/share/seed-1": True, "data/raw/demo": False}


@pytest.mark.parametrize(("folder", "ignored"), IGNORED.items(), ids=IGNORED)
def test_dvc_ignores_a_models_card_and_no_other_readme(folder: str, ignored: bool) -> None:
    assert DvcIgnorePatterns(LINES, "/project", "/").matches(f"/project/{folder}", MODEL_CARD) is ignored


@pytest.mark.parametrize("name", STRAY_FILES)
def test_dvc_ignores_a_stray_file(name: str) -> None:
    first, _, inner = name.partition("/")
    assert DvcIgnorePatterns(LINES, "/project", "/").matches("/project/data/raw/mine", first, is_dir=bool(inner))


def test_no_file_of_a_dependency_is_stray() -> None:
    files = tracked("src", "stages", "data/raw", "maximal")
    assert [path for path in files if any(map(is_stray, path.relative_to(ROOT).parts))] == []


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[Path]:
    """A project whose only stage copied a folder, with this project's .dvcignore."""
    project = tmp_path / "project"
    (project / "data").mkdir(parents=True)
    (project / "data" / "posts.csv").write_text("post_id,text\n", encoding="utf-8")
    (project / "dvc.yaml").write_text(STAGE, encoding="utf-8")
    shutil.copy(ROOT / ".dvcignore", project)
    git(project, "init", "--quiet")
    dvc(project, "init", "--quiet")
    dvc(project, "repro", "--quiet")
    yield project


@pytest.mark.slow
def test_stray_files_in_dependencies_and_outs_change_nothing_for_dvc(copied: Path) -> None:
    for path in (copied / folder / name for folder in ("data", "out/sub") for name in STRAY_FILES):
        path.parent.mkdir(exist_ok=True)
        path.write_text("", encoding="utf-8")
    assert UP_TO_DATE in dvc(copied, "status")
    assert dvc_hash(copied / "out") in (copied / "dvc.lock").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_file_of_the_folder_still_counts(copied: Path) -> None:
    (copied / "data" / "splits.csv").write_text("", encoding="utf-8")
    assert "changed deps" in dvc(copied, "status")
