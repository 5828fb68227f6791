"""Kernels that are faster on a CPU than PyTorch's own; other code imports this module, not the modules in it.

Owns the switch. Without dropout, the results are equal to PyTorch's within rounding. The top layer's kernel runs on
every device, the others only on a CPU.
"""

from torch import nn

from redsm5_hpo.modeling.cpu.attention import CPU_ATTENTION
from redsm5_hpo.modeling.cpu.dropout import CpuDropout, replace_dropout
from redsm5_hpo.modeling.cpu.top_layer import first_token_state
from redsm5_hpo.modeling.encoders import Attention

__all__ = ["CPU_ATTENTION", "ENABLED", "CpuDropout", "cpu_attention", "first_token_state", "use_cpu_dropout"]

ENABLED = True  # False: SDPA, nn.Dropout and the whole highest layer


def cpu_attention() -> Attention:
    """The attention to load encoders with on a CPU."""
    return CPU_ATTENTION if ENABLED else "sdpa"


def use_cpu_dropout(model: nn.Module) -> None:
    """Replace every nn.Dropout below `model`, in place."""
    if ENABLED:
        replace_dropout(model)
