"""Portions of a corpus as batches, loaded once a process.

Owns the way from posts to padded batches and the per-process store of it. Does not define targets or batches.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.errors import CorpusError
from redsm5_hpo.params import Architecture, EncoderParams
from redsm5_hpo.training.batches import BatchMaker
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.model import tokenizers
from redsm5_hpo.training.windows import WindowSet, make_windows


@dataclass(frozen=True)
class PartData:
    """A portion, ready to train or validate on."""

    examples: tuple[Example, ...]
    windows: WindowSet
    batches: BatchMaker


@functools.lru_cache(maxsize=8)
def load_portion(portion: Portion, architecture: Architecture, encoder: EncoderParams, compute: Compute) -> PartData:
    """The examples of a portion, tokenised; raises CorpusError when it holds none for the architecture."""
    found = examples(portion.load(), architecture)
    if not found:
        raise CorpusError(
            f"no {'annotated sentence' if architecture == 'criteria' else 'pair'} to learn {architecture} from",
            got=str(portion),
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
