"""A fresh trainable model."""

import pytest
import torch
from torch import nn

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.modeling.cpu import CpuDropout
from redsm5_hpo.modeling.encoders import layers_of, load_encoder
from redsm5_hpo.training.model import fresh_model, tokenizers
from tests.tiny_encoders import FAMILIES
from tests.training.builders import ARCHITECTURES, configured, encoder, weights


def fresh(tiny, architecture="share", seed=1, freeze=False, family="bert", **values):
    configuration = configured(tiny[family], **values)
    return fresh_model(architecture, configuration, freeze_word_embeddings=freeze, seed=seed)


def split_weights(model):
    """The weights of the encoders and all others, as bytes."""
    found = weights(model)
    encoders = {name: value for name, value in found.items() if name.startswith("encoders.")}
    return encoders, {name: value for name, value in found.items() if name not in encoders}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_same_seed_is_the_same_model(tiny, architecture):
    assert weights(fresh(tiny, architecture)) == weights(fresh(tiny, architecture))


def test_another_seed_is_another_head_on_the_same_encoder(tiny):
    first, second = split_weights(fresh(tiny, seed=1)), split_weights(fresh(tiny, seed=2))
    assert first[0] == second[0]
    assert first[1] != second[1]


def test_encoders_are_as_published(tiny):
    published = load_encoder(tiny["bert"]).state_dict()
    model = fresh(tiny).encoders[0].state_dict()
    assert all(torch.equal(model[name], value) for name, value in published.items())


@pytest.mark.parametrize("layers", [0, 1, 2])
def test_models_share_exactly_the_weights_that_do_not_learn(tiny, layers):
    first, second = (dict(fresh(tiny, frozen_layers=layers).named_parameters()) for _ in range(2))
    shared = {name for name, parameter in first.items() if parameter.data_ptr() == second[name].data_ptr()}
    assert shared == {name for name, parameter in first.items() if not parameter.requires_grad}
    assert bool(shared) == bool(layers)


def test_changing_one_models_weights_changes_no_other_model(tiny):
    first, second = fresh(tiny), fresh(tiny)
    with torch.no_grad():
        for parameter in first.parameters():
            parameter.zero_()
    assert weights(second) == weights(fresh(tiny))


def test_layers_that_one_model_reinitializes_are_as_published_in_the_next(tiny):
    published = load_encoder(tiny["bert"]).state_dict()
    assert changed(fresh(tiny, reinitialized_layers=2), published)
    assert not changed(fresh(tiny), published)


def frozen(model):
    return {name for name, parameter in model.encoders[0].named_parameters() if not parameter.requires_grad}


KINDS = ("bert", "deberta_v2", "modernbert")  # the others are built like the first
MODERNBERT = {"encoder.layer.": "layers.", "word_embeddings.": "tok_embeddings."}


def named(family, prefixes):
    """The prefixes of BERT's names as the family has them."""
    for before, after in MODERNBERT.items() if family == "modernbert" else ():
        prefixes = tuple(prefix.replace(before, after) for prefix in prefixes)
    return prefixes


FREEZES = {
    "nothing": (0, False, ()),
    "word embeddings": (0, True, ("embeddings.word_embeddings.",)),
    "one layer and all embeddings": (1, False, ("embeddings.", "encoder.layer.0.")),
    "both": (1, True, ("embeddings.", "encoder.layer.0.")),
    "all layers": (2, False, ("embeddings.", "encoder.layer.")),
}


@pytest.mark.parametrize("family", KINDS)
@pytest.mark.parametrize(("layers", "words", "prefixes"), FREEZES.values(), ids=FREEZES)
def test_exactly_the_configured_layers_are_frozen(tiny, family, layers, words, prefixes):
    model = fresh(tiny, frozen_layers=layers, freeze=words, family=family)
    names = {name for name, _ in model.encoders[0].named_parameters()}
    # DeBERTa's relative positions enter every layer, frozen layers included.
    relative_positions = ("encoder.rel_embeddings.", "encoder.LayerNorm.") if layers else ()
    top = ("final_norm.",) if layers == 2 else ()  # ModernBERT's belongs to the highest layer
    parts = (*named(family, prefixes), *relative_positions, *top)
    assert frozen(model) == {name for name in names if prefixes and name.startswith(parts)}


