"""The sections of params.yaml, one class per section."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.params.base import Order, Positive, Real, Section, Seed, Whole
from redsm5_hpo.params.configuration import Configuration, DefaultValues, EncoderParams, Windows
from redsm5_hpo.params.encoder_ranges import with_encoder_ranges
from redsm5_hpo.params.space import SearchedSpace


class DataParams(Section):
    """Which corpus is read, and how pairs and spans are made from it."""

    source: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]
    seed: Seed
    absent_pairs_per_post: Annotated[Whole, Field(ge=0)]
    alignment_threshold: Annotated[Real, Field(gt=0, le=100)]
    excluded_labels: tuple[str, ...]


class SplitParams(Section):
    """How posts are assigned to train, val and test.

    Attributes:
        ids_name_authors: whether a post_id is AUTHOR_POST, so that the posts of an author can stay together.
    """

    seed: Seed
    val_size: Annotated[Real, Field(gt=0, lt=1)]
    test_size: Annotated[Real, Field(gt=0, lt=1)]
    near_duplicate_threshold: Annotated[Real, Field(gt=0, le=1)]
    quoted_words: Annotated[Whole, Field(ge=5)] | None
    ids_name_authors: bool

    @model_validator(mode="after")
    def _train_remains(self) -> Self:
        if self.val_size + self.test_size >= 1:
            raise ValueError(f"val_size + test_size is {self.val_size + self.test_size:g} and leaves no train split")
        return self


class TrainingParams(Section):
    """The settings that all fits share, and the default configuration.

    Attributes:
        fit_timeout_minutes: a longer fit fails; null for no timeout. It does not change the results of a faster fit,
            so it is not in a study's fingerprint: with a longer one a study goes on before the first trial that failed.
        gpu_memory_gb: the most GiB of a GPU's memory that a fit may allocate; null for all but 2. A fit that needs
            more is computed in smaller micro-batches, so it may change results.
    """

    precision: Literal["auto", "bf16", "fp32"]
    early_stopping_patience: Positive
    eval_batch_size: Positive
    fit_timeout_minutes: Annotated[Real, Field(gt=0, le=1e8)] | None  # more is too much for the system's timers
    gpu_memory_gb: Annotated[Real, Field(gt=0)] | None
    freeze_word_embeddings: bool
    defaults: DefaultValues

    @property
    def fit_timeout_seconds(self) -> float | None:
        """fit_timeout_minutes in seconds."""
        return None if self.fit_timeout_minutes is None else 60 * self.fit_timeout_minutes


class MedianPruning(Section):
    """Optuna's MedianPruner: a trial is pruned if its best epoch is below the median of other trials."""

    startup_trials: Annotated[Whole, Field(ge=0)]
    warmup_epochs: Annotated[Whole, Field(ge=0)]


class PruningParams(MedianPruning):
    """As MedianPruning; with folds Optuna's WilcoxonPruner prunes."""

    p_threshold: Annotated[Real, Field(ge=0, le=1)]


class Budget(Section):
    """The number of trials of a search stage, and of the epochs of a trial."""

    trials: Positive
    epochs: Positive


class NarrowedBudget(Budget):
    """The budget of hpo_s2, and how its search space is narrowed."""

    top_fraction: Annotated[Real, Field(gt=0, le=1)]
    margin: Annotated[Real, Field(ge=0)]


class HpoParams(Section):
    """The multi-stage search."""

    seed: Seed
    max_concurrent_trials: Positive
    order: Order
    folds: Positive
    pruning: PruningParams
    space: SearchedSpace
    s0: Budget
    s1: Budget
    s2: NarrowedBudget


class SelectParams(Section):
    """How a configuration is selected: the best trials and the default configuration are fitted again and compared."""

    seed: Seed
    top_k: Positive
    folds: Annotated[Whole, Field(ge=2)]
    runs: Annotated[Whole, Field(ge=2)]

    @model_validator(mode="after")
    def _one_run_per_fold(self) -> Self:
        if self.runs > self.folds:
            raise ValueError(f"runs {self.runs} is more than folds {self.folds}: each fold is held out at most once")
        return self


class RefitParams(Section):
    """The final fits of the selected configuration."""

    seeds: Annotated[tuple[Seed, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds repeat: {list(self.seeds)}")
        return self


class EvaluateParams(Section):
    """How the test evaluation is reported."""

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

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, values: object) -> object:
        return with_encoder_ranges(values) if isinstance(values, dict) else values

    @property
    def default_configuration(self) -> Configuration:
        """The default configuration: the encoder of `encoder` with the values of `training.defaults`."""
        encoder, values = self.encoder, self.training.defaults
        return Configuration(
            encoder=encoder.name,
            criteria_encoder=encoder.criteria_name,
            **{name: getattr(encoder, name) for name in Windows.model_fields},
            **values.model_dump(),
        ).with_values({})
