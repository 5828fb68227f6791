"""Bad settings and the message that each is answered with."""

import copy
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from redsm5_hpo.errors import ParamsError
from redsm5_hpo.files import read_yaml
from redsm5_hpo.params import known_architecture, load_params, parse_params

SHIPPED = read_yaml(Path(__file__).parents[2] / "params.yaml")
PATH = Path("params.yaml")
ABSENT = object()


def changed(**changes):
    """The shipped settings with some replaced; a key's dots are written as two underscores."""
    values = copy.deepcopy(SHIPPED)
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
    "a list for a number": ("hpo__window", [4], r"hpo.window: Input should be a valid integer, got \[4\]"),
    "a word for true or false": (
        "training__freeze_word_embeddings",
        "often",
        "training.freeze_word_embeddings: .*got 'often'",
    ),
    "nothing for a number": ("hpo__seed", None, "hpo.seed: .*, got None"),
    "below its range": ("data__absent_pairs_per_post", -1, "data.absent_pairs_per_post: .*equal to 0, got -1"),
    "above its range": ("split__val_share", 1.5, "split.val_share: .*less than 1, got 1.5"),
    "true for a number": ("hpo__seed", True, "hpo.seed: Input should be a number, got True"),
    "false for a fraction": ("training__defaults__dropout", False, "training.defaults.dropout: .*, got False"),
    "true among choices of numbers": (
        "hpo__space__batch_size",
        {"choices": [True, 8]},
        "hpo.space: batch_size: Input should be a number, got True",
    ),
    "not a number": ("training__defaults__learning_rate", float("nan"), "training.defaults.learning_rate: .*, got nan"),
    "infinite": ("training__defaults__clip_norm", float("inf"), "training.defaults.clip_norm: .*, got inf"),
    "seed too large": ("hpo__seed", 2**31, f"hpo.seed: .*, got {2**31}"),
    "no trials": ("hpo__s0__trials", 0, "hpo.s0.trials: .*, got 0"),
    "unknown architecture": ("architectures", ["criteria", "both"], "architectures.1: .*got 'both'"),
    "no architecture": ("architectures", [], r"architectures: .*, got \[\]"),
    "unknown schedule": ("training__defaults__schedule", "step", "training.defaults.schedule: .*'cosine'.*got 'step'"),
    "unknown precision": ("training__precision", "fp16", "training.precision: .*got 'fp16'"),
    "a source outside its folder": ("data__source", "../secret", "data.source: .*got '../secret'"),
    "nothing left to train on": ("split__val_share", 0.8, r"split: val_share \+ test_share is 1 and leaves no train"),
    "windows that do not advance": ("encoder__stride", 97, "encoder: stride 97 is more than half of max_length 192"),
    "a seed twice": ("refit__seeds", [1, 2, 1], r"refit: seeds repeat: \[1, 2, 1\]"),
    "no seeds": ("refit__seeds", [], r"refit.seeds: .*, got \[\]"),
    "empty space": ("hpo__space", {}, r"hpo.space: .*, got \{\}"),
    "empty range": ("hpo__space__dropout", {"low": 0.3, "high": 0.3}, "hpo.space.dropout: low 0.3 is not below high"),
    "log range from 0": (
        "hpo__space__dropout",
        {"low": 0.0, "high": 0.3, "log": True},
        "hpo.space.dropout: a log range starts above 0, not at 0",
    ),
    "an integer range without whole ends": (
        "hpo__space__batch_size",
        {"low": 1.5, "high": 4, "integer": True},
        "hpo.space.batch_size: an integer range has whole ends",
    ),
    "neither range nor choices": ("hpo__space__dropout", {"low": 0.1}, "hpo.space.dropout.high: missing"),
    "both range and choices": (
        "hpo__space__dropout",
        {"low": 0.1, "high": 0.2, "choices": [0.1]},
        "hpo.space.dropout.(low|high): unknown key",
    ),
    "no choices": ("hpo__space__pooling", {"choices": []}, r"hpo.space.pooling.choices: .*, got \(?\[?"),
    "a choice twice": ("hpo__space__pooling", {"choices": ["cls", "cls"]}, "hpo.space.pooling: choices repeat"),
    "no configuration value": (
        "hpo__space__epochs",
        {"low": 1, "high": 4, "integer": True},
        "hpo.space: epochs is no configuration value; known: .*learning_rate, .*",
    ),
    "a choice that the configuration refuses": (
        "hpo__space__pooling",
        {"choices": ["cls", "sum"]},
        "hpo.space: pooling: .*, got 'sum'",
    ),
    "a bound that the configuration refuses": (
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
        "hpo__space__clip_norm",
        {"low": 1, "high": 4, "integer": True},
        "hpo.space: clip_norm: takes real numbers, so its range has integer: false",
    ),
    "a condition on what is not searched": (
        "hpo__space__dropout",
        {"low": 0.1, "high": 0.2, "when": {"loss": ["focal"]}},
        "hpo.space: dropout: when names loss, which has no choices in this space",
    ),
    "a condition on a range": (
        "hpo__space__dropout",
        {"low": 0.1, "high": 0.2, "when": {"learning_rate": [0.1]}},
        "hpo.space: dropout: when names learning_rate, which has no choices in this space",
    ),
    "a condition on no choice": (
        "hpo__space__dropout",
        {"low": 0.1, "high": 0.2, "when": {"batch_size": [8, 9]}},
        r"hpo.space: dropout: when asks for \[9\], no choices of batch_size",
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
    "an infinite choice": ("hpo__space__clip_norm", {"choices": ["inf", 1]}, "hpo.space: clip_norm: .*finite.*'inf'"),
    "a bound that is no number": (
        "hpo__space__dropout",
        {"low": float("nan"), "high": 0.3},
        "hpo.space.dropout.low: Input should be a finite number, got nan",
    ),
    "a value that nobody searches, misspelt": (
        "hpo__space__learnin_rate",
        {"low": 1e-5, "high": 1e-3},
        r"hpo.space: learnin_rate is no configuration value, did you mean learning_rate\?; known: ",
    ),
    "a word for a section": ("split", "half", "split: Input should be a section of key: value lines, got 'half'"),
    "a list for a section": ("hpo__space", [1], r"hpo.space: Input should be a section of key: value lines, got \[1\]"),
    "a word for a list": ("architectures", "joint", "architectures: Input should be a list, got 'joint'"),
    "a key that is a number": ("hpo__space", {1: {"choices": [1]}}, "hpo.space.1: "),
    "a long value": ("hpo__seed", "9" * 500 + "x", "hpo.seed: .*, got '9{79}\\.\\.\\.\n"),
    "a fraction as text for a whole number": ("hpo__s1__trials", "4.5", "hpo.s1.trials: .*got '4.5'"),
    "a range of words": ("hpo__space__pooling", {"low": 0, "high": 1}, "hpo.space: pooling: .*, got"),
}


