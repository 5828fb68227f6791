"""Where numbers come from."""

import subprocess

from redsm5_hpo.pages.provenance import commit, settings, versions


def test_settings_have_the_keys_of_set_param(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("data:\n  labels:\n  - A\n  - B\n  seed: 1\n  log: true\n  none:\narchitectures:\n- share\n")
    assert settings(path) == [
        ("data.labels", "A, B"),
        ("data.seed", "1"),
        ("data.log", "true"),
        ("data.none", ""),
        ("architectures", "share"),
    ]


def test_outside_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert commit() == ""


def test_a_commit_with_changes_is_dirty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "file"
    file.write_text("before")
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "core.hooksPath=/dev/null")
    for command in (("init", "-q"), ("add", "file"), (*identity, "commit", "-qm", "first")):
        subprocess.run(["git", *command], check=True)  # noqa: S603, S607 (git, in an empty folder)
    clean = commit()
    file.write_text("after")
    assert len(clean) == 10
    assert commit() == f"{clean}-dirty"


def test_a_package_that_is_not_there_is_said_to_be_missing(monkeypatch):
    monkeypatch.setattr("redsm5_hpo.pages.provenance._PACKAGES", ("numpy", "no-such-package"))
    names = dict(versions())
    assert names["no-such-package"] == "not installed"
    assert names["numpy"][0].isdecimal()
