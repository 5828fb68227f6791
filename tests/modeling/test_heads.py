"""The heads."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from redsm5_hpo.modeling.heads import make_head

ACTIVATIONS = {"gelu": nn.GELU, "relu": nn.ReLU, "silu": nn.SiLU}


def head(layers=1, activation="gelu", dropout=0.25):
    return make_head(6, layers=layers, hidden_size=4, activation=activation, dropout=dropout)


@pytest.mark.parametrize("layers", [1, 2, 3, 4])
def test_a_head_has_the_given_number_of_linear_layers(layers):
    sizes = [(module.in_features, module.out_features) for module in head(layers) if isinstance(module, nn.Linear)]
    widths = [6, *[4] * (layers - 1), 2]
    assert sizes == list(pairwise(widths))


@pytest.mark.parametrize(("name", "kind"), ACTIVATIONS.items(), ids=ACTIVATIONS)
def test_activations_are_only_between_linear_layers(name, kind):
    kinds = [type(module) for module in head(3, name) if not isinstance(module, nn.Dropout)]
    assert kinds == [nn.Linear, kind, nn.Linear, kind, nn.Linear]


def test_a_dropout_is_before_every_linear_layer():
    modules = list(head(3))
    before = [modules[index - 1] for index, module in enumerate(modules) if isinstance(module, nn.Linear)]
    assert [module.p for module in before] == [0.25] * 3


@pytest.mark.parametrize("leading", [(5,), (5, 7)], ids=["windows", "tokens"])
def test_a_head_gives_two_scores_to_every_state(leading):
    assert head()(torch.zeros(*leading, 6)).shape == (*leading, 2)
