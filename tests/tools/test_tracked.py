"""A commit with a corpus or a token is rejected."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipeline.definition import ROOT
from tests.pipeline.project import GIT

HUB_TOKEN = "hf_" + "aB3" * 11
STUDIO_TOKEN = "isat_" + "aB3" * 9
POINTER = "outs:\n- md5: 63dd25ae.dir\n  size: 20424\n  nfiles: 3\n  hash: md5\n  path: redsm5\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the hook and allowed files."""
    for name in (".githooks/pre-commit", "tools/tracked.py"):
        write(tmp_path, name, (ROOT / name).read_text())
    (tmp_path / ".githooks/pre-commit").chmod(0o755)
    write(tmp_path, "data/raw/demo/posts.csv", "post_id,text\n")
    write(tmp_path, "data/raw/README.md", "tokens start with hf_ or isat_\n")
    write(tmp_path, "data/raw/redsm5.dvc", POINTER)
    for arguments in (["init", "--quiet"], ["config", "core.hooksPath", ".githooks"], ["add", "--all"]):
        run_git(tmp_path, *arguments)
    return tmp_path


def write(repository: Path, name: str, text: str) -> None:
    (repository / name).parent.mkdir(parents=True, exist_ok=True)
    (repository / name).write_text(text)


def run_git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*GIT, *arguments]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)  # noqa: S603 (git)


def commit(repository: Path) -> subprocess.CompletedProcess[str]:
    return run_git(repository, "commit", "--quiet", "--message", "All")


def test_the_demo_the_readme_and_pointers_may_be_committed(repository: Path) -> None:
    done = commit(repository)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("data/raw/redsm5/redsm5_posts.csv", "post_id,text\n", id="corpus"),
        pytest.param("data/raw/redsm5/README.md", "How to get it\n", id="README in a corpus"),
        pytest.param("data/raw/redsm5.dvc", f"{POINTER}desc: I am tired.\n", id="pointer with a text"),
        pytest.param("data/raw/posts.dvc", "post_id,text\n", id="corpus named as a pointer"),
        pytest.param("data/raw/redsm5/posts.dvc", POINTER, id="pointer in a corpus"),
        pytest.param("data/raw/demo/deep/posts.csv", "post_id,text\n", id="below the demo"),
        pytest.param("data/raw/posts.csv", "post_id,text\n", id="beside the folders"),
        pytest.param("params.yaml", f"token: {HUB_TOKEN}\n", id="hub token"),
        pytest.param("notes/a file.bin", f"\0\0{HUB_TOKEN}\0", id="hub token in a binary file"),
        pytest.param(".dvc/config", f"token = {STUDIO_TOKEN}\n", id="Studio token"),
    ],
)
def test_a_commit_with_a_corpus_or_a_token_names_only_the_file(repository: Path, name: str, text: str) -> None:
    write(repository, name, text)
    run_git(repository, "add", "--force", name)
    done = commit(repository)
    assert done.returncode == 1
    assert name in done.stderr
    assert HUB_TOKEN not in done.stderr
    assert STUDIO_TOKEN not in done.stderr
    assert run_git(repository, "log").returncode != 0  # nothing is committed yet


def test_unstaged_files_are_ignored(repository: Path) -> None:
    write(repository, "data/raw/redsm5/redsm5_posts.csv", "post_id,text\n")
    write(repository, "notes.txt", HUB_TOKEN)
    assert commit(repository).returncode == 0


def test_this_repository_has_neither() -> None:
    done = subprocess.run([sys.executable, "tools/tracked.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_setup_enables_the_hook_and_lint_runs_the_check() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert "git config core.hooksPath .githooks" in makefile
    assert "python tools/tracked.py" in makefile.split("\nlint:")[1].split("\n\n")[0]
