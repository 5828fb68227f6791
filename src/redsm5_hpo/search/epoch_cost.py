"""What an epoch of a configuration costs, computed from the configuration and the data: no clock, no machine.

Owns the formula, which need not be exact: it decides in which order trials end in the order by cost, and what is wrong
about it costs time alone. Does not tokenize: a study has too many pairs of tokenizer and window.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.corpus.examples import Example, examples, sentences_as_pairs
from redsm5_hpo.corpus.portions import Fold
from redsm5_hpo.params import Configuration

_CHARACTERS_A_TOKEN = 4  # 4.06 in the demo corpus with MiniLM's tokenizer
_SPECIAL_TOKENS = 3  # of a window with criterion and text
_LEAST_TEXT = 4  # at least a quarter of a window is text (modeling/encoders/tokenization.py)

# The values of a configuration that the formula reads.
COSTLY = frozenset(
    (
        "encoder",
        "criteria_encoder",
        "tie_encoders",
        "max_length",
        "stride",
        "frozen_layers",
        "adapter",
        "train_on_sentences",
    )
)

Texts = NDArray[np.int64]  # (2, N): the length of each example's criterion and text, in characters


@dataclass(frozen=True)
class EncoderSize:
    """The size of an encoder: its layers, and the width of their states."""

    layers: int
    width: int


@dataclass(frozen=True)
class EpochCost:
    """The cost of one epoch, training and validation.

    A token's pass through a layer costs its matrix products, proportional to the square of the width (attention's own
    products are left out), and twice as much again backward: 2 N operations forward and 4 N backward for N weights, N
    being 12 times layers times width squared (Kaplan et al. 2020, section 2.1). So an encoder costs

        width² * (train tokens * (layers + 2 * layers that learn) + validation tokens * layers)

    where adapters save the weights' half of the way back, and embeddings and heads count as one layer that learns.
    Frozen layers count in every epoch, cached or not.

    Attributes:
        train: the lengths of the examples to train on.
        sentences: the lengths of the annotated sentences that a configuration may train on besides.
        val: the lengths of the examples to validate on.
        encoders: the sizes of all encoders that a configuration may have, by name.
    """

    architecture: Architecture
    train: Texts
    sentences: Texts
    val: Texts
    encoders: Mapping[str, EncoderSize]

    def __call__(self, configuration: Configuration) -> int:
        """The cost of an epoch; a whole number above 0, so that sums are exact."""
        train, sentences, val = (_tokens(texts, configuration) for texts in (self.train, self.sentences, self.val))
        train += sentences if configuration.train_on_sentences else 0
        names = configuration.encoder_params.names(self.architecture)
        sides = [self.encoders[name] for name in (names[:1] if configuration.tie_encoders else names)]
        backward = 1 if configuration.adapter == "lora" else 2
        return sum(
            size.width**2
            * (train * (size.layers + 1 + backward * _learning(size, configuration)) + val * (size.layers + 1))
            for size in sides
        )


def epoch_cost(architecture: Architecture, fold: Fold, encoders: Mapping[str, EncoderSize]) -> EpochCost:
    """The cost of epochs on a fold; all folds of a search cost about the same."""
    train, val = fold.train.load(), fold.held_out.load()
    sentences = sentences_as_pairs(train) if TASKS[architecture].unit == "pair" else []
    texts = _lengths(examples(train, architecture)), _lengths(sentences), _lengths(examples(val, architecture))
    return EpochCost(architecture, *texts, encoders)


def encoder_sizes(names: Iterable[str]) -> dict[str, EncoderSize]:
    """The sizes of encoders by name, from their configurations. Runs in a worker: it imports transformers."""
    from redsm5_hpo.modeling.encoders import encoder_directory
    from redsm5_hpo.modeling.encoders.families import load_config

    found = {name: load_config(encoder_directory(name, verify=False)) for name in names}
    return {name: EncoderSize(int(each.num_hidden_layers), int(each.hidden_size)) for name, each in found.items()}


def _learning(size: EncoderSize, configuration: Configuration) -> int:
    return max(0, size.layers - configuration.frozen_layers) + 1


def _tokens(texts: Texts, configuration: Configuration) -> int:
    """About how many tokens the windows of all examples have."""
    criterion, text = -(-texts // _CHARACTERS_A_TOKEN)
    beside = criterion + _SPECIAL_TOKENS
    least = max(configuration.max_length // _LEAST_TEXT, configuration.stride + 1)
    room = np.maximum(least, configuration.max_length - beside)
    more = np.maximum(0, -(-(text - room) // (room - configuration.stride)))  # windows beside the first
    return int((text + beside + more * (beside + configuration.stride)).sum())


def _lengths(examples: Iterable[Example]) -> Texts:
    found = [(len(example.criterion), len(example.text)) for example in examples]
    return np.array(found, dtype=np.int64).reshape(-1, 2).T
