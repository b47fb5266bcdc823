"""The memory limit of the container, as the kernel says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.kube.memory_limit import memory_limit

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20

# file, what it says, the limit, why
FILES = [
    ("memory.max", "536870912\n", 512 * MIB, "version 2"),
    ("memory.max", "max\n", None, "version 2 without a limit"),
    ("memory/memory.limit_in_bytes", "536870912\n", 512 * MIB, "version 1"),
    ("memory/memory.limit_in_bytes", "9223372036854771712\n", None, "version 1 without a limit"),
    ("memory.max", "\xb5", None, "no text"),
    ("memory.max", "9" * 5_000, None, "more digits than Python reads"),
    ("other", "1", None, "neither"),
]


@pytest.mark.parametrize(("name", "text", "limit", "why"), FILES)
def test_the_limit_is_read_where_the_kernel_says_it(
    tmp_path: Path, name: str, text: str, limit: int | None, why: str
) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="latin-1")
    assert memory_limit(tmp_path) == limit, why