@pytest.mark.parametrize(("key", "value", "expected"), BAD.values(), ids=BAD)
def test_a_bad_setting_is_named_with_its_value(key, value, expected):
    assert re.search(f"- {expected}", message(**{key: value}))


MEANT = {
    "a letter lost": ("encoder__nme", "encoder.name"),
    "letters swapped": ("hpo__s2__trails", "hpo.s2.trials"),
    "another section": ("training__learning_rate", "training.defaults.learning_rate"),
    "no section": ("batch_size", "training.defaults.batch_size"),
    "a section misspelt": ("splits", "split"),
    "a capital": ("data__Source", "data.source"),
    "American": ("training__defaults__optimizer", "training.defaults.optimiser"),
    "a key of a dimension": ("hpo__space__dropout__hgh", "hpo.space.dropout.high"),
}


@pytest.mark.parametrize(("key", "meant"), MEANT.values(), ids=MEANT)
def test_an_unknown_key_suggests_the_nearest(key, meant):
    assert f"- {key.replace('__', '.')}: unknown key, did you mean {meant}?" in message(**{key: 1})


def test_a_key_like_no_other_suggests_nothing():
    assert message(zzz=1).splitlines()[1] == "    - zzz: unknown key"


NAMES = {"misspelt": ("criterai", "did you mean criteria?"), "of no likeness": ("xyz", "use one of these")}


@pytest.mark.parametrize(("name", "remedy"), NAMES.values(), ids=NAMES)
def test_an_unknown_architecture_is_named(name, remedy):
    with pytest.raises(ParamsError, match=f"no architecture '{name}'") as caught:
        known_architecture(name)
    assert (caught.value.allowed, caught.value.remedy) == ("criteria, evidence, share, joint", remedy)


def test_all_problems_stand_in_one_error():
    bad = changed(hpo__seed=-1, split__val_share=2, encoder__nme="x", refit=ABSENT, encoder__stride=999)
    with pytest.raises(ParamsError) as caught:
        parse_params(bad, PATH)
    keys = ("hpo.seed", "split.val_share", "encoder.nme", "refit")
    assert [key for key in keys if f"    - {key}: " in str(caught.value)] == list(keys)
    assert caught.value.what.startswith(f"params.yaml has {len(keys)} problem(s):")


def test_all_problems_of_a_space_stand_in_one_error():
    text = message(hpo__space={"epochs": {"choices": [1]}, "dropout": {"low": -1, "high": 2}})
    assert all(part in text for part in ("epochs is no", "equal to 0, got -1.0", "less than 1, got 2.0"))


