import io
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import sentencepiece

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.modeling.encoders import directory as directory_module
from redsm5_hpo.modeling.encoders import load_tokenizer
from tests.tiny_encoders import KNOWN

Copied = Callable[[str], Path]


@pytest.mark.parametrize("text", ["", "{", "{}"], ids=["empty", "not JSON", "no vocabulary"])
def test_a_damaged_tokenizer_is_named(copied: Copied, text: str):
    directory = copied("bert")
    (directory / "tokenizer.json").write_text(text)
    with pytest.raises(EncoderError, match=f"the tokenizer in {directory} cannot be loaded"):
        load_tokenizer(directory)


def test_a_tokenizer_of_another_encoder_is_refused(copied: Copied):
    directory = copied("bert")
    config = json.loads((directory / "config.json").read_text())
    (directory / "config.json").write_text(json.dumps(config | {"vocab_size": 100}))
    with pytest.raises(EncoderError, match="do not belong together"):
        load_tokenizer(directory)


def test_a_tokenizer_without_padding_is_refused(copied: Copied):
    directory = copied("bert")
    (directory / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    with pytest.raises(EncoderError, match="has no padding token"):
        load_tokenizer(directory)


def test_a_slow_tokenizer_is_refused(monkeypatch: pytest.MonkeyPatch, saved: dict[str, Path]):
    slow = SimpleNamespace(is_fast=False)
    monkeypatch.setattr("transformers.AutoTokenizer.from_pretrained", lambda *_, **__: slow)
    with pytest.raises(EncoderError, match="has no fast version"):
        load_tokenizer(saved["bert"])


def test_every_tokenizer_is_fast(directory):
    assert load_tokenizer(directory).is_fast


def test_saved_truncation_and_padding_are_disabled(copied: Copied):
    directory = copied("bert")
    tokenizer = load_tokenizer(directory)
    tokenizer.backend_tokenizer.enable_truncation(4)
    tokenizer.backend_tokenizer.enable_padding(length=4)
    tokenizer.backend_tokenizer.save(str(directory / "tokenizer.json"))
    backend = load_tokenizer(directory).backend_tokenizer
    assert (backend.truncation, backend.padding) == (None, None)


def save_as_deberta_is_published(directory: Path) -> None:
    """Keep only a SentencePiece model, without tokenizer.json."""
    model = io.BytesIO()
    names = {"pad": "[PAD]", "bos": "[CLS]", "eos": "[SEP]", "unk": "[UNK]"}
    numbers = {f"{name}_id": number for number, name in enumerate(names)}
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([KNOWN]),
        model_writer=model,
        vocab_size=100,
        minloglevel=2,
        **numbers,
        **{f"{name}_piece": piece for name, piece in names.items()},
    )
    (directory / "tokenizer.json").unlink()
    (directory / "spm.model").write_bytes(model.getvalue())
    (directory / "tokenizer_config.json").write_text('{"do_lower_case": false, "vocab_type": "spm"}')


def test_a_sentencepiece_model_alone_gives_a_fast_tokenizer(copied: Copied):
    directory = copied("deberta_v2")
    save_as_deberta_is_published(directory)
    tokens = load_tokenizer(directory)("the day", "at night").tokens()
    assert [tokens[0], tokens[1], tokens[-1]] == ["[CLS]", "\u2581the", "[SEP]"]


def test_a_missing_package_is_named(copied: Copied, monkeypatch: pytest.MonkeyPatch):
    directory = copied("deberta_v2")
    save_as_deberta_is_published(directory)
    packages = ("sentencepiece", "google.no_such_protobuf", "no_such.package")
    monkeypatch.setattr(directory_module, "SENTENCEPIECE_PACKAGES", packages)
    with pytest.raises(EncoderError, match=r"pip install no_such_protobuf no_such\.package"):
        load_tokenizer(directory)
