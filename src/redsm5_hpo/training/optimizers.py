"""The optimizer of a fit.

Owns the parameter groups (heads learn faster, lower layers slower, biases and norms do not decay) and the optimizers.
To add one, add it to OPTIMIZERS here, and its name and values to params/configuration.py. Its step must read nothing
but tensors, the learning rates among them, since a GPU repeats it as a graph.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from torch import nn, optim

from redsm5_hpo.params import Configuration
from redsm5_hpo.training.adafactor import Adafactor

Group = dict[str, Any]
Maker = Callable[[list[Group], Configuration], optim.Optimizer]

_LAYER = re.compile(r"encoders\.(\d+)\..*\blayers?\.(\d+)\.")
_ABOVE_LAYERS = re.compile(r"encoders\.\d+\.final_norm\.")  # of ModernBERT


def make_optimizer(model: nn.Module, configuration: Configuration) -> optim.Optimizer:
    """The configuration's optimizer over the parameters that require gradients."""
    return OPTIMIZERS[configuration.optimizer](_groups(model, configuration), configuration)


def _adamw(groups: list[Group], configuration: Configuration) -> optim.Optimizer:
    betas = (configuration.adamw_beta1, configuration.adamw_beta2)
    capturable = groups[0]["params"][0].is_cuda
    return optim.AdamW(groups, betas=betas, eps=configuration.adamw_epsilon, fused=True, capturable=capturable)


def _adafactor(groups: list[Group], configuration: Configuration) -> optim.Optimizer:
    return Adafactor(groups, beta2_decay=configuration.adafactor_beta2_decay)


def _lion(groups: list[Group], configuration: Configuration) -> optim.Optimizer:
    # Imported here because the library imports more than a hundred optimizers.
    from pytorch_optimizer import Lion

    optimizer: optim.Optimizer = Lion(groups, betas=(configuration.lion_beta1, configuration.lion_beta2))
    return optimizer


OPTIMIZERS: Final[Mapping[str, Maker]] = {"adamw": _adamw, "adafactor": _adafactor, "lion": _lion}


def _groups(model: nn.Module, configuration: Configuration) -> list[Group]:
    """Parameters by learning rate and weight decay."""
    distances = _distances_from_top(model)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            if name in distances:
                rate = _of_encoder(name, configuration) * configuration.layer_decay ** distances[name]
            else:
                rate = configuration.learning_rate * configuration.head_learning_rate_factor
            decay = configuration.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(parameter)
    return [{"params": group, "lr": rate, "weight_decay": decay} for (rate, decay), group in groups.items()]


def _of_encoder(name: str, configuration: Configuration) -> float:
    """The learning rate of the encoder that a weight is in; only joint has two, the criteria encoder last."""
    return configuration.learning_rate if _encoder(name) == "0" else configuration.criteria_learning_rate


def _distances_from_top(model: nn.Module) -> dict[str, int]:
    """How many layers are above each of the encoders' parameters (Howard and Ruder 2018, section 3.2).

    Parameters outside the layers, such as the embeddings, count as below the lowest layer.
    """
    names = [name for name, _ in model.named_parameters() if name.startswith("encoders.")]
    layers = {name: int(match[2]) for name in names if (match := _LAYER.match(name))}
    tops: dict[str, int] = {}
    for name, layer in layers.items():
        tops[_encoder(name)] = max(layer, tops.get(_encoder(name), -1))
    below = {name: tops.get(_encoder(name), -1) - layers.get(name, -1) for name in names}
    return {name: 0 if _ABOVE_LAYERS.match(name) else distance for name, distance in below.items()}


def _encoder(name: str) -> str:
    return name.split(".")[1]
