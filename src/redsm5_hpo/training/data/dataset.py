"""Portions of a corpus as batches, loaded once in each process.

Owns the steps from posts to padded batches, and each process's cache of them. A portion selects windows of whole
folders, so that all portions of a folder share its tokens and cached activations. Does not define targets or batches.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.core.layout import PREPARE_METRICS, SPLIT_METRICS
from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.corpus.examples import Example, examples, sentences_as_pairs
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.params import Configuration, EncoderParams
from redsm5_hpo.training.data.collate import BatchMaker
from redsm5_hpo.training.data.windows import WindowSet, joined_windows, make_windows
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.fit_spec import FitSpec
from redsm5_hpo.training.model import tokenizers


@dataclass(frozen=True)
class Dataset:
    """Examples, their windows and their batches."""

    examples: tuple[Example, ...]
    windows: WindowSet
    batches: BatchMaker


@dataclass(frozen=True)
class PortionDataset(Dataset):
    """A portion of some folders.

    Attributes:
        folders: the batches of all windows of each folder.
        selected: (W,) the portion's windows, as positions among those of all folders.
    """

    folders: tuple[BatchMaker, ...]
    selected: NDArray[np.int64]


@functools.lru_cache(maxsize=8)
def load_portion(
    portion: Portion,
    architecture: Architecture,
    encoder: EncoderParams,
    compute: Compute,
    *,
    sentences_too: bool = False,
) -> PortionDataset:
    """The examples of a portion, tokenized; raises CorpusError if it has none for the architecture.

    Args:
        sentences_too: whether the annotated sentences follow the pairs, as texts of their own. They are kept apart from
            the folders' pairs, so that a fit without them shares the pairs' tokens and activations.
    """
    kinds = (False, True) if sentences_too and TASKS[architecture].unit == "pair" else (False,)
    loaded = (
        _load_folder(folder, architecture, encoder, compute, sentences=kind)
        for kind in kinds
        for folder in portion.folders
    )
    folders = [folder for folder in loaded if folder is not None]
    found = [example for folder in folders for example in folder.examples]
    post_ids = portion.post_ids
    selected = np.array([post_ids is None or example.post_id in post_ids for example in found], dtype=bool)
    if not selected.any():
        raise CorpusError(
            f"no {TASKS[architecture].unit} to train {architecture} on",
            got=str(portion),
            allowed="at least one",
            remedy=f"see {PREPARE_METRICS} and {SPLIT_METRICS} for what was left out",
        )
    whole = joined_windows([folder.windows for folder in folders], [len(folder.examples) for folder in folders])
    windows = whole if selected.all() else whole.of_examples(selected)
    return PortionDataset(
        tuple(compress(found, selected)),
        windows,
        _batches(windows, architecture, encoder, compute),
        tuple(folder.batches for folder in folders),
        np.flatnonzero(selected[whole.tokens.example]),
    )


def load_train(spec: FitSpec, configuration: Configuration, compute: Compute) -> PortionDataset:
    """What a configuration trains on; raises CorpusError as load_portion does."""
    too = configuration.train_on_sentences
    return load_portion(spec.train, spec.architecture, configuration.encoder_params, compute, sentences_too=too)


def make_dataset(
    found: Sequence[Example],
    architecture: Architecture,
    encoder: EncoderParams,
    compute: Compute,
    *,
    cached: bool = True,
) -> Dataset:
    """The dataset of some examples, tokenized; `cached` as in make_windows."""
    sides = tokenizers(architecture, encoder)
    windows = make_windows(found, sides, encoder.max_length, encoder.stride, cached=cached)
    return Dataset(tuple(found), windows, _batches(windows, architecture, encoder, compute))


@functools.lru_cache(maxsize=8)
def _load_folder(
    folder: Path, architecture: Architecture, encoder: EncoderParams, compute: Compute, *, sentences: bool
) -> Dataset | None:
    corpus = Portion((folder,)).load()
    found = sentences_as_pairs(corpus) if sentences else examples(corpus, architecture)
    return make_dataset(found, architecture, encoder, compute) if found else None


def _batches(windows: WindowSet, architecture: Architecture, encoder: EncoderParams, compute: Compute) -> BatchMaker:
    pads = [int(side.pad_token_id) for side in tokenizers(architecture, encoder)]
    isolated = encoder.attention == "sentences"
    return BatchMaker(windows, (pads[0], pads[-1]), compute.device, isolated=isolated)
