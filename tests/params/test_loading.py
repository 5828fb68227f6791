"""Settings, valid and invalid, and the error messages."""

import copy
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from redsm5_hpo.core.errors import ParamsError
from redsm5_hpo.core.files import read_yaml
from redsm5_hpo.params import known_architecture, load_params, parse_params

VALUES = read_yaml(Path(__file__).parents[2] / "params.yaml")
PATH = Path("params.yaml")
ABSENT = object()


def changed(**changes):
    """The project's settings with some replaced; a key's dots are written as two underscores."""
    values = copy.deepcopy(VALUES)
    for key, value in changes.items():
        *sections, name = key.split("__")
        section = values
        for part in sections:
            section = section[part]
        if value is ABSENT:
            del section[name]
        else:
            section[name] = value
    return values


def message(**changes):
    with pytest.raises(ParamsError) as caught:
        parse_params(changed(**changes), PATH)
    return str(caught.value)


BAD = {
    "unknown key": ("encoder__nme", "x", "encoder.nme: unknown key"),
    "unknown section": ("hpoo", {}, "hpoo: unknown key"),
    "unknown key of a dimension": (
        "hpo__space__dropout",
        {"low": 0.0, "high": 0.3, "step": 0.1},
        "hpo.space.dropout.step: unknown key",
    ),
    "missing section": ("split", ABSENT, "split: missing"),
    "missing key": ("encoder__stride", ABSENT, "encoder.stride: missing"),
    "missing default": ("training__defaults__dropout", ABSENT, "training.defaults.dropout: missing"),
    "text for a number": ("split__seed", "seven", "split.seed: Input should be a valid integer(.|\n)*, got 'seven'"),
    "a fraction for an integer": ("hpo__s1__trials", 4.5, "hpo.s1.trials: Input should be a valid integer(.|\n)*4.5"),
    "a list for a number": (
        "hpo__max_concurrent_trials",
        [4],
        r"hpo.max_concurrent_trials: Input should be a valid integer, got \[4\]",
    ),
    "text for a boolean": (
        "training__freeze_word_embeddings",
        "often",
        "training.freeze_word_embeddings: .*got 'often'",
    ),
    "null for a number": ("hpo__seed", None, "hpo.seed: .*, got None"),
    "below its range": ("data__absent_pairs_per_post", -1, "data.absent_pairs_per_post: .*equal to 0, got -1"),
    "above its range": ("split__val_size", 1.5, "split.val_size: .*less than 1, got 1.5"),
    "true for a number": ("hpo__seed", True, "hpo.seed: Input should be a number, got True"),
    "false for a fraction": ("training__defaults__dropout", False, "training.defaults.dropout: .*, got False"),
    "true among choices of numbers": (
        "hpo__space__batch_size",
        {"choices": [True, 8]},
        "hpo.space: batch_size: Input should be a number, got True",
    ),
    "not a number": ("training__defaults__learning_rate", float("nan"), "training.defaults.learning_rate: .*, got nan"),
    "infinite": ("training__defaults__max_grad_norm", float("inf"), "training.defaults.max_grad_norm: .*, got inf"),
    "seed too large": ("hpo__seed", 2**31, f"hpo.seed: .*, got {2**31}"),
    "no trials": ("hpo__s0__trials", 0, "hpo.s0.trials: .*, got 0"),
    "a timeout of a million years": (
        "training__fit_timeout_minutes",
        6e11,
        "training.fit_timeout_minutes: .*less than or equal to 100000000, got 600000000000.0",
    ),
    "unknown architecture": ("architectures", ["criteria", "both"], "architectures.1: .*got 'both'"),
    "no architecture": ("architectures", [], r"architectures: .*, got \[\]"),
    "unknown scheduler": (
        "training__defaults__lr_scheduler",
        "step",
        "training.defaults.lr_scheduler: .*'cosine'.*got 'step'",
    ),
    "unknown order": ("hpo__order", "costs", "hpo.order: Input should be 'number' or 'cost', got 'costs'"),
    "unknown precision": ("training__precision", "fp16", "training.precision: .*got 'fp16'"),
    "a source outside its folder": ("data__source", "../secret", "data.source: .*got '../secret'"),
    "no train split": ("split__val_size", 0.8, r"split: val_size \+ test_size is 1 and leaves no train split"),
    "a stride above half a window": ("encoder__stride", 97, "encoder: stride 97 is more than half of max_length 192"),
    "a seed twice": ("refit__seeds", [1, 2, 1], r"refit: seeds repeat: \[1, 2, 1\]"),
    "no seeds": ("refit__seeds", [], r"refit.seeds: .*, got \[\]"),
    "empty space": ("hpo__space", {}, r"hpo.space: .*, got \{\}"),
    "empty range": ("hpo__space__dropout", {"low": 0.3, "high": 0.3}, "hpo.space.dropout: low 0.3 is not below high"),
    "log range from 0": (
        "hpo__space__dropout",
        {"low": 0.0, "high": 0.3, "log": True},
        "hpo.space.dropout: a log range starts above 0, not at 0",
    ),
    "an integer range with a fraction": (
        "hpo__space__batch_size",
        {"low": 1.5, "high": 4, "integer": True},
        "hpo.space.batch_size: low and high of an integer range are integers",
    ),
    "neither range nor choices": ("hpo__space__dropout", {"low": 0.1}, "hpo.space.dropout.high: missing"),
    "both range and choices": (
        "hpo__space__dropout",
        {"low": 0.1, "high": 0.2, "choices": [0.1]},
        "hpo.space.dropout: has choices and low, high: keep choices, or what makes a range",
    ),
    "a learning rate twice": (
        "hpo__space",
        {name: {"low": 0.1, "high": 0.3} for name in ("learning_rate", "learning_rate_factor")},
        "hpo.space: learning_rate and learning_rate_factor are the same value",
    ),
    "an empty end of another dimension": ("hpo__space__dropout", {"low": None, "high": 0.3}, "hpo.space.dropout.low: "),
    "no choices": ("hpo__space__pooling", {"choices": []}, r"hpo.space.pooling.choices: .*, got \(?\[?"),
    "a choice twice": ("hpo__space__pooling", {"choices": ["cls", "cls"]}, "hpo.space.pooling: choices repeat"),
    "no configuration value": (
        "hpo__space__epochs",
        {"low": 1, "high": 4, "integer": True},
        "hpo.space: epochs is no configuration value; known: .*learning_rate, .*",
    ),
    "a choice that the configuration rejects": (
        "hpo__space__pooling",
        {"choices": ["cls", "sum"]},
        "hpo.space: pooling: .*, got 'sum'",
    ),
    "a bound that the configuration rejects": (
        "hpo__space__dropout",
        {"low": 0.1, "high": 1.0},
        "hpo.space: dropout: .*less than 1, got 1.0",
    ),
    "a range of fractions for whole numbers": (
        "hpo__space__batch_size",
        {"low": 8, "high": 32},
        "hpo.space: batch_size: takes whole numbers, so its range has integer: true",
    ),
    "a range of whole numbers for fractions": (
        "hpo__space__max_grad_norm",
        {"low": 1, "high": 4, "integer": True},
        "hpo.space: max_grad_norm: takes real numbers, so its range has integer: false",
    ),
    "a range for a truth value": (
        "hpo__space__train_on_sentences",
        {"low": 0, "high": 1},
        "hpo.space: train_on_sentences: is true or false, so it has choices and no range",
    ),
    "a range of whole numbers for a truth value": (
        "hpo__space__tie_encoders",
        {"low": 0, "high": 1, "integer": True},
        "hpo.space: tie_encoders: is true or false, so it has choices and no range",
    ),
    "a condition on a value that is not searched": (
        "hpo__space__dropout",
        {"low": 0.1, "high": 0.2, "when": {"loss": ["focal"]}},
        "hpo.space: dropout: when names loss, which has no choices in this space",
    ),
    "a condition on a range": (
        "hpo__space__dropout",
        {"low": 0.1, "high": 0.2, "when": {"learning_rate": [0.1]}},
        "hpo.space: dropout: when names learning_rate, which has no choices in this space",
    ),
    "a condition on an unknown choice": (
        "hpo__space__dropout",
        {"low": 0.1, "high": 0.2, "when": {"batch_size": [8, 9]}},
        r"hpo.space: dropout: when has \[9\], which are no choices of batch_size",
    ),
    "a condition on itself": (
        "hpo__space__batch_size",
        {"choices": [8, 16], "when": {"batch_size": [8]}},
        "hpo.space: batch_size: when leads back to batch_size",
    ),
    "an empty condition": (
        "hpo__space__dropout",
        {"low": 0.1, "high": 0.2, "when": {"batch_size": []}},
        "hpo.space.dropout.when.batch_size: .*at least 1",
    ),
    "a choice twice, once as text": (
        "hpo__space__learning_rate",
        {"choices": ["1e-05", 1e-5]},
        r"hpo.space: learning_rate: choices repeat: \['1e-05', 1e-05\] are \[1e-05, 1e-05\]",
    ),
    "an infinite choice": (
        "hpo__space__max_grad_norm",
        {"choices": ["inf", 1]},
        "hpo.space: max_grad_norm: .*finite.*'inf'",
    ),
    "a bound that is not a number": (
        "hpo__space__dropout",
        {"low": float("nan"), "high": 0.3},
        "hpo.space.dropout.low: Input should be a finite number, got nan",
    ),
    "no configuration value, misspelled": (
        "hpo__space__learnin_rate",
        {"low": 1e-5, "high": 1e-3},
        r"hpo.space: learnin_rate is no configuration value, did you mean learning_rate\?; known: ",
    ),
    "text for a section": ("split", "half", "split: Input should be a section of key: value lines, got 'half'"),
    "a list for a section": ("hpo__space", [1], r"hpo.space: Input should be a section of key: value lines, got \[1\]"),
    "text for a list": ("architectures", "joint", "architectures: Input should be a list, got 'joint'"),
    "a key that is a number": ("hpo__space", {1: {"choices": [1]}}, "hpo.space.1: "),
    "a long value": ("hpo__seed", "9" * 500 + "x", "hpo.seed: .*, got '9{79}\\.\\.\\.\n"),
    "a fraction as text for a whole number": ("hpo__s1__trials", "4.5", "hpo.s1.trials: .*got '4.5'"),
    "a range of text": ("hpo__space__pooling", {"low": 0, "high": 1}, "hpo.space: pooling: .*, got"),
}


