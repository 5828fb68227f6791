import shutil
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.modeling.encoders import REGISTRY, encoder_directory, hub, source


def fill_cache(cache: Path, name: str, directory: Path) -> Path:
    """Copy `directory` to the place of a snapshot in the cache of the hub's client."""
    repository = cache / f"models--{REGISTRY[name].hub_id.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0" * 40)
    return Path(shutil.copytree(directory, repository / "snapshots" / ("0" * 40)))


def response(status: int) -> httpx2.Response:
    return httpx2.Response(status, request=httpx2.Request("GET", "https://huggingface.co/api/models/x"))


def test_without_the_package_the_encoder_comes_from_the_hub(
    monkeypatch: pytest.MonkeyPatch, empty_cache: Path, saved: dict[str, Path]
):
    folder = fill_cache(empty_cache, "minilm_l6", saved["bert"])
    monkeypatch.setattr(source, "_packaged", lambda _: None)
    assert encoder_directory("minilm_l6", verify=False) == folder


def test_a_cached_snapshot_is_used_offline(empty_cache: Path, saved: dict[str, Path]):
    folder = fill_cache(empty_cache, "roberta_base", saved["roberta"])
    assert encoder_directory("roberta_base") == folder


def test_a_cached_snapshot_is_used_without_a_request_to_the_hub(
    monkeypatch: pytest.MonkeyPatch, empty_cache: Path, saved: dict[str, Path]
):
    folder = fill_cache(empty_cache, "roberta_base", saved["roberta"])
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.HfApi.repo_info", lambda *_, **__: pytest.fail("a request reached the hub"))
    assert encoder_directory("roberta_base") == folder


def test_offline_without_a_snapshot_the_error_names_remedies():
    with pytest.raises(EncoderError, match=r"HF_HUB_OFFLINE is set(.|\n)*unset HF_HUB_OFFLINE(.|\n)*make encoders"):
        encoder_directory("bert_base")


def test_an_incomplete_snapshot_in_the_cache_is_not_used(empty_cache: Path, saved: dict[str, Path]):
    (fill_cache(empty_cache, "bert_base", saved["bert"]) / "config.json").unlink()
    with pytest.raises(EncoderError):
        encoder_directory("bert_base")


@pytest.mark.parametrize(
    ("problem", "reason", "remedy"),
    [
        (
            GatedRepoError("x", response=response(403)),
            "gated",
            "request access at https://huggingface.co/google-b",
        ),
        (RepositoryNotFoundError("x", response=response(401)), "does not exist, or is private", "hf auth whoami"),
        (RevisionNotFoundError("x", response=response(404)), "no such revision", "local directory"),
        (HfHubHTTPError("x", response=response(503)), "status 503", "check the network"),
        (httpx2.ConnectError("name resolution failed"), "the hub cannot be reached", "check the network"),
        (OSError(28, "No space left on device"), "No space left", "run again"),
    ],
    ids=["gated", "missing or private", "no revision", "hub down", "no network", "disk full"],
)
def test_each_failure_of_a_request_is_explained(
    monkeypatch: pytest.MonkeyPatch, problem: Exception, reason: str, remedy: str
):
    def refuse(*_: object, **__: object) -> None:
        raise problem

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(hub.HfApi, "model_info", refuse)
    with pytest.raises(EncoderError, match=rf"bert_base cannot be fetched: .*{reason}(.|\n)*remedy: .*{remedy}"):
        encoder_directory("bert_base")
