"""Corpus folders as batches, loaded once a process.

Owns the way from folders to padded batches and the per-process store of it. Does not define targets or batches.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.errors import CorpusError
from redsm5_hpo.params import Architecture, EncoderParams
from redsm5_hpo.training.batches import BatchMaker
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.model import tokenizers
from redsm5_hpo.training.windows import WindowSet, make_windows


@dataclass(frozen=True)
class PartData:
    """One part, or several joined, ready to train or validate on."""

    examples: tuple[Example, ...]
    windows: WindowSet
    batches: BatchMaker


@functools.lru_cache(maxsize=8)
def load_parts(
    parts: tuple[Path, ...], architecture: Architecture, encoder: EncoderParams, compute: Compute
) -> PartData:
    """The examples of corpus folders, tokenised; raises CorpusError when they hold none for the architecture."""
    found = [example for part in parts for example in examples(Corpus.load(part), architecture)]
    if not found:
        raise CorpusError(
            f"no {'annotated sentence' if architecture == 'criteria' else 'pair'} to learn {architecture} from",
            got=", ".join(map(str, parts)),
            remedy="see metrics/prepare.json and metrics/split.json for what was left out",
        )
    return make_part(found, architecture, encoder, compute)


def make_part(
    found: Sequence[Example], architecture: Architecture, encoder: EncoderParams, compute: Compute
) -> PartData:
    """Examples, tokenised and ready to batch."""
    sides = tokenizers(architecture, encoder)
    windows = make_windows(found, sides, encoder.max_length, encoder.stride)
    pads = [int(side.pad_token_id) for side in sides]
    return PartData(tuple(found), windows, BatchMaker(windows, (pads[0], pads[-1]), compute.device))
