"""Low-rank adapters of an encoder (Hu et al. 2022) with peft.

Owns which linear maps are adapted, and merging the adapters into the weights. Does not train. peft is imported when it
is used, since that takes as long as all other imports together.
"""

import copy
from typing import Any, Final, cast

from torch import Tensor, nn
from transformers import PreTrainedModel

_QUERY_VALUE = ["query", "value", "query_proj", "value_proj"]
# The names in all families; an encoder has some of them. ModernBERT has one matrix for query, key and value.
_TARGETS: Final[dict[str, str | list[str]]] = {
    "query_value": [*_QUERY_VALUE, "Wqkv"],
    "attention": [*_QUERY_VALUE, "key", "key_proj", "attention.output.dense", "Wqkv", "attn.Wo"],
    "all_linear": "all-linear",
}


def add_lora(encoder: PreTrainedModel, *, rank: int, alpha: float, targets: str) -> None:
    """Add adapters in place and freeze everything else; W x becomes W x + alpha / rank * B A x.

    A is drawn from torch's generator and B is 0: a new adapter does not change the output.
    """
    from peft import LoraConfig, inject_adapter_in_model

    inject_adapter_in_model(LoraConfig(r=rank, lora_alpha=alpha, target_modules=_TARGETS[targets]), encoder)


def remove_frozen_lora(encoder: PreTrainedModel) -> None:
    """Remove adapters that do not learn, in place: B is 0, so that nothing changes but the weights of frozen layers.

    With adapters, which are random, no two models would have frozen layers in common.
    """
    from peft.tuners.lora import LoraLayer

    for name, module in list(encoder.named_modules()):
        if isinstance(module, LoraLayer) and not any(weight.requires_grad for weight in module.parameters()):
            encoder.set_submodule(name, module.get_base_layer())


def matrix_of(linear: nn.Module) -> Tensor:
    """The matrix W of a linear map, (out, in), including the product of its adapters."""
    if isinstance(linear, nn.Linear):
        return linear.weight
    adapted = cast(Any, linear)
    matrix: Tensor = adapted.weight + sum(adapted.get_delta_weight(name) for name in adapted.active_adapters)
    return matrix


def without_lora(encoder: PreTrainedModel) -> PreTrainedModel:
    """A copy of an encoder with its adapters merged into the weights; the encoder itself if it has none."""
    if not any(".lora_A." in name for name, _ in encoder.named_parameters()):
        return encoder
    from peft.tuners.lora import LoraLayer

    merged = copy.deepcopy(encoder)
    for name, module in list(merged.named_modules()):
        if isinstance(module, LoraLayer):
            module.merge()
            merged.set_submodule(name, module.get_base_layer())
    return merged
