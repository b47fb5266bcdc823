"""Writes a directory whole or not at all: beside the place, and then renamed."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_UPDATE = "an import never overwrites; give a directory that does not exist yet, or an empty one"


def check_free(folder: Path) -> None:
    """Refuse a place that holds anything, before the source is read. Errors: InvalidSpec."""
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise InvalidSpec(f"{folder} is a file: {_UPDATE}.")
    try:
        held = next(iter(sorted(os.listdir(folder))), "")  # noqa: PTH208 - one name is enough
    except OSError as error:
        raise InvalidSpec(f"{folder} cannot be read: {error.strerror}; give another directory.") from None
    if held:
        raise InvalidSpec(f"{folder} is not empty, it holds {held}: {_UPDATE}.")
    if folder.resolve() == Path.cwd():
        raise InvalidSpec("A shell stands in this directory, which is to be replaced: name a new one, such as people.")


def write_whole(folder: Path, files: Mapping[str, Iterable[str]]) -> None:
    """Write texts by path below the folder, which must be free. Errors: InvalidSpec; then there is nothing of it."""
    check_free(folder)
    place = folder.resolve()
    beside = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
    try:
        beside.mkdir(parents=True)
        _fill(beside, files)
        beside.rename(place)
    except OSError as error:
        raise InvalidSpec(f"{folder} cannot be written: {error.strerror}; nothing was written.") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _fill(beside: Path, files: Mapping[str, Iterable[str]]) -> None:
    made = {beside}
    for name, texts in files.items():
        path = beside / name
        if path.parent not in made:
            path.parent.mkdir(parents=True)
            made.add(path.parent)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.writelines(texts)
