"""Workers follow the memory of the machine and of a container."""

from types import SimpleNamespace

import psutil
import pytest

from redsm5_hpo.core.files import write_text
from redsm5_hpo.execution import cgroups
from redsm5_hpo.execution.usable_memory import usable_memory

AVAILABLE = 16_000
UNLIMITED = 9223372036854771712  # what version 1 says for no limit
V1 = "4:memory:/docker/abc\n1:cpu:/\n"
# /proc/self/cgroup, files below /sys/fs/cgroup, bytes
LIMITS = {
    "no cgroups": (None, {}, AVAILABLE),
    "no files": ("0::/\n", {}, AVAILABLE),
    "no limit": ("0::/\n", {"memory.max": "max\n", "memory.current": "100\n"}, AVAILABLE),
    "a limit": ("0::/\n", {"memory.max": "4000\n", "memory.current": "1000\n"}, 3000),
    "files in memory can be dropped": (
        "0::/\n",
        {
            "memory.max": "4000",
            "memory.current": "3000",
            "memory.stat": "anon 500\nfile 2500\nshmem 100\ninactive_file 1500\nactive_file 900\n",
        },
        3400,
    ),
    "more than the machine has": ("0::/\n", {"memory.max": "99000", "memory.current": "1"}, AVAILABLE),
    "more used than allowed": ("0::/\n", {"memory.max": "4000", "memory.current": "5000"}, 0),
    "its own group": ("0::/a/b\n", {"a/b/memory.max": "4000", "a/b/memory.current": "1000"}, 3000),
    "the group around it": ("0::/a/b\n", {"a/memory.max": "5000", "a/memory.current": "1000"}, 4000),
    "a neighbor's": ("0::/a/b\n", {"a/c/memory.max": "4000", "a/c/memory.current": "1"}, AVAILABLE),
    "a container that sees the host's path": (
        "0::/docker/abc\n",
        {"memory.max": "4000", "memory.current": "1000"},
        3000,
    ),
    "damaged": ("0::/\n", {"memory.max": "much", "memory.current": "1000"}, AVAILABLE),
    "damaged statistics": (
        "0::/\n",
        {"memory.max": "4000", "memory.current": "1000", "memory.stat": "\nactive_file\nactive_file x\n"},
        3000,
    ),
    "version 1": (
        V1,
        {
            "memory/memory.limit_in_bytes": "4000",
            "memory/memory.usage_in_bytes": "2000",
            "memory/memory.stat": "inactive_file 7\ntotal_inactive_file 500\n",
        },
        2500,
    ),
    "version 1, no limit": (
        V1,
        {"memory/memory.limit_in_bytes": str(UNLIMITED), "memory/memory.usage_in_bytes": "2000"},
        AVAILABLE,
    ),
}


@pytest.mark.parametrize(("own", "files", "expected"), LIMITS.values(), ids=LIMITS)
def test_memory_is_at_most_what_the_limits_leave(tmp_path, monkeypatch, own, files, expected):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=AVAILABLE))
    monkeypatch.setattr(cgroups, "CGROUPS", tmp_path / "sys")
    monkeypatch.setattr(cgroups, "OWN_CGROUPS", tmp_path / "own")
    if own is not None:
        write_text(tmp_path / "own", own)
    for name, content in files.items():
        write_text(tmp_path / "sys" / name, content)
    assert usable_memory() == expected
