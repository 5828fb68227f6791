"""What both sides of a comparison have in common: rows, encoder, frozen layers, batch size, dropout and epochs.

Owns the command line of one side and the subset of the corpus. Does not train or time.
"""

import argparse
from pathlib import Path

from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.modeling.encoders import encoder_directory, layer_count
from redsm5_hpo.params import Configuration, EncoderParams, known_architecture, load_params
from redsm5_hpo.training.fit_spec import FitSpec

ROOT = Path(__file__).parents[1]
# What Trainer has too; nothing ends early.
_SAME = {"batch_size": 16, "dropout": 0.1, "head_layers": 1}
_NEVER = 10**6


def portion_options(description: str | None) -> argparse.ArgumentParser:
    """The options of every script that trains on a portion of a corpus."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("architecture", type=known_architecture)
    parser.add_argument("--splits", type=Path, default=ROOT / "data/splits")
    parser.add_argument("--rows", type=int, default=0, help="train on about so many rows; 0 means all")
    return parser


def parse(description: str | None) -> argparse.Namespace:
    """The options of one side of a comparison."""
    parser = portion_options(description)
    parser.add_argument("--encoder", default="minilm_l6")
    parser.add_argument("--max-length", type=int, default=192)
    parser.add_argument("--trials", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--concurrent", type=int, default=2, help="this project's trials that may run at once")
    parser.add_argument(
        "--precisions", choices=("fp32", "tf32", "bf16"), nargs="+", default=["fp32"], help="of Trainer"
    )
    parser.add_argument("--gpu-memory-gb", type=float, help="of a GPU for a fit; by default as in params.yaml")
    parser.add_argument("--pooling", default="cls", help="of this project's status head; Trainer has its own")
    parser.add_argument("--all-layers", action="store_true", help="train the lower half of the layers, too")
    options = parser.parse_args()
    options.splits = options.splits.resolve()  # a side may change its working directory
    return options


def fit_settings(options: argparse.Namespace, val_rows: int | None = None) -> tuple[FitSpec, Configuration]:
    """The spec and the configuration of a comparison's fits, as in params.yaml where Trainer has no such setting.

    val is cut to `val_rows`, 0 for all; None for an eighth of the rows trained on.
    """
    params = load_params(ROOT / "params.yaml")
    encoder = EncoderParams(
        name=options.encoder,
        criteria_name=None,
        max_length=options.max_length,
        stride=options.max_length // 4,
        attention="window",  # as in Trainer
    )
    frozen = 0 if options.all_layers else layer_count(encoder_directory(options.encoder)) // 2
    defaults = params.model_copy(update={"encoder": encoder}).default_configuration
    configuration = defaults.with_values({**_SAME, "pooling": options.pooling, "frozen_layers": frozen})
    changed: dict[str, object] = {"freeze_word_embeddings": not options.all_layers, "early_stopping_patience": _NEVER}
    if options.gpu_memory_gb is not None:
        changed["gpu_memory_gb"] = options.gpu_memory_gb
    training = params.training.model_copy(update=changed)
    train = cut(Portion((options.splits / "train",)), options.architecture, options.rows)
    val = cut(
        Portion((options.splits / "val",)), options.architecture, options.rows // 8 if val_rows is None else val_rows
    )
    return FitSpec(options.architecture, training, options.epochs, train, val), configuration


def cut(portion: Portion, architecture: Architecture, rows: int) -> Portion:
    """The first posts that together have `rows` rows; all for 0."""
    if not rows:
        return portion
    kept: list[str] = []
    for example in examples(portion.load(), architecture):
        kept.append(example.post_id)
        if len(kept) >= rows:
            break
    return Portion(portion.folders, frozenset(kept))


def alone(portion: Portion, folder: Path) -> Portion:
    """The same posts as a corpus of their own: the activations of a folder are computed for all its posts."""
    portion.load().save(folder)
    return Portion((folder,))