@pytest.mark.parametrize(("key", "value", "expected"), BAD.values(), ids=BAD)
def test_an_invalid_setting_is_named_with_its_value(key, value, expected):
    assert re.search(f"- {expected}", message(**{key: value}))


SUGGESTED = {
    "an order misspelled": ("hpo__ordre", "hpo.order"),
    "a missing letter": ("encoder__nme", "encoder.name"),
    "swapped letters": ("hpo__s2__trails", "hpo.s2.trials"),
    "another section": ("training__learning_rate", "training.defaults.learning_rate"),
    "no section": ("batch_size", "training.defaults.batch_size"),
    "a section misspelled": ("splits", "split"),
    "a capital": ("data__Source", "data.source"),
    "British spelling": ("training__defaults__optimiser", "training.defaults.optimizer"),
    "another unit": ("split__val_share", "split.val_size"),
    "a shorter name": ("training__defaults__schedule", "training.defaults.lr_scheduler"),
    "a shared word": ("training__patience_epochs", "training.early_stopping_patience"),
    "a shared word, spelled like another key": ("training__defaults__clip_norm", "training.defaults.max_grad_norm"),
    "a key of a dimension": ("hpo__space__dropout__hgh", "hpo.space.dropout.high"),
}


@pytest.mark.parametrize(("key", "suggested"), SUGGESTED.values(), ids=SUGGESTED)
def test_an_unknown_key_suggests_the_closest(key, suggested):
    assert f"- {key.replace('__', '.')}: unknown key, did you mean {suggested}?" in message(**{key: 1})


