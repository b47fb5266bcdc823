"""The container's memory limit, past which the kernel kills it."""

from __future__ import annotations

from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
_FILES = ("memory.max", "memory/memory.limit_in_bytes")
"""The files of control groups version 2 and 1 (kernel documentation, cgroup-v2 and cgroup-v1/memory)."""
_UNLIMITED = 1 << 60
"""Version 1 writes a number near 2**63 where there is no limit."""
_DIGITS = 30
"""Digits that no limit has."""


def memory_limit(cgroups: Path = CGROUPS) -> int | None:
    """Return the limit in bytes, None where there is none or it cannot be read."""
    for name in _FILES:
        try:
            text = (cgroups / name).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        return int(text) if text.isdecimal() and len(text) < _DIGITS and int(text) < _UNLIMITED else None
    return None