def test_layers_that_one_model_freezes_learn_in_the_next(tiny):
    fresh(tiny, frozen_layers=2, freeze=True)
    assert frozen(fresh(tiny)) == set()


def test_more_frozen_layers_than_the_encoder_has_are_an_error(tiny):
    with pytest.raises(EncoderError, match=r"frozen_layers 3(.|\n)*0 to 2"):
        fresh(tiny, frozen_layers=3)


@pytest.mark.parametrize("family", KINDS)
def test_every_dropout_is_a_cpu_dropout_with_the_configured_rate(tiny, family):
    model = fresh(tiny, dropout=0.25, family=family)
    found = {(type(module), module.p) for module in model.modules() if isinstance(module, nn.Dropout)}
    assert found == {(CpuDropout, 0.25)}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("layers", [1, 2])
def test_frozen_layers_have_no_dropout_and_the_others_keep_theirs(tiny, family, layers):
    encoder = fresh(tiny, dropout=0.25, family=family, frozen_layers=layers).encoders[0]
    frozen_stack, learning = layers_of(encoder)[:layers], layers_of(encoder)[layers:]
    assert dropouts(encoder.embeddings, *frozen_stack) == {0.0}
    assert dropouts(*learning) == ({0.25} if learning else set())


def dropouts(*modules):
    return {each.p for module in modules for each in module.modules() if isinstance(each, nn.Dropout)}


TOKENIZERS = {
    "one encoder": ("share", "deberta_v2", 1),
    "two": ("joint", "deberta_v2", 2),
    "twice one": ("joint", None, 1),
}


@pytest.mark.parametrize(("architecture", "criteria", "count"), TOKENIZERS.values(), ids=TOKENIZERS)
def test_there_is_a_tokenizer_for_each_different_encoder(tiny, architecture, criteria, count):
    assert len(tokenizers(architecture, encoder(tiny["bert"], criteria and tiny[criteria]))) == count


def test_windows_longer_than_the_encoders_are_an_error(tiny):
    with pytest.raises(EncoderError, match=r"129 tokens(.|\n)*at most 128"):
        tokenizers("share", encoder(tiny["bert"], max_length=129))


def changed(model, published):
    """Names of the encoder's weights that are not the published ones."""
    found = model.encoders[0].state_dict()
    return {name for name, value in published.items() if not torch.equal(found[name], value)}


TOP = {"none": (0, ()), "the highest": (1, ("encoder.layer.1.",)), "both": (2, ("encoder.layer.",))}


@pytest.mark.parametrize("family", KINDS)
@pytest.mark.parametrize(("layers", "prefixes"), TOP.values(), ids=TOP)
def test_the_top_layers_are_reinitialized(tiny, family, layers, prefixes):
    published = load_encoder(tiny[family]).state_dict()
    matrices = {name for name, value in published.items() if value.ndim > 1}
    prefixes = named(family, prefixes)
    found = changed(fresh(tiny, family=family, reinitialized_layers=layers), published)
    assert found & matrices == {name for name in matrices if prefixes and name.startswith(prefixes)}
    assert all(name.startswith(prefixes) for name in found)


def test_reinitialized_layers_depend_on_the_seed(tiny):
    models = [split_weights(fresh(tiny, seed=seed, reinitialized_layers=1))[0] for seed in (1, 1, 2)]
    assert models[0] == models[1] != models[2]


@pytest.mark.parametrize("adapter", ["none", "lora"])
def test_reinitialized_layers_learn_although_they_are_frozen(tiny, adapter):
    model = fresh(tiny, reinitialized_layers=1, frozen_layers=2, adapter=adapter)
    assert {name for name in frozen(model) if ".layer.1." in name} == set()
    assert any(".layer.0." in name for name in frozen(model))