def test_a_key_that_is_close_to_none_has_no_suggestion():
    assert message(zzz=1).splitlines()[1] == "    - zzz: unknown key"


NAMES = {"misspelled": ("criterai", "did you mean criteria?"), "dissimilar": ("xyz", "use one of these")}


@pytest.mark.parametrize(("name", "remedy"), NAMES.values(), ids=NAMES)
def test_an_unknown_architecture_is_named(name, remedy):
    with pytest.raises(ParamsError, match=f"no architecture '{name}'") as caught:
        known_architecture(name)
    assert (caught.value.allowed, caught.value.remedy) == ("criteria, evidence, share, joint", remedy)


def test_one_error_names_all_problems():
    bad = changed(hpo__seed=-1, split__val_size=2, encoder__nme="x", refit=ABSENT, encoder__stride=999)
    with pytest.raises(ParamsError) as caught:
        parse_params(bad, PATH)
    keys = ("hpo.seed", "split.val_size", "encoder.nme", "refit")
    assert [key for key in keys if f"    - {key}: " in str(caught.value)] == list(keys)
    assert caught.value.what.startswith(f"params.yaml has {len(keys)} problem(s):")


ONCE = {
    "an empty choice": ("hpo__space__pooling", {"choices": [None, "cls"]}, "hpo.space.pooling.choices.0: .*, got None"),
    "an empty choice alone": ("hpo__space__pooling", {"choices": [None]}, "hpo.space.pooling.choices.0: .*, got None"),
    "a list as a choice": (
        "hpo__space__pooling",
        {"choices": ["cls", []]},
        r"hpo.space.pooling.choices.1: .*, got \[\]",
    ),
    "an infinite choice": (
        "hpo__space__dropout",
        {"choices": [0.1, float("inf")]},
        "hpo.space.dropout.choices.1: Input should be a finite number, got inf",
    ),
    "an empty value of a condition": (
        "hpo__space__dropout",
        {"low": 0.1, "high": 0.2, "when": {"batch_size": [None]}},
        "hpo.space.dropout.when.batch_size.0: .*, got None",
    ),
    "choices beside a range": (
        "hpo__space__dropout",
        {**VALUES["hpo"]["space"]["dropout"], "choices": [0.2]},
        "hpo.space.dropout: has choices and low, high: keep choices, or ",
    ),
    "a range beside choices": (
        "hpo__space__pooling",
        {"choices": ["cls"], "low": 1, "high": 2, "integer": True},
        "hpo.space.pooling: has choices and low, high, integer: ",
    ),
    "a number for an encoder": ("encoder__name", 5, "encoder.name: Input should be text; .*, got 5"),
    "no encoder": ("encoder", ABSENT, "encoder: missing"),
}


