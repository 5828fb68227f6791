"""How long one training step takes, with this project's dropout and attention and with the libraries' own.

usage: PYTHONPATH=src python bench/step.py [--batch 16] [--tokens 192] [--steps 8] [--precision auto]
Prints one JSON line a variant: the fastest step in seconds, tokens a second, and the share of the matrix rate measured
in the same run and precision. One thread, the memory settings of workers, the packaged encoder, dropout 0.1, no
gradient for the word embeddings.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable

import torch
from torch import nn
from transformers import PreTrainedModel

from redsm5_hpo.execution.forkserver import MALLOC
from redsm5_hpo.modeling.cpu import CPU_ATTENTION, use_cpu_dropout
from redsm5_hpo.modeling.encoders import Attention, encoder_directory, freeze, load_encoder, set_dropout
from redsm5_hpo.training.device import Compute, choose_compute, make_repeatable

VARIANTS: dict[str, tuple[Attention, bool]] = {
    "as it is": (CPU_ATTENTION, True),
    "torch's dropout": ("eager", False),
    "torch's dropout, SDPA": ("sdpa", False),
}


def fastest(action: Callable[[], object], repeats: int) -> float:
    """Seconds of the fastest of `repeats` calls, after a warm-up call."""
    action()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return min(times)


def make_step(
    attention: Attention, cpu_dropout: bool, compute: Compute, batch: int, tokens: int
) -> tuple[Callable[[], None], PreTrainedModel]:
    """One forward, backward, clip and update on random tokens, one row of them padded."""
    encoder = load_encoder(encoder_directory("minilm_l6"), attention).train()
    set_dropout(encoder, hidden=0.1, attention=0.1)
    freeze(encoder, layers=0, word_embeddings_too=True)
    if cpu_dropout:
        use_cpu_dropout(encoder)
    trained = [parameter for parameter in encoder.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-5, fused=True)
    ids, mask = torch.randint(1000, 20000, (batch, tokens)), torch.ones(batch, tokens, dtype=torch.long)
    mask[0, -5:] = 0

    def step() -> None:
        with compute.autocast():
            states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        states.float().square().mean().backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step, encoder


def flop(encoder: PreTrainedModel, batch: int, tokens: int) -> float:
    """Multiplications and additions of a step's matrix products: 6 a weight and token, and the attention's."""
    weights = sum(p.numel() for name, p in encoder.named_parameters() if p.ndim == 2 and "embeddings" not in name)
    config = encoder.config
    attention = 12 * config.num_hidden_layers * batch * tokens * tokens * config.hidden_size
    return 6 * weights * batch * tokens + attention


def main() -> None:
    """Measure all variants."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=192)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--precision", choices=("auto", "bf16", "fp32"), default="auto")
    options = parser.parse_args()
    if "GLIBC_TUNABLES" not in os.environ:  # read when a process starts: the workers' memory settings
        os.environ["GLIBC_TUNABLES"] = MALLOC
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606 (itself)
    make_repeatable()
    compute = choose_compute(options.precision)
    matrix = torch.randn(1024, 1024).to(torch.bfloat16 if compute.precision == "bf16" else torch.float32)
    rate = 2 * 1024**3 / fastest(lambda: matrix @ matrix, 20)
    for name, (attention, cpu_dropout) in VARIANTS.items():
        step, encoder = make_step(attention, cpu_dropout, compute, options.batch, options.tokens)
        seconds = fastest(step, options.steps)
        share = flop(encoder, options.batch, options.tokens) / seconds / rate
        row = {
            "variant": name,
            "step_s": round(seconds, 3),
            "tokens_per_s": round(options.batch * options.tokens / seconds),
        }
        print(json.dumps({**row, "precision": compute.precision, "share_of_rate": round(share, 2)}))


if __name__ == "__main__":
    main()
