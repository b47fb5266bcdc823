"""Files that others wrote: read to a bound, never waited for, and never through a link that leads elsewhere."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class NotRead(OSError):  # noqa: N818 - as the errors of errors.py
    """A file that is not read; `strerror` says why and what to do."""

    def __init__(self, why: str) -> None:
        super().__init__(0, why)


def read_regular(path: Path, most: int) -> bytes:
    """The bytes of a regular file. Errors: OSError; NotRead for any other kind, and for more than `most` bytes.

    A pipe or a device is refused without being waited for: opening it does not block, and nothing is read of it.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotRead("it is not a regular file; remove it")
        return _read(descriptor, most)
    finally:
        os.close(descriptor)


def read_given(path: Path, most: int) -> bytes:
    """The bytes of what a person named on the command line, which may be a pipe of their shell. Errors: as above."""
    with path.open("rb", buffering=0) as opened:
        return _read(opened.fileno(), most)


def _read(descriptor: int, most: int) -> bytes:
    body = bytearray()
    while block := os.read(descriptor, min(1 << 20, most + 1 - len(body))):
        body += block
        if len(body) > most:
            raise NotRead(f"it is larger than {size(most)}; split it")
    return bytes(body)


def size(bytes: int) -> str:  # noqa: A002 - what it counts
    """A bound as messages write it."""
    return f"{bytes >> 20} MiB" if bytes >= 1 << 20 else f"{bytes >> 10} KiB"
