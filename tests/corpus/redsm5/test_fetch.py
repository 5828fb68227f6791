"""The gated corpus is fetched whole or not at all, and each refusal has a remedy."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from huggingface_hub import constants

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.raw.reading import read_raw
from redsm5_hpo.corpus.redsm5 import fetch
from redsm5_hpo.corpus.redsm5.published import ANNOTATIONS_FILE, FILES, POSTS_FILE
from tests.corpus.redsm5.fake_hub import COMMIT, DATASET, INFO, TOKEN, Hub, published_files, serving


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The folder as in git."""
    folder = tmp_path / "data/raw/redsm5"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("# ReDSM5 goes here\n")
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who is logged in and has empty caches."""
    for name in ("HF_HUB_CACHE", "HF_XET_CACHE"):
        monkeypatch.setattr(constants, name, str(tmp_path / "home" / name))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "home/token"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    return tmp_path / "home"


def fetched(hub: Hub, directory: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    with serving(hub) as address:
        template = constants.HUGGINGFACE_CO_URL_TEMPLATE.removeprefix(constants.ENDPOINT)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + template)  # as HF_ENDPOINT does
        monkeypatch.setattr(constants, "ENDPOINT", address)
        return fetch.fetch(directory)


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_files_are_fetched_with_their_source_and_other_files_stay(
    raw: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (raw / POSTS_FILE).write_text("an old copy")
    (raw / "own").mkdir()
    (raw / "own/splits.csv").write_text("mine")
    before = content(raw)
    assert fetched(Hub(), raw, monkeypatch) == COMMIT
    now = content(raw)
    source = json.loads(now.pop("SOURCE.json"))
    assert now == {**before, **published_files()}
    assert (source["repository"], source["commit"], set(source["sha256"])) == (fetch.REPOSITORY, COMMIT, set(FILES))
    assert [path.name for path in raw.parent.iterdir()] == ["redsm5"]
    assert not home.exists()  # no copy of the corpus in the client's caches
    assert len(read_raw(raw, ["SPECIAL_CASE"]).posts) == 1484


def test_files_are_requested_by_the_hash_of_the_commit(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub()
    fetched(hub, raw, monkeypatch)
    assert hub.seen[0][0].startswith(INFO + fetch.REVISION)
    assert {path.split("/")[5] for path, _ in hub.seen[1:]} == {COMMIT}


def test_the_token_is_sent_only_to_the_hub(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = Hub()
    with serving(storage) as address:
        hub = Hub(elsewhere=address.replace("127.0.0.1", "localhost"))
        fetched(hub, raw, monkeypatch)
    assert {token for _, token in hub.seen} == {f"Bearer {TOKEN}"}
    assert {token for _, token in storage.seen} == {""}
    assert len(storage.seen) == len(FILES)


def test_a_large_file_with_another_hash_is_refused(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Hub(damaged=True)) as address, pytest.raises(CorpusError, match="hash does not match"):
        fetched(Hub(elsewhere=address.replace("127.0.0.1", "localhost")), raw, monkeypatch)


def without_column(files: dict[str, bytes]) -> dict[str, bytes]:
    return {**files, POSTS_FILE: files[POSTS_FILE].replace(b"post_id,text", b"id,text", 1)}


def without_post(files: dict[str, bytes]) -> dict[str, bytes]:
    return {**files, POSTS_FILE: files[POSTS_FILE].rsplit(b"\n", 2)[0] + b"\n"}


def without_label(files: dict[str, bytes]) -> dict[str, bytes]:
    return {**files, ANNOTATIONS_FILE: files[ANNOTATIONS_FILE].replace(b"PSYCHOMOTOR,1", b"PSYCHOMOTOR,0", 1)}


def with_label(files: dict[str, bytes]) -> dict[str, bytes]:
    return {**files, ANNOTATIONS_FILE: files[ANNOTATIONS_FILE].replace(b"FATIGUE,1", b"TIRED,1", 1)}


def unclosed(files: dict[str, bytes]) -> dict[str, bytes]:
    return {**files, POSTS_FILE: files[POSTS_FILE] + b'p9999,"no end'}


@pytest.mark.parametrize(
    ("hub", "reason", "remedy"),
    [
        pytest.param(Hub(refusals={DATASET: (401, "GatedRepo")}), "does not accept the token", "auth login", id="401"),
        pytest.param(
            Hub(refusals={INFO: (401, "RepoNotFound")}), "does not accept the token", "auth login", id="401 page"
        ),
        pytest.param(Hub(refusals={DATASET: (403, "GatedRepo")}), "access is not granted", "agreement", id="403"),
        pytest.param(Hub(refusals={INFO: (403, "GatedRepo")}), "access is not granted", "agreement", id="403 page"),
        pytest.param(Hub(refusals={DATASET: (403, "")}), "access is not granted", "agreement", id="403 of the token"),
        pytest.param(
            Hub(refusals={INFO: (404, "RepoNotFound")}), "it does not exist", "HF_ENDPOINT", id="no repository"
        ),
        pytest.param(
            Hub(refusals={INFO: (404, "RevisionNotFound")}), "no such revision", "set REVISION", id="no revision"
        ),
        pytest.param(Hub(files={}), "lacks a file", "compare with", id="no file"),
        pytest.param(Hub(refusals={INFO: (500, "")}), "status 500", "later", id="hub down"),
        pytest.param(Hub(damaged=True), "hash does not match", "run again", id="damaged"),
        pytest.param(
            Hub(without_column(published_files())),
            "posts.csv, line 1, column post_id: missing",
            "REVISION",
            id="column",
        ),
        pytest.param(Hub(without_post(published_files())), "posts: 1483; published: 1484", "REVISION", id="posts"),
        pytest.param(Hub(without_label(published_files())), "'PSYCHOMOTOR': 34; published: 35", "REVISION", id="label"),
        pytest.param(Hub(with_label(published_files())), "'TIRED': 1; published: 0", "REVISION", id="another label"),
        pytest.param(Hub(unclosed(published_files())), "no CSV from here on", "REVISION", id="unclosed quote"),
    ],
)
def test_a_refusal_is_explained_and_changes_nothing(
    hub: Hub, reason: str, remedy: str, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(raw)
    with pytest.raises(CorpusError, match=rf"(?s){reason}.*remedy: .*{remedy}") as refused:
        fetched(hub, raw, monkeypatch)
    assert content(raw) == before
    assert [path.name for path in raw.parent.iterdir()] == ["redsm5"]
    assert TOKEN not in str(refused.value)


def test_a_transfer_that_breaks_off_leaves_nothing(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)  # the client's pauses between its five attempts
    before = content(raw)
    with pytest.raises(CorpusError, match=r"broke off"):
        fetched(Hub(sent=0), raw, monkeypatch)
    assert content(raw) == before
    assert [path.name for path in raw.parent.iterdir()] == ["redsm5"]


def command(raw: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """The command of the user, with its own home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
    root = raw.parents[2]
    environment = {**kept, "HF_HOME": str(root / "home"), "HF_TOKEN": TOKEN, **settings}
    environment["PYTHONPATH"] = str(Path(fetch.__file__).parents[3])
    return subprocess.run(
        [sys.executable, "-m", "redsm5_hpo.corpus.redsm5.fetch"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_command_prints_the_commit_and_how_to_pin_it(raw: Path) -> None:
    with serving(Hub()) as address:
        done = command(raw, HF_ENDPOINT=address)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"at commit {COMMIT}" in done.stdout
    assert f'REVISION = "{COMMIT}"' in done.stdout
    assert all(TOKEN.encode() not in written for written in [done.stdout.encode(), *content(raw.parents[2]).values()])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"HF_TOKEN": ""}, "there is no token"),
        ({"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set"),
        ({"HF_ENDPOINT": "http://127.0.0.1:9"}, "cannot be reached"),
    ],
    ids=["no token", "offline", "no hub"],
)
def test_without_token_or_hub_the_command_fails_with_the_reason(
    raw: Path, settings: dict[str, str], reason: str
) -> None:
    before = content(raw)
    done = command(raw, **{"HF_ENDPOINT": "http://127.0.0.1:9", **settings})
    assert (done.returncode, done.stdout) == (1, "")
    assert reason in done.stderr
    assert "https://huggingface.co/datasets/irlab-udc/redsm5" in done.stderr or "run again" in done.stderr
    assert "Traceback" not in done.stderr
    assert TOKEN not in done.stderr
    assert content(raw) == before
