"""This project's search on one GPU beside the fastest of transformers.Trainer's fp32, tf32 and bf16.

usage: PYTHONPATH=src python bench/gpu.py [--splits data/splits] [--size base] [--rows 400] [--workers 1 2 4]
An encoder of random weights in BERT-base's or MiniLM's shape, all layers trained, batches of 16; needs no network.
Prints a table of wall-clock seconds and ratios, one row for each number of workers, and writes them to --json. Without
a GPU it measures the processor instead, and says so. Not part of `make test`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from transformers import BertConfig, BertModel

from redsm5_hpo.modeling.encoders import encoder_directory, load_tokenizer

HERE = Path(__file__).parent
SHAPES: dict[str, dict[str, int]] = {
    "base": {},
    "minilm": {"hidden_size": 384, "num_hidden_layers": 6, "intermediate_size": 1536},
    "toy": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64},
}


def main() -> None:
    """Measure all architectures and print the table."""
    options = _parse()
    with tempfile.TemporaryDirectory() as folder:
        encoder = random_encoder(Path(folder), options.size)
        rows = [row for architecture in options.architectures for row in _rows(architecture, encoder, options)]
    print(f"{options.size}, on {device()}: {options.trials} trials of {options.epochs} epochs, {options.rows} rows")
    print(f"{'architecture':14}{'workers':>8}{'ours s':>9}{'Trainer s':>11}{'in':>6}{'ratio':>7}{'best':>8}")
    for row in rows:
        print(
            f"{row['architecture']:14}{row['workers']:8}{row['ours_s']:9.1f}{row['trainer_s']:11.1f}"
            f"{row['trainer_precision']:>6}{row['ratio']:7.2f}{row['best']:8.4f}"
        )
    options.json.parent.mkdir(parents=True, exist_ok=True)
    found = {"device": device(), "size": options.size, "rows": rows}
    options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def random_encoder(folder: Path, size: str) -> Path:
    """A BERT of random weights with the packaged encoder's tokenizer."""
    tokenizer = load_tokenizer(encoder_directory("minilm_l6"))
    torch.manual_seed(0)
    BertModel(BertConfig(vocab_size=len(tokenizer), **SHAPES[size])).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def device() -> str:
    """What is measured."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "a processor, not a GPU"


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--architectures", nargs="+", choices=("criteria", "evidence"), default=["criteria", "evidence"]
    )
    parser.add_argument("--splits", type=Path, default=HERE.parent / "data/splits")
    parser.add_argument("--size", choices=SHAPES, default="base")
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--trials", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--max-length", type=int, default=192)
    parser.add_argument("--json", type=Path, default=HERE.parent / ".bench/gpu.json")
    return parser.parse_args()


def _rows(architecture: str, encoder: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    """One row for each number of workers."""
    precisions = ("fp32", "tf32", "bf16") if torch.cuda.is_available() else ("fp32", "bf16")
    trainers = {name: _run("peer.py", architecture, encoder, options, "--precision", name) for name in precisions}
    fastest = min(trainers, key=lambda name: trainers[name]["seconds"])
    seconds = trainers[fastest]["seconds"]
    rows = []
    for workers in options.workers:
        ours = _run("ours.py", architecture, encoder, options, "--workers", str(workers))
        rows.append(
            {
                "architecture": architecture,
                "workers": workers,
                "ours_s": ours["seconds"],
                "trainer_s": seconds,
                "trainer_precision": fastest,
                "ratio": round(seconds / ours["seconds"], 2),
                "best": ours["best"],
                "trainers": trainers,
            }
        )
    return rows


def _run(script: str, architecture: str, encoder: Path, options: argparse.Namespace, *own: str) -> dict[str, float]:
    shared = ("splits", "rows", "trials", "epochs")
    common = [word for name in shared for word in (f"--{name}", str(getattr(options, name)))]
    common += ["--encoder", str(encoder), "--max-length", str(options.max_length), "--all-layers"]
    # As many trials at once for any number of workers: it decides which trials are sampled.
    common += ["--concurrent", str(max(options.workers))]
    command = [sys.executable, str(HERE / script), architecture, *common, *own]
    found = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 (our own)
    values: dict[str, float] = json.loads(found.stdout.splitlines()[-1])
    return values


if __name__ == "__main__":
    main()
