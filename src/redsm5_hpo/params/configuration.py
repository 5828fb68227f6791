"""The configuration: the values of one fit, which a search can vary."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.params.base import Positive, Real, Scalar, Section, Share, Whole
from redsm5_hpo.params.encoder_ranges import suited_ranges

Momentum = Annotated[Real, Field(ge=0, lt=1)]
Dropout = Annotated[Real, Field(ge=0, lt=1)]


class Windows(Section):
    """The windows of tokens that a text is split into.

    Attributes:
        attention: what a token attends to: its own sentence, or the criterion it is in, or the whole window.
    """

    max_length: Annotated[Whole, Field(ge=16)]
    stride: Annotated[Whole, Field(ge=0)]
    attention: Literal["sentences", "window"]

    @model_validator(mode="after")
    def _stride_fits(self) -> Self:
        if self.stride * 2 > self.max_length:
            raise ValueError(f"stride {self.stride} is more than half of max_length {self.max_length}")
        return self


class EncoderParams(Windows):
    """The pretrained encoder and its windows.

    Attributes:
        name: a name of the registry, a local directory, or ORG/NAME[@REVISION] of the hub.
        criteria_name: another criteria encoder of joint; null for the same one.
    """

    name: Annotated[str, Field(min_length=1)]
    criteria_name: str | None

    def names(self, architecture: Architecture) -> tuple[str, ...]:
        """The encoders of an architecture: the evidence encoder, then joint's criteria encoder."""
        return (self.name, self.criteria_name or self.name)[: TASKS[architecture].encoders]


class FineTuning(Section):
    """Which weights of the encoder are trained."""

    tie_encoders: bool
    frozen_layers: Annotated[Whole, Field(ge=0)]
    reinitialized_layers: Annotated[Whole, Field(ge=0)]
    adapter: Literal["none", "lora"]
    lora_rank: Positive
    lora_alpha: Annotated[Real, Field(gt=0)]
    lora_target_modules: Literal["query_value", "attention", "all_linear"]


class Heads(Section):
    """The heads on the encoder, and the dropouts. A null dropout means the value of `dropout`."""

    dropout: Dropout
    attention_dropout: Dropout | None
    head_dropout: Dropout | None
    pooling: Literal["sentences", "cls", "mean", "max", "attention"]
    span_head: Literal["runs", "tokens"]
    max_evidence_sentences: Annotated[Whole, Field(ge=1, le=5)]
    head_layers: Annotated[Whole, Field(ge=1, le=4)]
    head_hidden_size: Positive
    head_activation: Literal["gelu", "relu", "silu"]
    fusion: Literal["gated", "concat", "film"]


class Optimization(Section):
    """Optimizer, learning rates and learning-rate scheduler.

    Attributes:
        learning_rate_factor: the learning rate divided by the encoder's own, which it then replaces; null: it is
            learning_rate.
    """

    learning_rate: Annotated[Real, Field(gt=0, le=1)]
    learning_rate_factor: Annotated[Real, Field(gt=0, le=1000)] | None
    head_learning_rate_factor: Annotated[Real, Field(gt=0, le=1000)]
    layer_decay: Annotated[Real, Field(gt=0, le=1)]
    weight_decay: Annotated[Real, Field(ge=0, le=1)]
    batch_size: Positive
    gradient_accumulation_steps: Positive
    max_grad_norm: Annotated[Real, Field(gt=0)]
    optimizer: Literal["adamw", "adafactor", "lion"]
    adamw_beta1: Momentum
    adamw_beta2: Momentum
    adamw_epsilon: Annotated[Real, Field(gt=0)]
    adafactor_beta2_decay: Annotated[Real, Field(lt=0)]
    lion_beta1: Momentum
    lion_beta2: Momentum
    lr_scheduler: Literal["linear", "cosine", "constant", "cosine_restarts", "polynomial", "one_cycle"]
    warmup_ratio: Share
    lr_scheduler_cycles: Positive
    lr_scheduler_power: Annotated[Real, Field(gt=0)]


class TrainingExamples(Section):
    """What a fit is trained on besides the examples that are scored."""

    train_on_sentences: bool


class Losses(Section):
    """The loss."""

    loss: Literal["cross_entropy", "label_smoothing", "focal"]
    label_smoothing: Annotated[Real, Field(ge=0, lt=1)]
    focal_gamma: Annotated[Real, Field(ge=0)]
    class_weight: Literal["none", "balanced"]
    status_weight: Annotated[Real, Field(gt=0, lt=1)]


class DefaultValues(FineTuning, Heads, Optimization, TrainingExamples, Losses):
    """`training.defaults`: the default configuration without the encoder, which the section `encoder` sets."""


class Configuration(Windows, DefaultValues):
    """All values of one fit: the default configuration, or a trial's params completed by it.

    Attributes:
        encoder: a name of the registry, a local directory, or ORG/NAME[@REVISION] of the hub.
        criteria_encoder: another criteria encoder of joint; None for the same one.
    """

    encoder: Annotated[str, Field(min_length=1)]
    criteria_encoder: str | None

    def with_values(self, values: Mapping[str, Scalar]) -> "Configuration":
        """This configuration with some values replaced; raises pydantic's ValidationError for an invalid one.

        A learning_rate_factor, given or kept, replaces the learning rate, unless `values` has another.
        """
        kept = {"learning_rate_factor": None} if "learning_rate" in values else {}
        found = Configuration.model_validate({**self.model_dump(), **kept, **values})
        if found.learning_rate_factor is None:
            return found
        own = suited_ranges(found.encoder)[0].learning_rate
        return found.model_copy(update={"learning_rate": found.learning_rate_factor * own})

    @property
    def encoder_params(self) -> EncoderParams:
        """The encoder and its windows."""
        windows = {name: getattr(self, name) for name in Windows.model_fields}
        return EncoderParams(name=self.encoder, criteria_name=self.criteria_encoder, **windows)

    @property
    def criteria_learning_rate(self) -> float:
        """The learning rate of joint's criteria encoder, of another one in proportion to what suits both."""
        if self.criteria_encoder in (None, self.encoder):
            return self.learning_rate
        suited = suited_ranges(str(self.criteria_encoder))[0], suited_ranges(self.encoder)[0]
        return self.learning_rate * (suited[0].learning_rate / suited[1].learning_rate)

    @property
    def dropout_of_attention(self) -> float:
        """Dropout of the attention weights."""
        return self.dropout if self.attention_dropout is None else self.attention_dropout

    @property
    def dropout_of_heads(self) -> float:
        """Dropout before each layer of a head."""
        return self.dropout if self.head_dropout is None else self.head_dropout

    def without_nulls(self) -> "Configuration":
        """The same configuration with each null replaced by the value that it means."""
        factor = self.learning_rate_factor or self.learning_rate / suited_ranges(self.encoder)[0].learning_rate
        dropouts = {"attention_dropout": self.dropout_of_attention, "head_dropout": self.dropout_of_heads}
        others = {"learning_rate_factor": factor, "criteria_encoder": self.criteria_encoder or self.encoder}
        return self.model_copy(update={**dropouts, **others})
