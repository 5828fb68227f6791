"""A fresh trainable model."""

import pytest
import torch
from torch import nn

from redsm5_hpo.errors import EncoderError
from redsm5_hpo.modeling.dropout import CheapDropout
from redsm5_hpo.modeling.encoders import load_encoder
from redsm5_hpo.training.model import encoder_names, fresh_model, tokenizers
from tests.training.builders import ARCHITECTURES, CONFIGURATION, encoder, weights


def fresh(tiny, architecture="share", seed=1, freeze=False, family="bert", **values):
    return fresh_model(
        architecture,
        encoder(tiny[family]),
        CONFIGURATION.with_values(values),
        freeze_word_embeddings=freeze,
        seed=seed,
    )


def parts(model):
    """The bytes of the encoders' weights and of all others."""
    found = weights(model)
    encoders = {name: value for name, value in found.items() if name.startswith("encoders.")}
    return encoders, {name: value for name, value in found.items() if name not in encoders}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_same_seed_is_the_same_model(tiny, architecture):
    assert weights(fresh(tiny, architecture)) == weights(fresh(tiny, architecture))


def test_another_seed_is_another_head_on_the_same_encoder(tiny):
    first, second = parts(fresh(tiny, seed=1)), parts(fresh(tiny, seed=2))
    assert first[0] == second[0]
    assert first[1] != second[1]


def test_encoders_are_as_published(tiny):
    published = load_encoder(tiny["bert"]).state_dict()
    model = fresh(tiny).encoders[0].state_dict()
    assert all(torch.equal(model[name], value) for name, value in published.items())


def test_models_share_no_weights(tiny):
    first, second = fresh(tiny), fresh(tiny)
    with torch.no_grad():
        for parameter in first.parameters():
            parameter.zero_()
    assert weights(second) == weights(fresh(tiny))


def frozen(model):
    return {name for name, parameter in model.encoders[0].named_parameters() if not parameter.requires_grad}


FREEZES = {
    "nothing": (0, False, ()),
    "word embeddings": (0, True, ("embeddings.word_embeddings.",)),
    "one layer and all embeddings": (1, False, ("embeddings.", "encoder.layer.0.")),
    "both": (1, True, ("embeddings.", "encoder.layer.0.")),
    "all layers": (2, False, ("embeddings.", "encoder.layer.")),
}


@pytest.mark.parametrize("family", ["bert", "deberta_v2"])
@pytest.mark.parametrize(("layers", "words", "prefixes"), FREEZES.values(), ids=FREEZES)
def test_what_is_asked_for_is_frozen_and_nothing_else(tiny, family, layers, words, prefixes):
    model = fresh(tiny, frozen_layers=layers, freeze=words, family=family)
    names = {name for name, _ in model.encoders[0].named_parameters()}
    assert frozen(model) == {name for name in names if prefixes and name.startswith(prefixes)}


def test_what_one_fit_freezes_is_free_in_the_next(tiny):
    fresh(tiny, frozen_layers=2, freeze=True)
    assert frozen(fresh(tiny)) == set()


def test_more_frozen_layers_than_there_are_is_refused(tiny):
    with pytest.raises(EncoderError, match=r"frozen_layers 3(.|\n)*0 to 2"):
        fresh(tiny, frozen_layers=3)


@pytest.mark.parametrize("family", ["bert", "deberta_v2"])
def test_every_dropout_is_the_configurations_and_cheap(tiny, family):
    model = fresh(tiny, dropout=0.25, family=family)
    found = {(type(module), module.p) for module in model.modules() if isinstance(module, nn.Dropout)}
    assert found == {(CheapDropout, 0.25)}


NAMES = {
    "criteria": ("criteria", "b", ["a"]),
    "share": ("share", "b", ["a"]),
    "joint": ("joint", "b", ["a", "b"]),
    "joint with one name": ("joint", None, ["a", "a"]),
}


@pytest.mark.parametrize(("architecture", "criteria", "expected"), NAMES.values(), ids=NAMES)
def test_an_architecture_uses_the_encoders_named(architecture, criteria, expected):
    assert encoder_names(architecture, encoder("a", criteria)) == expected


TOKENIZERS = {
    "one encoder": ("share", "deberta_v2", 1),
    "two": ("joint", "deberta_v2", 2),
    "twice one": ("joint", None, 1),
}


@pytest.mark.parametrize(("architecture", "criteria", "count"), TOKENIZERS.values(), ids=TOKENIZERS)
def test_there_is_a_tokenizer_for_each_different_encoder(tiny, architecture, criteria, count):
    assert len(tokenizers(architecture, encoder(tiny["bert"], criteria and tiny[criteria]))) == count


def test_windows_longer_than_the_encoders_are_refused(tiny):
    with pytest.raises(EncoderError, match=r"129 tokens(.|\n)*at most 128"):
        tokenizers("share", encoder(tiny["bert"], max_length=129))
