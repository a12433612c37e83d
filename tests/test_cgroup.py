"""What control groups grant: their files' parser on recorded texts and folders, and that the pool keeps to it."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

import pytest
from fresh import python

from pydl import _C

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="cgroups are Linux's")


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("max 100000\n", 0),
        ("150000 100000\n", 1.5),
        ("400000 100000", 4),
        ("50000 100000\n", 0.5),
        ("100000 50000\n", 2),
        ("", 0),
        ("\n", 0),
        ("max", 0),
        ("150000", 0),
        ("150000 0\n", 0),
        ("0 100000\n", 0),
        ("-1 100000\n", 0),
        ("150000 -100000\n", 0),
        ("-150000 -100000\n", 0),
        ("garbage", 0),
        ("100000 garbage", 0),
        ("nan 100000", 0),
        ("inf 100000", 0),
        ("1e308 1e-308", 0),
        ("\0\xff", 0),
        ("9" * 400 + " 100000", 0),
    ],
)
def test_cpu_max(text: str, cores: float) -> None:
    assert _C.parse_cpu_max(text) == cores


@pytest.mark.parametrize(
    ("quota", "period", "cores"),
    [
        ("-1\n", "100000\n", 0),
        ("150000\n", "100000\n", 1.5),
        ("200000", "100000", 2),
        ("0\n", "100000\n", 0),
        ("", "", 0),
        ("150000\n", "", 0),
        ("", "100000\n", 0),
        ("-200000", "100000", 0),
        ("x", "100000", 0),
        ("100000", "0", 0),
        ("100000", "-100000", 0),
    ],
)
def test_cfs_quota(quota: str, period: str, cores: float) -> None:
    assert _C.parse_cfs_quota(quota, period) == cores


def record(root: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(root)


GROUP = "proc/self/cgroup"
V1 = "12:memory:/docker/ab\n4:cpu,cpuacct:/docker/ab\n1:name=systemd:/docker/ab\n0::/docker/ab\n"
RECORDED = {
    "nothing there": ({}, 0),
    "v2, no limit": ({GROUP: "0::/user.slice\n", "sys/fs/cgroup/user.slice/cpu.max": "max 100000\n"}, 0),
    "v2, own group": ({GROUP: "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "250000 100000\n"}, 2.5),
    "v2, the group above": (
        {GROUP: "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "max 100000\n", "sys/fs/cgroup/a/cpu.max": "150000 100000\n"},
        1.5,
    ),
    "v2, the smallest of all": (
        {
            GROUP: "0::/a/b\n",
            "sys/fs/cgroup/a/b/cpu.max": "300000 100000\n",
            "sys/fs/cgroup/a/cpu.max": "100000 100000\n",
            "sys/fs/cgroup/cpu.max": "200000 100000\n",
        },
        1,
    ),
    "v2, in a container": ({GROUP: "0::/\n", "sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1.5),
    "v2, a path from outside the container": (
        {GROUP: "0::/../../x\n", "sys/fs/cgroup/cpu.max": "150000 100000\n"},
        1.5,
    ),
    "v1": (
        {
            GROUP: V1,
            "sys/fs/cgroup/cpu,cpuacct/docker/ab/cpu.cfs_quota_us": "350000\n",
            "sys/fs/cgroup/cpu,cpuacct/docker/ab/cpu.cfs_period_us": "100000\n",
        },
        3.5,
    ),
    "v1, no limit": (
        {
            GROUP: V1,
            "sys/fs/cgroup/cpu,cpuacct/docker/ab/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu,cpuacct/docker/ab/cpu.cfs_period_us": "100000\n",
        },
        0,
    ),
    "v1, in a container": (
        {
            GROUP: V1,
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "150000\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        },
        1.5,
    ),
    "v1, cpuset is not cpu": (
        {
            GROUP: "5:cpuset:/\n",
            "sys/fs/cgroup/cpuset/cpu.cfs_quota_us": "100000",
            "sys/fs/cgroup/cpuset/cpu.cfs_period_us": "100000",
        },
        0,
    ),
    "both versions": (
        {
            GROUP: V1,
            "sys/fs/cgroup/unified/docker/cpu.max": "200000 100000\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "150000\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        },
        1.5,
    ),
    "garbage": ({GROUP: "no colons\n:\n::\n\0\n0::no slash\n", "sys/fs/cgroup/cpu.max": "garbage"}, 0),
}


@linux
@pytest.mark.parametrize("name", RECORDED)
def test_quota_of_recorded_files(name: str, tmp_path: Path) -> None:
    files, cores = RECORDED[name]
    assert _C.cgroup_cores(record(tmp_path, files)) == cores


@linux
def test_the_quota_of_this_machine_is_honoured() -> None:
    """The default is the mask, capped by the quota; 0.25 of a core is not worth a thread."""
    quota = _C.cgroup_cores("")
    mask = len(os.sched_getaffinity(0))
    expected = mask if quota == 0 else max(1, min(mask, math.ceil(quota - 0.25)))
    out = python("import pydl; print(pydl.get_num_threads(), pydl._C.threads_reason())")
    assert out.split()[0] == str(expected)
    assert ("no cgroup quota" if quota == 0 else "cgroup quota") in out
