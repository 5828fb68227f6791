"""Workers follow the affinity and the CPU quota of a container."""

import os

import pytest

from redsm5_hpo.core.files import write_text
from redsm5_hpo.execution import cgroups
from redsm5_hpo.execution.usable_cores import usable_cores

CORES = 16
V1 = "4:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n1:name=systemd:/docker/abc\n0::/system.slice\n"
NO_QUOTA = {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}
# /proc/self/cgroup, files below /sys/fs/cgroup, cores
QUOTAS = {
    "no cgroups": (None, {}, CORES),
    "no files": ("0::/\n", {}, CORES),
    "no quota": ("0::/\n", {"cpu.max": "max 100000\n"}, CORES),
    "half a core": ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
    "a core and a half": ("0::/\n", {"cpu.max": "150000 100000\n"}, 2),
    "another period": ("0::/\n", {"cpu.max": "150000 50000\n"}, 3),
    "more than there are": ("0::/\n", {"cpu.max": "9900000 100000\n"}, CORES),
    "its own group": ("0::/a/b\n", {"a/b/cpu.max": "200000 100000\n"}, 2),
    "the group around it": ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "300000 100000\n"}, 3),
    "the smallest of both": ("0::/a/b\n", {"a/b/cpu.max": "400000 100000\n", "a/cpu.max": "300000 100000\n"}, 3),
    "a neighbor's": ("0::/a/b\n", {"a/c/cpu.max": "100000 100000\n"}, CORES),
    "a container that sees the host's path": ("0::/docker/abc\n", {"cpu.max": "100000 100000\n"}, 1),
    "damaged": ("0::/\n", {"cpu.max": "many\n"}, CORES),
    "empty": ("0::/\n", {"cpu.max": ""}, CORES),
    "a period of 0": ("0::/\n", {"cpu.max": "100000 0\n"}, CORES),
    "damaged list of groups": ("nonsense\n\n:\n", {"cpu.max": "max\n"}, CORES),
    "version 1, no quota": (V1, NO_QUOTA, CORES),
    "version 1": (V1, {**NO_QUOTA, "cpu/cpu.cfs_quota_us": "250000\n"}, 3),
    "version 1, its own group": (
        V1,
        {"cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "200000", "cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000"},
        2,
    ),
    "both versions": (V1, {"unified/system.slice/cpu.max": "100000 100000"}, 1),
}


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """A machine of 16 cores without a quota."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(CORES)), raising=False)
    monkeypatch.setattr(cgroups, "CGROUPS", tmp_path / "sys")
    monkeypatch.setattr(cgroups, "OWN_CGROUPS", tmp_path / "own")


@pytest.mark.parametrize(("own", "files", "expected"), QUOTAS.values(), ids=QUOTAS)
def test_cores_are_at_most_the_quota_rounded_up(tmp_path, own, files, expected):
    if own is not None:
        write_text(tmp_path / "own", own)
    for name, content in files.items():
        write_text(tmp_path / "sys" / name, content)
    assert usable_cores() == expected


@pytest.mark.parametrize(("count", "expected"), [(8, 8), (None, 1)])
def test_without_an_affinity_all_cores_count(monkeypatch, count, expected):
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    assert usable_cores() == expected