GOOD = {
    "a float as text, as -S writes it": ("training__defaults__learning_rate", "1e-05", 1e-5),
    "an integer for a float": ("training__defaults__clip_norm", 2, 2.0),
    "another default": ("training__defaults__pooling", "attention", "attention"),
    "one architecture": ("architectures", ["joint"], ("joint",)),
    "another encoder for criteria": ("encoder__criteria_name", "bert_base", "bert_base"),
    "the longest stride": ("encoder__stride", 96, 96),
}


@pytest.mark.parametrize(("key", "value", "expected"), GOOD.values(), ids=GOOD)
def test_a_good_setting_is_taken(key, value, expected):
    found = parse_params(changed(**{key: value}), PATH)
    for part in key.split("__"):
        found = getattr(found, part)
    assert found == expected
    assert type(found) is type(expected)


SPACES = {
    "bounds as text": ("learning_rate", {"low": "1e-06", "high": "5e-05", "log": True}, (1e-6, 5e-5)),
    "whole numbers that may be null": ("max_length", {"low": 32, "high": 64, "integer": True}, (32, 64)),
    "whole numbers": ("batch_size", {"low": 4, "high": 32, "integer": True}, (4, 32)),
}


@pytest.mark.parametrize(("name", "dimension", "bounds"), SPACES.values(), ids=SPACES)
def test_a_good_range_is_taken(name, dimension, bounds):
    found = parse_params(changed(hpo__space={name: dimension}), PATH).hpo.space[name]
    assert (found.low, found.high) == bounds


def test_choices_of_words_are_taken():
    space = parse_params(changed(hpo__space={"pooling": {"choices": ["cls", "mean"]}}), PATH).hpo.space
    assert space["pooling"].choices == ("cls", "mean")


def test_choices_are_held_as_the_configuration_holds_them():
    space = {
        "batch_size": {"choices": ["8", 16]},
        "clip_norm": {"choices": ["5e-01", 1], "when": {"batch_size": ["16"]}},
    }
    found = parse_params(changed(hpo__space=space), PATH).hpo.space
    assert repr(found["batch_size"].choices) == "(8, 16)"
    assert repr(found["clip_norm"].choices) == "(0.5, 1.0)"
    assert repr(found["clip_norm"].when) == "{'batch_size': (16,)}"


def test_conditions_in_a_circle_are_refused():
    space = {
        "pooling": {"choices": ["cls", "mean"], "when": {"fusion": ["film"]}},
        "fusion": {"choices": ["film", "gated"], "when": {"pooling": ["cls"]}},
    }
    text = message(hpo__space=space)
    assert "pooling: when leads back to pooling" in text
    assert "fusion: when leads back to fusion" in text


def test_a_condition_is_taken():
    space = {"loss": {"choices": ["focal"]}, "focal_gamma": {"low": 0.5, "high": 4, "when": {"loss": ["focal"]}}}
    found = parse_params(changed(hpo__space=space), PATH).hpo.space
    assert found["focal_gamma"].when == {"loss": ("focal",)}
    assert found["loss"].when == {}


NULLS = {
    "encoder": ("encoder", None, "minilm_l6"),
    "max_length": ("max_length", None, 192),
    "stride": ("stride", None, 48),
    "attention_dropout": ("attention_dropout", None, 0.1),
    "head_dropout": ("head_dropout", None, 0.1),
    "what is said": ("head_dropout", 0.3, 0.3),
}


@pytest.mark.parametrize(("name", "value", "expected"), NULLS.values(), ids=NULLS)
def test_a_null_stands_for_what_is_said_elsewhere(name, value, expected):
    params = parse_params(changed(**{f"training__defaults__{name}": value}), PATH)
    assert getattr(params.encoder.resolve(params.training.defaults), name) == expected


def test_settings_cannot_be_changed():
    params = parse_params(SHIPPED, PATH)
    with pytest.raises(ValidationError, match="frozen"):
        params.encoder.stride = 0


def test_a_file_is_named_when_it_does_not_exist(tmp_path):
    with pytest.raises(ParamsError, match=r"nowhere\.yaml does not exist"):
        load_params(tmp_path / "nowhere.yaml")


def test_a_configuration_takes_new_values_and_keeps_the_others():
    defaults = parse_params(SHIPPED, PATH).training.defaults
    found = defaults.with_values({"batch_size": 4, "pooling": "cls"})
    assert found.model_dump() == {**defaults.model_dump(), "batch_size": 4, "pooling": "cls"}


@pytest.mark.parametrize("values", [{"batch_size": 0}, {"epochs": 3}], ids=["out of range", "unknown"])
def test_a_configuration_refuses_values_that_it_may_not_take(values):
    with pytest.raises(ValidationError):
        parse_params(SHIPPED, PATH).training.defaults.with_values(values)
