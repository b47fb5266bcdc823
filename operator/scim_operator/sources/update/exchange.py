"""Files of a directory exchanged for new ones: all are prepared beside it, and then take their places one by one.

A run that is cut off between leaves manifests that are each whole, and beside the directory what the next run needs to
go on. What someone changes meanwhile is not overwritten.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scim_operator.errors import InvalidSpec
from scim_operator.local.files import read_regular
from scim_operator.local.manifests import MAX_FILE
from scim_operator.sources.update.record import FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scim_operator.sources.update.texts import Files

_BOM = b"\xef\xbb\xbf"
_NONE = "nothing was written"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a directory while an import works on it. Errors: InvalidSpec, where another one does."""
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise InvalidSpec(f"{folder} cannot be read: {error.strerror}; {_NONE}.") from None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise InvalidSpec(
            f"Another import works on {folder}; {_NONE}. Run this one again when that one is done."
        ) from None
    finally:
        os.close(held)


def beside(folder: Path) -> Path:
    """Return where new files wait."""
    place = folder.resolve()
    return place.with_name(f".{place.name}.import")


def bytes_of(file: Path) -> bytes:
    """Return what a file holds, b"" where there is none. Errors: InvalidSpec."""
    try:
        return read_regular(file, MAX_FILE)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise InvalidSpec(f"{file} cannot be read: {error.strerror}; {_NONE}.") from None


def exchange(folder: Path, files: Files, before: Mapping[str, bytes], record: Iterable[str]) -> None:
    """Give files their new texts, delete those that have none, and then note the record.

    `before` has what was read of each, which is to be there still. Errors: InvalidSpec.
    """
    waiting = beside(folder)
    try:
        shutil.rmtree(waiting, ignore_errors=True)
        waiting.mkdir()
        (waiting / FILE).write_text("".join(record))
        for number, (name, text) in enumerate(files.items()):
            if text is not None:
                _prepare(waiting / str(number), name, text, before[name])
        for name in files:
            _check(name, before[name])
    except OSError as error:
        raise InvalidSpec(f"{folder} cannot be written: {error.strerror}; {_NONE}.") from None
    try:
        for number, (name, text) in enumerate(files.items()):
            _take_place(waiting / str(number), name, text, before[name])
        (waiting / FILE).replace(folder / FILE)
        waiting.rmdir()
    except OSError as error:
        raise InvalidSpec(
            f"{folder} is written in part: {error.strerror}; correct that and run the same again."
        ) from None


def _prepare(made: Path, name: str, text: str, before: bytes) -> None:
    bom = _BOM if before.startswith(_BOM) else b""
    made.write_bytes(bom + text.encode())
    if before:
        shutil.copymode(name, made)


def _take_place(made: Path, name: str, text: str | None, before: bytes) -> None:
    _check(name, before)
    place = Path(os.path.realpath(name))
    if text is None:
        place.unlink()
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    made.replace(place)


def _check(name: str, before: bytes) -> None:
    if bytes_of(Path(name)) != before:
        raise InvalidSpec(f"{name} was changed meanwhile, and is not overwritten; run the same again.")
