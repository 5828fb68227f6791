"""The configuration: the values that a search may vary."""

from typing import Annotated, Literal

from pydantic import Field

from redsm5_hpo.params.base import Positive, Real, Scalar, Section, Share, Whole

Momentum = Annotated[Real, Field(ge=0, lt=1)]
Dropout = Annotated[Real, Field(ge=0, lt=1)]


class EncoderConfiguration(Section):
    """The pretrained encoder: which one, what it sees, and how much of it learns. Null is what `encoder` says."""

    encoder: Annotated[str, Field(min_length=1)] | None
    max_length: Annotated[Whole, Field(ge=16)] | None
    stride: Annotated[Whole, Field(ge=0)] | None
    tie_encoders: bool
    frozen_layers: Annotated[Whole, Field(ge=0)]
    reinitialised_layers: Annotated[Whole, Field(ge=0)]
    adapter: Literal["none", "lora"]
    lora_rank: Positive
    lora_alpha: Annotated[Real, Field(gt=0)]
    lora_targets: Literal["query_value", "attention", "all_linear"]


class HeadConfiguration(Section):
    """What stands on the encoder, and the dropouts."""

    dropout: Dropout
    attention_dropout: Dropout | None
    head_dropout: Dropout | None
    pooling: Literal["cls", "mean", "max", "attention"]
    head_layers: Annotated[Whole, Field(ge=1, le=4)]
    head_hidden_size: Positive
    head_activation: Literal["gelu", "relu", "silu"]
    fusion: Literal["gated", "concat", "film"]


class OptimiserConfiguration(Section):
    """Steps, learning rates and their course."""

    learning_rate: Annotated[Real, Field(gt=0, le=1)]
    head_learning_rate_factor: Annotated[Real, Field(gt=0, le=1000)]
    layer_decay: Annotated[Real, Field(gt=0, le=1)]
    weight_decay: Annotated[Real, Field(ge=0, le=1)]
    batch_size: Positive
    gradient_accumulation: Positive
    clip_norm: Annotated[Real, Field(gt=0)]
    optimiser: Literal["adamw", "adafactor", "lion"]
    adamw_beta1: Momentum
    adamw_beta2: Momentum
    adamw_epsilon: Annotated[Real, Field(gt=0)]
    adafactor_beta2_decay: Annotated[Real, Field(lt=0)]
    adafactor_epsilon: Annotated[Real, Field(gt=0)]
    lion_beta1: Momentum
    lion_beta2: Momentum
    schedule: Literal["linear", "cosine", "constant", "cosine_restarts", "polynomial", "one_cycle"]
    warmup_ratio: Share
    schedule_cycles: Positive
    schedule_power: Annotated[Real, Field(gt=0)]


class LossConfiguration(Section):
    """What is minimised."""

    loss: Literal["cross_entropy", "label_smoothing", "focal"]
    label_smoothing: Annotated[Real, Field(ge=0, lt=1)]
    focal_gamma: Annotated[Real, Field(ge=0)]
    class_weights: Literal["none", "balanced"]
    status_weight: Annotated[Real, Field(gt=0, lt=1)]


class Configuration(EncoderConfiguration, HeadConfiguration, OptimiserConfiguration, LossConfiguration):
    """The values a search may vary; one point of the space, the rest taken from the defaults."""

    def with_values(self, values: dict[str, Scalar]) -> "Configuration":
        """This configuration with some values replaced; raises pydantic's ValidationError for a bad one."""
        return Configuration.model_validate({**self.model_dump(), **values})

    @property
    def dropout_of_attention(self) -> float:
        """Of the attention weights."""
        return self.dropout if self.attention_dropout is None else self.attention_dropout

    @property
    def dropout_of_heads(self) -> float:
        """Before each layer of a head."""
        return self.dropout if self.head_dropout is None else self.head_dropout