@pytest.mark.parametrize(("key", "value", "expected"), ONCE.values(), ids=ONCE)
def test_one_mistake_is_one_problem(key, value, expected):
    text = message(**{key: value})
    assert "has 1 problem(s)" in text
    assert re.search(f"- {expected}", text)


def test_one_error_names_all_problems_of_a_space():
    text = message(hpo__space={"epochs": {"choices": [1]}, "dropout": {"low": -1, "high": 2}})
    assert all(part in text for part in ("epochs is no", "equal to 0, got -1.0", "less than 1, got 2.0"))


VALID = {
    "a float as text, as -S writes it": ("training__defaults__learning_rate", "1e-05", 1e-5),
    "an integer for a float": ("training__defaults__max_grad_norm", 2, 2.0),
    "another default": ("training__defaults__pooling", "attention", "attention"),
    "one architecture": ("architectures", ["joint"], ("joint",)),
    "another encoder for criteria": ("encoder__criteria_name", "bert_base", "bert_base"),
    "the longest stride": ("encoder__stride", 96, 96),
}


@pytest.mark.parametrize(("key", "value", "expected"), VALID.values(), ids=VALID)
def test_a_valid_setting_is_accepted(key, value, expected):
    found = parse_params(changed(**{key: value}), PATH)
    for part in key.split("__"):
        found = getattr(found, part)
    assert found == expected
    assert type(found) is type(expected)


