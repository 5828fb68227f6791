import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, BertForMaskedLM

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.modeling.encoders import load_encoder, load_tokenizer
from tests.tiny_encoders import HIDDEN_SIZE, save_tiny_encoder

TEXTS = ["i feel sad", "i have not slept since the day my mother died and nothing is of any interest"]
Copied = Callable[[str], Path]


def states(directory: Path, texts: list[str]) -> torch.Tensor:
    batch = load_tokenizer(directory)(texts, padding=True, return_tensors="pt", return_token_type_ids=False)
    with torch.no_grad():
        return load_encoder(directory)(**batch).last_hidden_state


def test_every_family_gives_a_state_for_each_token(directory):
    assert states(directory, TEXTS).shape[::2] == (2, HIDDEN_SIZE)


def test_padding_does_not_change_the_states_of_real_tokens(directory):
    alone = states(directory, TEXTS[:1])[0]
    padded = states(directory, TEXTS)[0, : len(alone)]
    torch.testing.assert_close(alone, padded, atol=1e-5, rtol=1e-5)


def test_both_attentions_compute_the_same(directory):
    batch = load_tokenizer(directory)(TEXTS, padding=True, return_tensors="pt")
    kept = batch["attention_mask"].bool()
    with torch.no_grad():
        eager, sdpa = (load_encoder(directory, name)(**batch).last_hidden_state[kept] for name in ("eager", "sdpa"))
    torch.testing.assert_close(eager, sdpa, atol=1e-5, rtol=1e-5)


def test_loaded_weights_are_the_saved_ones(directory):
    saved = load_file(directory / "model.safetensors")
    for name, weights in load_encoder(directory).state_dict().items():
        assert torch.equal(weights, saved[name]), name


def test_the_pooler_is_left_out(directory):
    assert not [name for name, _ in load_encoder(directory).named_parameters() if "pooler" in name]


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_every_parameter_learns_in_half_precision(directory, attention):
    batch = load_tokenizer(directory)(TEXTS, padding=True, return_tensors="pt")
    encoder = load_encoder(directory, attention).train()
    with torch.autocast("cpu", torch.bfloat16):
        encoder(**batch).last_hidden_state.float().square().mul(torch.arange(HIDDEN_SIZE)).mean().backward()
    gradients = {name: weights.grad for name, weights in encoder.named_parameters()}
    assert not [name for name, gradient in gradients.items() if gradient is None or not gradient.isfinite().all()]


def test_weights_are_float32_whatever_was_saved(copied: Copied):
    directory = copied("bert")
    AutoModel.from_pretrained(directory, dtype=torch.bfloat16).save_pretrained(directory)
    assert {weights.dtype for weights in load_encoder(directory).parameters()} == {torch.float32}


def test_loading_twice_gives_the_same_weights(directory):
    first, second = (load_encoder(directory).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_loading_does_not_change_the_random_state(directory):
    before = torch.random.get_rng_state()
    load_encoder(directory)
    assert torch.equal(before, torch.random.get_rng_state())


def test_loading_prints_nothing(directory, capfd: pytest.CaptureFixture[str]):
    load_encoder(directory)
    load_tokenizer(directory)
    assert capfd.readouterr() == ("", "")


def save_with_head(directory: Path) -> BertForMaskedLM:
    """Overwrite a BERT with one that has a language model head, as most published ones."""
    model = BertForMaskedLM(load_encoder(directory).config)
    model.save_pretrained(directory)
    return model


def test_a_checkpoint_with_a_language_model_head_loads_as_its_base_model(copied: Copied):
    directory = copied("bert")
    expected = save_with_head(directory).bert.state_dict()
    torch.testing.assert_close(load_encoder(directory).state_dict(), expected)


def test_a_head_that_is_not_loaded_is_not_logged(
    copied: Copied, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    directory = copied("bert")
    save_with_head(directory)
    monkeypatch.setattr(logging.getLogger("transformers"), "propagate", True)
    load_encoder(directory)
    assert not caplog.records


def test_the_same_seed_saves_the_same_tiny_encoder(directory, tmp_path: Path):
    again = save_tiny_encoder(directory.name, tmp_path)
    assert all((again / path.name).read_bytes() == path.read_bytes() for path in directory.iterdir())


def test_another_seed_saves_another_tiny_encoder(directory, tmp_path: Path):
    other = save_tiny_encoder(directory.name, tmp_path, seed=1)
    assert (other / "model.safetensors").read_bytes() != (directory / "model.safetensors").read_bytes()


@pytest.mark.parametrize("keep", [0, 3, 1000, -10], ids=["empty", "no header", "half a header", "end cut off"])
def test_damaged_weights_are_refused(copied: Copied, keep: int):
    directory = copied("roberta")
    weights = directory / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:keep])
    with pytest.raises(EncoderError, match=f"the weights in {directory} cannot be loaded"):
        load_encoder(directory)


def test_missing_weights_are_refused(copied: Copied):
    directory = copied("electra")
    weights = load_file(directory / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match=r"lack 1 tensors(.|\n)*encoder\.layer\.1\.output\.dense\.weight"):
        load_encoder(directory)


def add_weights(directory: Path, *names: str) -> None:
    weights = {**load_file(directory / "model.safetensors"), **{name: torch.zeros(2) for name in names}}
    save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})


def test_layers_that_the_configuration_does_not_have_are_refused(copied: Copied):
    directory = copied("bert")
    add_weights(directory, "encoder.layer.2.output.dense.weight")
    with pytest.raises(EncoderError, match=r"1 tensors that the encoder does not(.|\n)*encoder\.layer\.2\.output"):
        load_encoder(directory)


BESIDE = {  # names that are published beside encoders, by family
    "bert": ("cls.predictions.bias", "cls.seq_relationship.weight", "pooler.dense.weight", "embeddings.position_ids"),
    "roberta": ("lm_head.dense.weight", "lm_head.bias", "pooler.dense.weight", "classifier.dense.weight"),
    "xlm_roberta": ("lm_head.layer_norm.weight", "pooler.dense.bias"),
    "electra": ("discriminator_predictions.dense.weight", "embeddings.position_ids", "classifier.out_proj.weight"),
    "modernbert": ("head.dense.weight", "head.norm.weight", "decoder.bias"),
    "deberta_v2": ("lm_predictions.lm_head.bias", "mask_predictions.classifier.weight", "pooler.dense.weight"),
}


@pytest.mark.parametrize("family", BESIDE)
def test_heads_and_poolers_beside_an_encoder_are_expected(copied: Copied, family: str):
    directory = copied(family)
    add_weights(directory, *BESIDE[family])
    expected = load_file(directory / "model.safetensors")
    assert all(torch.equal(value, expected[name]) for name, value in load_encoder(directory).state_dict().items())


def test_weights_of_another_shape_are_refused(copied: Copied):
    directory = copied("bert")
    config = json.loads((directory / "config.json").read_text())
    (directory / "config.json").write_text(json.dumps(config | {"intermediate_size": 65}))
    with pytest.raises(EncoderError, match=r"cannot be loaded(.|\n)*shapes in config\.json"):
        load_encoder(directory)


def test_a_family_that_is_not_supported_is_named(copied: Copied):
    directory = copied("bert")
    (directory / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(EncoderError, match=r"model_type 'gpt2'\n  allowed: bert, deberta-v2, electra"):
        load_encoder(directory)
