"""The model of this machine's processor: another one rounds differently.

Owns where its name is found, and which environment variables make it compute as another one does.
"""

import os
import platform
from collections.abc import Iterable
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
# Of oneDNN, MKL and torch: they take other instructions or precisions than the processor's best.
FORCING = (
    "ONEDNN_MAX_CPU_ISA",
    "DNNL_MAX_CPU_ISA",
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "DNNL_DEFAULT_FPMATH_MODE",
    "MKL_ENABLE_INSTRUCTIONS",
    "MKL_CBWR",
    "ATEN_CPU_CAPABILITY",
)
_NAMES = ("model name", "CPU part")  # x86; ARM


def processor_model() -> str:
    """The model, such as `Intel(R) Xeon(R) Gold 6330 CPU @ 2.00GHz`, and the variables that force its instructions.

    Empty where it is unknown and none is set.
    """
    return with_forcing(_model(), FORCING)


def with_forcing(model: str, names: Iterable[str]) -> str:
    """A model, and those of the environment variables that are set."""
    return " ".join([model, *(f"{name}={os.environ[name]}" for name in names if os.environ.get(name))]).strip()


def _model() -> str:
    try:
        lines = CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return platform.processor()
    values = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return next((values[name] for name in _NAMES if name in values), platform.processor())