SPACES = {
    "bounds as text": ("learning_rate", {"low": "1e-06", "high": "5e-05", "log": True}, (1e-6, 5e-5)),
    "numbers that can be null": ("head_dropout", {"low": 0.1, "high": 0.3}, (0.1, 0.3)),
    "whole numbers of the encoder": ("max_length", {"low": 32, "high": 64, "integer": True}, (32, 64)),
    "whole numbers": ("batch_size", {"low": 4, "high": 32, "integer": True}, (4, 32)),
}


@pytest.mark.parametrize(("name", "dimension", "bounds"), SPACES.values(), ids=SPACES)
def test_a_valid_range_is_accepted(name, dimension, bounds):
    found = parse_params(changed(hpo__space={name: dimension}), PATH).hpo.space[name]
    assert (found.low, found.high) == bounds


def test_choices_of_text_are_accepted():
    space = parse_params(changed(hpo__space={"pooling": {"choices": ["cls", "mean"]}}), PATH).hpo.space
    assert space["pooling"].choices == ("cls", "mean")


def test_choices_have_the_types_of_the_configuration():
    space = {
        "batch_size": {"choices": ["8", 16]},
        "max_grad_norm": {"choices": ["5e-01", 1], "when": {"batch_size": ["16"]}},
    }
    found = parse_params(changed(hpo__space=space), PATH).hpo.space
    assert repr(found["batch_size"].choices) == "(8, 16)"
    assert repr(found["max_grad_norm"].choices) == "(0.5, 1.0)"
    assert repr(found["max_grad_norm"].when) == "{'batch_size': (16,)}"


def test_circular_conditions_are_an_error():
    space = {
        "pooling": {"choices": ["cls", "mean"], "when": {"fusion": ["film"]}},
        "fusion": {"choices": ["film", "gated"], "when": {"pooling": ["cls"]}},
    }
    text = message(hpo__space=space)
    assert "pooling: when leads back to pooling" in text
    assert "fusion: when leads back to fusion" in text


def test_a_condition_is_accepted():
    space = {"loss": {"choices": ["focal"]}, "focal_gamma": {"low": 0.5, "high": 4, "when": {"loss": ["focal"]}}}
    found = parse_params(changed(hpo__space=space), PATH).hpo.space
    assert found["focal_gamma"].when == {"loss": ("focal",)}
    assert found["loss"].when == {}


NULLS = {
    "attention_dropout": ("attention_dropout", None, 0.1),
    "head_dropout": ("head_dropout", None, 0.1),
    "no null": ("head_dropout", 0.3, 0.3),
}


@pytest.mark.parametrize(("name", "value", "expected"), NULLS.values(), ids=NULLS)
def test_a_null_dropout_means_the_dropout(name, value, expected):
    params = parse_params(changed(**{f"training__defaults__{name}": value}), PATH)
    assert getattr(params.default_configuration.without_nulls(), name) == expected


ENCODER = {"encoder": "minilm_l6", "criteria_encoder": None, "max_length": 192, "stride": 48, "attention": "sentences"}


def test_the_default_configuration_has_the_encoder_and_the_default_values():
    params = parse_params(VALUES, PATH)
    defaults = params.training.defaults.model_dump()
    assert params.default_configuration.model_dump() == {**ENCODER, **defaults}
    assert params.default_configuration.encoder_params == params.encoder


def test_settings_cannot_be_changed():
    params = parse_params(VALUES, PATH)
    with pytest.raises(ValidationError, match="frozen"):
        params.encoder.stride = 0


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ParamsError, match=r"nowhere\.yaml does not exist"):
        load_params(tmp_path / "nowhere.yaml")


def test_a_configuration_replaces_values_and_keeps_the_others():
    defaults = parse_params(VALUES, PATH).default_configuration
    found = defaults.with_values({"batch_size": 4, "pooling": "cls"})
    assert found.model_dump() == {**defaults.model_dump(), "batch_size": 4, "pooling": "cls"}


@pytest.mark.parametrize("values", [{"batch_size": 0}, {"epochs": 3}], ids=["out of range", "unknown"])
def test_a_configuration_rejects_invalid_values(values):
    with pytest.raises(ValidationError):
        parse_params(VALUES, PATH).default_configuration.with_values(values)
