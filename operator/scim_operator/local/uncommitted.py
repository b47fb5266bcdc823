"""Files of a directory that are not as the last commit has them. Git is not asked: its filters would run."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from scim_operator.local.files import read_regular
from scim_operator.local.history import is_counted
from scim_operator.local.manifests import MAX_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SHA1 = 40
"""Digits of an id, where it is no SHA-256."""


def uncommitted(directory: Path, tree: Mapping[str, str]) -> list[str]:
    """Return the paths that differ from a tree of ids, which are new, or are gone; sorted. Line ends may differ."""
    there = set(files_below(directory))
    different = {name for name in there if name not in tree or _differs(directory / name, tree[name])}
    return sorted(different | (tree.keys() - there))


def files_below(directory: Path) -> Iterator[str]:
    """Yield the paths, from there, of the files of a directory that are read."""
    for folder, names, files in os.walk(directory):
        names[:] = [name for name in names if not name.startswith(".")]
        for name in files:
            path = Path(folder, name)
            relative = path.relative_to(directory).as_posix()
            if is_counted(relative) and not path.is_symlink():
                yield relative


def _differs(path: Path, id: str) -> bool:
    try:
        body = read_regular(path, MAX_FILE)
    except OSError:
        return True
    return id not in (_id(body, id), _id(body.replace(b"\r\n", b"\n"), id))


def _id(body: bytes, like: str) -> str:
    """Return the id that Git gives to a file."""
    made = hashlib.new("sha1" if len(like) == SHA1 else "sha256", usedforsecurity=False)
    made.update(b"blob %d\0" % len(body))
    made.update(body)
    return made.hexdigest()
