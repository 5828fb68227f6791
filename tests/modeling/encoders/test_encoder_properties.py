import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.modeling.encoders import (
    check_max_length,
    hidden_size,
    layer_count,
    load_encoder,
    load_tokenizer,
    set_dropout,
    uses_token_types,
    window_limit,
    word_embeddings,
)
from redsm5_hpo.modeling.encoders.families import family_of
from tests.tiny_encoders import HIDDEN_SIZE, WINDOW_LIMIT

IDS = torch.arange(5, 17).reshape(2, 6)


def trained_states(encoder: nn.Module) -> torch.Tensor:
    encoder.train()
    return encoder(input_ids=IDS, attention_mask=torch.ones_like(IDS)).last_hidden_state


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_without_dropout_training_is_deterministic(directory, attention):
    encoder = load_encoder(directory, attention)
    set_dropout(encoder, hidden=0.0, attention=0.0)
    assert torch.equal(trained_states(encoder), trained_states(encoder))


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("which", ["hidden", "attention"])
def test_either_dropout_makes_training_random(directory, which, attention):
    encoder = load_encoder(directory, attention)
    set_dropout(encoder, **({"hidden": 0.0, "attention": 0.0} | {which: 0.5}))
    assert not torch.equal(trained_states(encoder), trained_states(encoder))


def test_every_layer_has_its_attention_dropout(directory):
    encoder = load_encoder(directory)
    set_dropout(encoder, hidden=0.25, attention=0.5)
    found = [module.p for module in encoder.modules() if isinstance(module, nn.Dropout)]
    found += [getattr(module, "attention_dropout", None) for module in encoder.modules()]  # of ModernBERT
    assert found.count(0.5) == encoder.config.num_hidden_layers


def test_dropout_is_saved_with_the_encoder(directory, tmp_path: Path):
    encoder = load_encoder(directory)
    set_dropout(encoder, hidden=0.25, attention=0.5)
    encoder.save_pretrained(tmp_path)
    config = load_encoder(tmp_path).config
    names = family_of(config.model_type, tmp_path).dropouts
    for fields, p in zip(names, (0.25, 0.5), strict=True):
        assert {getattr(config, field) for field in fields} == {p}


def test_the_longest_window_of_an_encoder(directory):
    assert window_limit(load_encoder(directory), load_tokenizer(directory)) == WINDOW_LIMIT


def test_the_longest_window_of_a_directory(directory):
    assert window_limit(directory, load_tokenizer(directory)) == WINDOW_LIMIT


def test_positions_limit_the_window_without_a_tokenizer_length(directory):
    tokenizer = load_tokenizer(directory)
    tokenizer.model_max_length = int(1e30)  # transformers' value for a tokenizer without a length
    assert window_limit(directory, tokenizer) == WINDOW_LIMIT


def test_a_window_of_the_maximum_length_runs(directory):
    ids = torch.full((1, WINDOW_LIMIT), 7)
    assert load_encoder(directory)(input_ids=ids).last_hidden_state.shape == (1, WINDOW_LIMIT, HIDDEN_SIZE)


@pytest.mark.parametrize("family", ["bert", "roberta", "xlm_roberta", "electra"])
def test_a_longer_window_fails_with_absolute_positions(saved: dict[str, Path], family: str):
    with pytest.raises((IndexError, RuntimeError)):
        load_encoder(saved[family])(input_ids=torch.full((1, WINDOW_LIMIT + 1), 7))


def test_max_length_within_the_longest_window_passes(directory):
    check_max_length(WINDOW_LIMIT, directory, load_tokenizer(directory))


def test_max_length_beyond_the_longest_window_is_refused(directory):
    with pytest.raises(EncoderError, match=f"129 tokens for {directory}\n  allowed: at most {WINDOW_LIMIT}\n"):
        check_max_length(WINDOW_LIMIT + 1, load_encoder(directory), load_tokenizer(directory))


def test_hidden_size_is_the_states_width(directory):
    assert hidden_size(load_encoder(directory)) == HIDDEN_SIZE


def test_word_embeddings_have_a_row_for_each_token(directory):
    rows = word_embeddings(load_encoder(directory)).num_embeddings
    assert rows == json.loads((directory / "config.json").read_text())["vocab_size"]


TOKEN_TYPES = {
    "bert": True,
    "electra": True,
    "roberta": False,
    "xlm_roberta": False,
    "deberta_v2": False,
    "modernbert": False,
}


@pytest.mark.parametrize(("family", "expected"), TOKEN_TYPES.items())
def test_families_that_use_token_types(saved: dict[str, Path], family: str, expected: bool):
    assert uses_token_types(load_encoder(saved[family])) is expected


@pytest.mark.parametrize("family", [family for family, used in TOKEN_TYPES.items() if used])
def test_token_types_change_the_states_of_families_that_use_them(saved: dict[str, Path], family: str):
    encoder = load_encoder(saved[family])
    zeros, ones = torch.zeros_like(IDS), torch.ones_like(IDS)
    plain, typed = (encoder(input_ids=IDS, token_type_ids=types).last_hidden_state for types in (zeros, ones))
    assert not torch.allclose(plain, typed)


@pytest.mark.parametrize("family", [family for family, used in TOKEN_TYPES.items() if used])
def test_omitted_token_types_equal_the_first_type(saved: dict[str, Path], family: str):
    encoder = load_encoder(saved[family])
    without = encoder(input_ids=IDS).last_hidden_state
    torch.testing.assert_close(without, encoder(input_ids=IDS, token_type_ids=0 * IDS).last_hidden_state)


def test_a_configuration_without_a_family_is_refused(copied: Callable[[str], Path]):
    directory = copied("bert")
    tokenizer = load_tokenizer(directory)
    (directory / "config.json").write_text("{}")
    with pytest.raises(EncoderError, match="model_type None"):
        window_limit(directory, tokenizer)


def test_the_layers_of_a_directory_are_counted(directory):
    assert layer_count(directory) == 2
