"""Files: reading is bounded and never waits, and what we write only its owner may read."""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

OWNER_ALONE = 0o600


class NotRead(OSError):  # noqa: N818 - as the errors of errors.py
    """A file that is not read or written; `strerror` says why and what to do."""

    def __init__(self, why: str) -> None:
        super().__init__(0, why)


def read_regular(path: Path, most: int) -> bytes:
    """Return the bytes of a regular file. Errors: OSError; NotRead for any other kind, and for more than `most` bytes.

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
    """Return the bytes of a file or pipe that a person named on the command line. Errors: as above."""
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
    """Return a bound as messages write it."""
    return f"{bytes >> 20} MiB" if bytes >= 1 << 20 else f"{bytes >> 10} KiB"


def write_private(path: Path, body: bytes) -> None:
    """Write a file that its owner alone may read, whole or not at all, in place of what stands there. Errors: OSError.

    A link that stands there is replaced, and not followed: in a shared directory anyone may have planned for the name.
    What is under /dev, as standard output, is written to as it is.
    """
    if path.parts[:2] == (os.sep, "dev"):
        path.write_bytes(body)
        return
    if os.path.lexists(path) and not path.is_symlink() and not path.is_file():
        raise NotRead("it exists and is not a file")
    made = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, OWNER_ALONE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), OWNER_ALONE)  # regardless of the umask
            file.write(body)
        made.replace(path)
    except BaseException:
        made.unlink()
        raise
