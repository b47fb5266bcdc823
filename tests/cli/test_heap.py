"""What a large block took is given back, although something small was kept after it."""

from __future__ import annotations

import subprocess
import sys

RESIDENT = """
import sys
from pathlib import Path
from scim_operator.cli.heap import give_back_large_blocks

def resident():
    line = next(each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmRSS"))
    return int(line.split()[1]) << 10

if sys.argv[1] == "asked":
    give_back_large_blocks()
block = b"x" * (24 << 20)
del block  # glibc takes blocks of this size from the heap from now on
before, kept = resident(), []
for _ in range(4):
    block = b"x" * (8 << 20)
    kept.append(b"y" * 100_000)
    del block
print(resident() - before)
"""


def left(how: str) -> int:
    """Return how many bytes are left in a fresh process."""
    shown = subprocess.run([sys.executable, "-c", RESIDENT, how], capture_output=True, text=True, check=True).stdout
    return int(shown)


def test_large_blocks_are_given_back() -> None:
    assert left("asked") < 4 << 20 < left("as it is")
