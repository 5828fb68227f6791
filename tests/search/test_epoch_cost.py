"""The computed cost of an epoch."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from redsm5_hpo.core.seeding import generator
from redsm5_hpo.corpus.portions import Fold, Portion
from redsm5_hpo.modeling.encoders import load_encoder
from redsm5_hpo.search.epoch_cost import EncoderSize, EpochCost, encoder_sizes, epoch_cost
from redsm5_hpo.training.data.dataset import load_portion
from redsm5_hpo.training.device import choose_compute
from tests.search.conftest import DEFAULTS
from tests.training.builders import learnable_corpus

SIZES = {"small": EncoderSize(6, 384), "large": EncoderSize(24, 1024)}
TEXTS = np.array([[40, 40], [200, 4000]])  # ten and ten tokens of criterion, fifty and a thousand of text
NONE = np.zeros((2, 0), dtype=np.int64)
HERE = DEFAULTS.with_values({"encoder": "small", "frozen_layers": 0, "max_length": 113, "stride": 20})
COST = EpochCost("share", TEXTS, TEXTS[:, :1], TEXTS[:, :1], SIZES)
JOINT = EpochCost("joint", TEXTS, TEXTS[:, :1], TEXTS[:, :1], SIZES)


def test_it_is_the_formula() -> None:
    # Text of 50 tokens in one window; of 1,000 in 13: 100 of the first, then 80 more of each.
    train, val = 63 + 1000 + 12 * 20 + 13 * 13, 63
    assert COST(HERE) == 384**2 * (train * (7 + 2 * 7) + val * 7)


CHANGES = {
    "frozen layers": {"frozen_layers": 4},
    "all layers frozen": {"frozen_layers": 6},
    "adapters": {"adapter": "lora"},
    "longer windows": {"max_length": 500},
}


@pytest.mark.parametrize("values", CHANGES.values(), ids=CHANGES)
def test_what_saves_work_costs_less(values: dict[str, int | str]) -> None:
    assert 0 < COST(HERE.with_values(values)) < COST(HERE)


def test_a_larger_encoder_costs_more_in_proportion_to_its_weights() -> None:
    ratio = COST(HERE.with_values({"encoder": "large"})) / COST(HERE)
    assert ratio == pytest.approx(25 * 1024**2 / (7 * 384**2))


def test_annotated_sentences_cost_what_they_add() -> None:
    with_sentences = COST(HERE.with_values({"train_on_sentences": True}))
    assert with_sentences - COST(HERE) == 384**2 * 63 * (7 + 2 * 7)


def test_joint_costs_both_encoders_unless_they_are_tied() -> None:
    both = HERE.with_values({"criteria_encoder": "large"})
    assert JOINT(HERE) == 2 * COST(HERE)
    assert JOINT(HERE.with_values({"tie_encoders": True})) == COST(HERE)
    assert JOINT(both) == COST(HERE) + COST(HERE.with_values({"encoder": "large"}))


def test_it_is_a_whole_number_whatever_the_data() -> None:
    empty = EpochCost("share", TEXTS, NONE, NONE, SIZES)
    assert type(empty(HERE)) is int


def test_the_sizes_are_those_of_the_encoders(tiny: dict[str, Path]) -> None:
    (size,) = encoder_sizes([str(tiny["bert"])]).values()
    encoder = load_encoder(tiny["bert"], "eager")
    assert size == EncoderSize(encoder.config.num_hidden_layers, encoder.config.hidden_size)


def test_tokens_are_counted_as_windows_of_the_data(
    tiny: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    learnable_corpus(16).save(tmp_path / "train")
    portion, name = Portion((tmp_path / "train",)), str(tiny["bert"])
    configuration = DEFAULTS.with_values({"encoder": name, "max_length": 64, "stride": 16, "frozen_layers": 0})
    cost = epoch_cost("criteria", Fold(portion, portion), {name: EncoderSize(1, 1)})
    batches = load_portion(portion, "criteria", configuration.encoder_params, choose_compute("fp32")).batches
    tokens = sum(map(len, (side.input_ids for side in batches.sides)))
    assert cost(configuration) / (2 + 4 + 2) == pytest.approx(tokens, rel=0.5)  # tiny tokens are words


def test_layers_cost_what_their_products_do() -> None:
    # A forward pass of one layer is 2 * 12 * width squared operations a token, attention's own products apart.
    width, tokens = 128, 8
    layer = torch.nn.TransformerEncoderLayer(width, 4, 4 * width, batch_first=True)
    states = torch.from_numpy(generator(1, "states").normal(size=(1, tokens, width)).astype("float32"))
    with FlopCounterMode(display=False) as counter:
        layer(states.requires_grad_()).sum().backward()
    forward = 2 * 12 * width**2 * tokens
    assert counter.get_total_flops() == pytest.approx(3 * forward, rel=0.1)
