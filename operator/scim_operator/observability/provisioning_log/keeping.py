"""Keeps the store's file, which holds personal data, readable by its owner alone, regardless of the umask."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from pathlib import Path

OWNER_ALONE = 0o600
_OTHERS = 0o077
_BESIDE = ("-wal", "-shm", "-journal")
"""Files that SQLite keeps beside its own; it gives them the same rights when it makes them."""


def keep_private(file: Path) -> None:
    """Make the file unless it is there, and take the rights of others from it and from what stands beside it.

    Errors: InvalidSpec for a link or a file of another account that others may read; OSError.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, OWNER_ALONE))
    _take_rights(file)
    for ending in _BESIDE:
        beside = file.with_name(file.name + ending)
        if os.path.lexists(beside):
            _take_rights(beside)


def _take_rights(file: Path) -> None:
    found = file.lstat()
    ours = found.st_uid == os.geteuid()
    if not stat.S_ISREG(found.st_mode) or not (ours or os.geteuid() == 0 or not found.st_mode & 0o007):
        raise InvalidSpec(f"The log store {file} is a link, or of another account: give a file of our own.")
    if found.st_mode & _OTHERS:
        # The mount may have given rights to a volume's group; where we may not change them, they stay.
        with suppress(PermissionError):
            file.chmod(OWNER_ALONE)
