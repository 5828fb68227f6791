"""The configuration: the values that a search may vary."""

from typing import Annotated, Literal

from pydantic import Field

from redsm5_hpo.params.base import Positive, Real, Scalar, Section, Share, Whole


class Configuration(Section):
    """The values a search may vary; one point of the space, the rest taken from the defaults."""

    learning_rate: Annotated[Real, Field(gt=0, le=1)]
    head_learning_rate_factor: Annotated[Real, Field(gt=0, le=1000)]
    weight_decay: Annotated[Real, Field(ge=0, le=1)]
    batch_size: Positive
    warmup_ratio: Share
    schedule: Literal["linear", "cosine", "constant"]
    clip_norm: Annotated[Real, Field(gt=0)]
    frozen_layers: Annotated[Whole, Field(ge=0)]
    dropout: Annotated[Real, Field(ge=0, lt=1)]
    pooling: Literal["cls", "mean", "max", "attention"]
    head_layers: Annotated[Whole, Field(ge=1, le=4)]
    head_hidden_size: Positive
    head_activation: Literal["gelu", "relu", "silu"]
    status_weight: Annotated[Real, Field(gt=0, lt=1)]

    def with_values(self, values: dict[str, Scalar]) -> "Configuration":
        """This configuration with some values replaced; raises pydantic's ValidationError for a bad one."""
        return Configuration.model_validate({**self.model_dump(), **values})
