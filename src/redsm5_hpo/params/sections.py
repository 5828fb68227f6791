"""The sections of params.yaml, one class each."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from redsm5_hpo.params.base import Architecture, Positive, Real, Section, Seed, Whole
from redsm5_hpo.params.configuration import Configuration
from redsm5_hpo.params.space import SearchedSpace


class DataParams(Section):
    """Which corpus, and how pairs and spans are made of it."""

    source: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]
    seed: Seed
    absent_pairs_per_post: Annotated[Whole, Field(ge=0)]
    alignment_threshold: Annotated[Real, Field(gt=0, le=100)]
    excluded_labels: tuple[str, ...]


class SplitParams(Section):
    """How posts are dealt to train, val and test."""

    seed: Seed
    val_share: Annotated[Real, Field(gt=0, lt=1)]
    test_share: Annotated[Real, Field(gt=0, lt=1)]
    near_duplicate_threshold: Annotated[Real, Field(gt=0, le=1)]
    quoted_words: Annotated[Whole, Field(ge=5)] | None

    @model_validator(mode="after")
    def _train_remains(self) -> Self:
        if self.val_share + self.test_share >= 1:
            raise ValueError(f"val_share + test_share is {self.val_share + self.test_share:g} and leaves no train part")
        return self


class EncoderParams(Section):
    """The pretrained encoder and how much text it sees at once."""

    name: Annotated[str, Field(min_length=1)]
    criteria_name: str | None
    max_length: Annotated[Whole, Field(ge=16)]
    stride: Annotated[Whole, Field(ge=0)]

    @model_validator(mode="after")
    def _windows_advance(self) -> Self:
        if self.stride * 2 > self.max_length:
            raise ValueError(f"stride {self.stride} is more than half of max_length {self.max_length}")
        return self

    def of(self, configuration: Configuration) -> "EncoderParams":
        """The encoder of a configuration, whose nulls stand for what is said here."""
        asked = {"name": configuration.encoder, "max_length": configuration.max_length, "stride": configuration.stride}
        values = {name: value for name, value in asked.items() if value is not None}
        return EncoderParams.model_validate({**self.model_dump(), **values}) if values else self

    def resolve(self, configuration: Configuration) -> Configuration:
        """The same configuration with what its nulls stand for."""
        encoder = self.of(configuration)
        return configuration.model_copy(
            update={
                "encoder": encoder.name,
                "max_length": encoder.max_length,
                "stride": encoder.stride,
                "attention_dropout": configuration.dropout_of_attention,
                "head_dropout": configuration.dropout_of_heads,
            }
        )


class TrainingParams(Section):
    """What every fit has in common, and the default configuration.

    Attributes:
        fit_minutes: a fit that takes longer has failed; null for no limit. Decides no number of one that does not, so
            that no study is told by it from another.
    """

    precision: Literal["auto", "bf16", "fp32"]
    patience_epochs: Positive
    eval_batch_size: Positive
    fit_minutes: Annotated[Real, Field(gt=0)] | None
    freeze_word_embeddings: bool
    defaults: Configuration

    @property
    def fit_seconds(self) -> float | None:
        """fit_minutes in seconds."""
        return None if self.fit_minutes is None else 60 * self.fit_minutes


class PruningParams(Section):
    """When a trial that does worse than the median is ended."""

    startup_trials: Annotated[Whole, Field(ge=0)]
    warmup_epochs: Annotated[Whole, Field(ge=0)]
    fold_p: Annotated[Real, Field(ge=0, le=1)]


class Budget(Section):
    """How much one search stage may train."""

    trials: Positive
    epochs: Positive


class RefinedBudget(Budget):
    """The fine search's budget, and how its space is narrowed."""

    top_share: Annotated[Real, Field(gt=0, le=1)]
    margin: Annotated[Real, Field(ge=0)]


class HpoParams(Section):
    """The multi-stage search."""

    seed: Seed
    window: Positive
    folds: Positive
    pruning: PruningParams
    space: SearchedSpace
    s0: Budget
    s1: Budget
    s2: RefinedBudget


class SelectParams(Section):
    """How the best trials of a search and the default configuration are compared before one is shipped."""

    seed: Seed
    top: Positive
    folds: Annotated[Whole, Field(ge=2)]
    runs: Annotated[Whole, Field(ge=2)]

    @model_validator(mode="after")
    def _a_run_for_each_fold_at_most(self) -> Self:
        if self.runs > self.folds:
            raise ValueError(f"runs {self.runs} is more than folds {self.folds}: each fold is held out once at most")
        return self


class RefitParams(Section):
    """The final fits of the winning configuration."""

    seeds: Annotated[tuple[Seed, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds repeat: {list(self.seeds)}")
        return self


class EvaluateParams(Section):
    """How results are reported."""

    seed: Seed
    low_support: Positive


class Params(Section):
    """All of params.yaml."""

    architectures: Annotated[tuple[Architecture, ...], Field(min_length=1)]
    data: DataParams
    split: SplitParams
    encoder: EncoderParams
    training: TrainingParams
    hpo: HpoParams
    select: SelectParams
    refit: RefitParams
    evaluate: EvaluateParams
