"""The model of this machine's processor: another one rounds differently.

Owns where its name is found.
"""

import platform
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
_NAMES = ("model name", "CPU part")  # x86; ARM


def processor_model() -> str:
    """The model, such as `Intel(R) Xeon(R) Gold 6330 CPU @ 2.00GHz`; empty where it is unknown."""
    try:
        lines = CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return platform.processor()
    values = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return next((values[name] for name in _NAMES if name in values), platform.processor())
