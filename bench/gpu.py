"""This project's search on one GPU beside the fastest of transformers.Trainer's fp32, tf32 and bf16.

usage: PYTHONPATH=src python bench/gpu.py [--splits data/splits] [--sizes base minilm] [--rows 0] [--workers 1 2 4]
An encoder of random weights in BERT-base's or MiniLM's shape, all layers trained, batches of 16; needs no network.
Prints a table of seconds a trial, one row for each number of workers, and writes --json anew after each row. A fit may
allocate 16 GiB, or less, so that the fits of the most workers have their memory; numbers of workers for which that is
too little are left out. Trainer runs one trial after another, so fewer of its trials are measured. Without a GPU it
measures the processor, and says so. Not part of `make test`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
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
# Of a GPU's memory, in GiB: what a fit may allocate as in params.yaml, what BERT-base needs (it holds 3.3), and CUDA's
# context of each process.
_BUDGET, _ENOUGH, _CONTEXT = 16.0, 4.0, 1.0
Row = dict[str, Any]


def main() -> None:
    """Measure all sizes and architectures, and print the table."""
    options = _parse()
    os.environ["CUDA_VISIBLE_DEVICES"] = first_gpu(os.environ.get("CUDA_VISIBLE_DEVICES"))
    rows: list[Row] = []
    print(f"{device()}: {options.trials} trials of {options.epochs} epochs; seconds a trial")
    if torch.cuda.is_available():
        _fit_into_gpu(options)
    names = (("workers", 8), ("ours", 8), ("Trainer", 9), ("in", 6), ("ratio", 7), ("step ms", 9), ("kernels", 9))
    print(" " * 16 + "".join(name.rjust(width) for name, width in (*names, ("launches", 10))))
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            encoder = random_encoder(Path(folder), size)
            for architecture in options.architectures:
                for row in _measured(size, architecture, encoder, options):
                    rows.append(row)
                    _write(rows, options.json)


def first_gpu(visible: str | None) -> str:
    """CUDA_VISIBLE_DEVICES with the first of its GPUs alone: Trainer cuts its batches for all that it sees."""
    return "0" if visible is None else visible.partition(",")[0]


def random_encoder(folder: Path, size: str) -> Path:
    """A BERT of random weights with the packaged encoder's tokenizer."""
    tokenizer = load_tokenizer(encoder_directory("minilm_l6"))
    torch.manual_seed(0)
    BertModel(BertConfig(vocab_size=len(tokenizer), **SHAPES[size])).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def fitting(workers: list[int], gpu_gib: float) -> tuple[list[int], float]:
    """The numbers of workers whose fits have enough of a GPU's memory, and the budget in GiB of every fit.

    One worker is not left out: its fits are computed in smaller micro-batches.
    """
    kept = [count for count in workers if count == 1 or gpu_gib / count - _CONTEXT >= _ENOUGH]
    if not kept:
        raise SystemExit(f"{gpu_gib:.0f} GiB are too little for {min(workers)} workers: measure fewer with --workers")
    return kept, min(_BUDGET, int(10 * (gpu_gib / max(kept) - _CONTEXT)) / 10)


def precisions() -> tuple[str, ...]:
    """Those of Trainer that are compared; GPUs have tf32 and bf16 from the same generation on."""
    if not torch.cuda.is_available():
        return "fp32", "bf16"
    return ("fp32", "tf32", "bf16") if torch.cuda.is_bf16_supported(including_emulation=False) else ("fp32",)


def device() -> str:
    """What is measured."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "a processor, not a GPU"


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--architectures", nargs="+", choices=("criteria", "evidence"), default=["criteria", "evidence"]
    )
    parser.add_argument("--splits", type=Path, default=HERE.parent / "data/splits")
    parser.add_argument("--sizes", nargs="+", choices=SHAPES, default=["base", "minilm"])
    parser.add_argument("--rows", type=int, default=0, help="train on about so many rows; 0 means all")
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--trainer-trials", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--max-length", type=int, default=192)
    parser.set_defaults(gpu_memory_gb=_BUDGET)
    parser.add_argument("--json", type=Path, default=HERE.parent / ".bench/gpu.json")
    return parser.parse_args()


def _fit_into_gpu(options: argparse.Namespace) -> None:
    """Leave out numbers of workers, and set the budget of a fit, by the GPU's memory; both are said."""
    gib = torch.cuda.get_device_properties(0).total_memory / 2**30
    kept, options.gpu_memory_gb = fitting(options.workers, gib)
    for count in options.workers:
        if count not in kept:
            print(f"{count} workers are left out: each would have less than {_ENOUGH:g} of {gib:.0f} GiB")
    options.workers = kept
    print(f"a fit may allocate {options.gpu_memory_gb:g} GiB of the GPU")


def _write(rows: list[Row], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"device": device(), "rows": rows}, indent=1) + "\n", encoding="utf-8")


def _measured(size: str, architecture: str, encoder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """One row for each number of workers."""
    common = _common(architecture, encoder, options)
    without = {"step_ms": 0.0, "kernels_ms": 0.0, "launches": 0.0}
    step = _run("gpu_step.py", *common)[0] if torch.cuda.is_available() else without
    trainers = _run("peer.py", *common, "--trials", str(options.trainer_trials), "--precisions", *precisions())
    fastest = min(trainers, key=lambda found: found["seconds"])
    trainer_s = fastest["seconds"] / options.trainer_trials
    for workers in options.workers:
        ours = _ours(common, workers, options)
        row = {"size": size, "architecture": architecture, "workers": workers, **step, "records": ours["records"]}
        row |= {"ours_s": ours["seconds"] / options.trials, "trainer_s": trainer_s, "trainers": trainers}
        row |= {"trainer_precision": fastest["precision"], "ratio": trainer_s / row["ours_s"]}
        _print(row)
        yield row


def _common(architecture: str, encoder: Path, options: argparse.Namespace) -> list[str]:
    shared = ("splits", "rows", "epochs", "gpu_memory_gb")
    named = ((f"--{name.replace('_', '-')}", str(getattr(options, name))) for name in shared)
    common = [architecture, *(word for pair in named for word in pair)]
    return [*common, "--encoder", str(encoder), "--max-length", str(options.max_length), "--all-layers"]


def _ours(common: list[str], workers: int, options: argparse.Namespace) -> Row:
    # As many trials at once for any number of workers: it decides which trials are sampled.
    values = {"trials": options.trials, "concurrent": max(options.workers), "workers": workers}
    return _run("ours.py", *common, *(word for name, value in values.items() for word in (f"--{name}", str(value))))[0]


def _run(script: str, *arguments: str) -> list[Row]:
    command = [sys.executable, str(HERE / script), *arguments]
    found = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 (our own)
    if found.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{found.stderr}")
    return [json.loads(line) for line in found.stdout.splitlines() if line.startswith('{"')]


def _print(row: Row) -> None:
    print(
        f"{row['size']:7}{row['architecture']:9}{row['workers']:8}{row['ours_s']:8.2f}{row['trainer_s']:9.2f}"
        f"{row['trainer_precision']:>6}{row['ratio']:7.2f}{row['step_ms']:9.2f}{row['kernels_ms']:9.2f}"
        f"{row['launches']:10.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