def test_more_reinitialized_layers_than_the_encoder_has_are_an_error(tiny):
    with pytest.raises(EncoderError, match=r"reinitialized_layers 3(.|\n)*0 to 2"):
        fresh(tiny, reinitialized_layers=3)


LORA = {
    "query_value": {"query", "value", "query_proj", "value_proj", "Wqkv"},
    "attention": {"query", "key", "value", "query_proj", "key_proj", "value_proj", "dense", "Wqkv", "Wo"},
    "all_linear": {"query", "key", "value", "query_proj", "key_proj", "value_proj", "dense", "Wqkv", "Wi", "Wo"},
}


@pytest.mark.parametrize("family", KINDS)
@pytest.mark.parametrize(("targets", "names"), LORA.items(), ids=LORA)
def test_only_adapters_learn_in_the_encoder(tiny, family, targets, names):
    model = fresh(tiny, family=family, adapter="lora", lora_rank=3, lora_target_modules=targets)
    learning = {name: p for name, p in model.encoders[0].named_parameters() if p.requires_grad}
    assert {name.split(".lora_")[0].rsplit(".", 1)[-1] for name in learning} <= names
    assert {min(p.shape) for p in learning.values()} == {3}
    assert {name.replace("encoder.layer.", "layers.").split(".")[1] for name in learning} >= {"0", "1"}
    inside = sum(".intermediate." in name or ".mlp.Wi." in name for name in learning)
    assert bool(inside) is (targets == "all_linear")


def test_a_fresh_adapter_changes_nothing_and_depends_on_the_seed(tiny):
    adapted = [fresh(tiny, seed=seed, adapter="lora", dropout=0.0) for seed in (1, 1, 2)]
    states = [
        model.encoders[0](torch.tensor([[5, 6, 7]])).last_hidden_state
        for model in (adapted[0], fresh(tiny, dropout=0.0))
    ]
    assert torch.equal(*states)
    encoders = [split_weights(model)[0] for model in adapted]
    assert encoders[0] == encoders[1] != encoders[2]


def test_only_layers_that_learn_have_adapters(tiny):
    model = fresh(tiny, adapter="lora", frozen_layers=1)
    assert {name.split(".")[2] for name, p in model.encoders[0].named_parameters() if p.requires_grad} == {"1"}
    assert {name.split(".")[2] for name, _ in model.encoders[0].named_parameters() if "lora_" in name} == {"1"}


def test_tied_encoders_are_one(tiny):
    assert len(fresh(tiny, "joint", tie_encoders=True).encoders) == 1
    assert len(fresh(tiny, "share", tie_encoders=True).encoders) == 1


def test_two_different_encoders_cannot_be_tied(tiny):
    both = configured(tiny["bert"], tiny["narrow"], tie_encoders=True)
    with pytest.raises(EncoderError, match="two different encoders cannot be tied"):
        fresh_model("joint", both, freeze_word_embeddings=False, seed=1)


DROPOUTS = {
    "as the states'": (None, None, (0.2, 0.2, 0.2)),
    "attention's own": (0.4, None, (0.2, 0.4, 0.2)),
    "heads' own": (None, 0.0, (0.2, 0.2, 0.0)),
}


@pytest.mark.parametrize("family", KINDS)
@pytest.mark.parametrize(("attention", "head", "expected"), DROPOUTS.values(), ids=DROPOUTS)
def test_attention_and_heads_may_have_their_own_dropout(tiny, family, attention, head, expected):
    model = fresh(tiny, family=family, dropout=0.2, attention_dropout=attention, head_dropout=head)
    found = {name: module.p for name, module in model.named_modules() if isinstance(module, nn.Dropout)}
    weights_of = {p for name, p in found.items() if name.endswith("attention.self.dropout")}
    weights_of |= {module.attention_dropout for module in model.modules() if hasattr(module, "attention_dropout")}
    states = {
        p for name, p in found.items() if name.startswith("encoders.") and not name.endswith("attention.self.dropout")
    }
    heads = {p for name, p in found.items() if not name.startswith("encoders.")}
    assert (states, weights_of, heads) == tuple({p} for p in expected)
