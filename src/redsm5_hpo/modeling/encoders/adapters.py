"""Low-rank adapters of an encoder (Hu et al. 2022), through peft.

Owns which linear maps are adapted, what they come to with their adapters, and taking the adapters out again by adding
their product to the weights. Does not train. peft is imported when it is used, since it takes as long as everything
else together.
"""

import copy
from typing import Any, Final, cast

from torch import Tensor, nn
from transformers import PreTrainedModel

# The names of all families; an encoder has some of them.
_TARGETS: Final[dict[str, str | list[str]]] = {
    "query_value": ["query", "value", "query_proj", "value_proj"],
    "attention": ["query", "key", "value", "query_proj", "key_proj", "value_proj", "attention.output.dense"],
    "all_linear": "all-linear",
}


def add_lora(encoder: PreTrainedModel, *, rank: int, alpha: float, targets: str) -> None:
    """Add adapters in place and freeze everything else; W x becomes W x + alpha / rank * B A x.

    A is drawn from torch's generator and B is 0, so that a fresh adapter changes nothing.
    """
    from peft import LoraConfig, inject_adapter_in_model

    inject_adapter_in_model(LoraConfig(r=rank, lora_alpha=alpha, target_modules=_TARGETS[targets]), encoder)


def matrix_of(linear: nn.Module) -> Tensor:
    """The matrix W of a linear map, (out, in), to which an adapter's product is added."""
    if isinstance(linear, nn.Linear):
        return linear.weight
    adapted = cast(Any, linear)
    matrix: Tensor = adapted.weight + sum(adapted.get_delta_weight(name) for name in adapted.active_adapters)
    return matrix


def without_lora(encoder: PreTrainedModel) -> PreTrainedModel:
    """An encoder of plain linear maps that computes the same; the encoder itself where it has no adapters."""
    if not any(".lora_A." in name for name, _ in encoder.named_parameters()):
        return encoder
    from peft.tuners.lora import LoraLayer

    merged = copy.deepcopy(encoder)
    for name, module in list(merged.named_modules()):
        if isinstance(module, LoraLayer):
            module.merge()
            merged.set_submodule(name, module.get_base_layer())
    return merged
