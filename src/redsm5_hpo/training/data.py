"""Portions of a corpus as batches, loaded once a process.

Owns the way from posts to padded batches and the per-process store of it. A portion is a choice among the windows of
whole folders, so that what is computed of a folder serves all portions of it. Does not define targets or batches.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.errors import CorpusError
from redsm5_hpo.params import Architecture, EncoderParams
from redsm5_hpo.training.batches import BatchMaker
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.model import tokenizers
from redsm5_hpo.training.windows import WindowSet, joined_windows, make_windows


@dataclass(frozen=True)
class PartData:
    """Examples, ready to train or validate on."""

    examples: tuple[Example, ...]
    windows: WindowSet
    batches: BatchMaker


@dataclass(frozen=True)
class PortionData(PartData):
    """A portion of some folders.

    Attributes:
        folders: all windows of each of its folders.
        chosen: (W,) which of their windows are the portion's, counted through all folders.
    """

    folders: tuple[BatchMaker, ...]
    chosen: NDArray[np.int64]


@functools.lru_cache(maxsize=8)
def load_portion(portion: Portion, architecture: Architecture, encoder: EncoderParams, compute: Compute) -> PortionData:
    """The examples of a portion, tokenised; raises CorpusError when it holds none for the architecture."""
    loaded = (_load_folder(folder, architecture, encoder, compute) for folder in portion.folders)
    parts = [part for part in loaded if part is not None]
    found = [example for part in parts for example in part.examples]
    kept = np.array([portion.post_ids is None or example.post_id in portion.post_ids for example in found], dtype=bool)
    if not kept.any():
        raise CorpusError(
            f"no {'annotated sentence' if architecture == 'criteria' else 'pair'} to learn {architecture} from",
            got=str(portion),
            remedy="see metrics/prepare.json and metrics/split.json for what was left out",
        )
    whole = joined_windows([part.windows for part in parts], [len(part.examples) for part in parts])
    windows = whole if kept.all() else whole.of_examples(kept)
    return PortionData(
        tuple(example for example, here in zip(found, kept, strict=True) if here),
        windows,
        _batches(windows, architecture, encoder, compute),
        tuple(part.batches for part in parts),
        np.flatnonzero(kept[whole.tokens.example]),
    )


def make_part(
    found: Sequence[Example], architecture: Architecture, encoder: EncoderParams, compute: Compute
) -> PartData:
    """Examples, tokenised and ready to batch."""
    windows = make_windows(found, tokenizers(architecture, encoder), encoder.max_length, encoder.stride)
    return PartData(tuple(found), windows, _batches(windows, architecture, encoder, compute))


@functools.lru_cache(maxsize=8)
def _load_folder(folder: Path, architecture: Architecture, encoder: EncoderParams, compute: Compute) -> PartData | None:
    found = examples(Portion((folder,)).load(), architecture)
    return make_part(found, architecture, encoder, compute) if found else None


def _batches(windows: WindowSet, architecture: Architecture, encoder: EncoderParams, compute: Compute) -> BatchMaker:
    pads = [int(side.pad_token_id) for side in tokenizers(architecture, encoder)]
    return BatchMaker(windows, (pads[0], pads[-1]), compute.device)
