"""Files of a release: archives that are the same from the same content, and the list of their checksums."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CHECKSUMS = "SHA256SUMS"


def epoch() -> int:
    """Return the time that stands for all times in what is built (reproducible-builds.org), in seconds."""
    return int(os.environ.get("SOURCE_DATE_EPOCH", "0"))


def pack(folder: Path, archive: Path, *more: Path) -> None:
    """Write the files of the folder, and more beside them, as tar.gz: sorted, no one's, and with one time."""
    entries = [(path, str(path.relative_to(folder))) for path in sorted(folder.rglob("*"))]
    entries += [(path, path.name) for path in more]
    with (
        archive.open("wb") as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=epoch()) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path, name in entries:
            tar.add(path, name, recursive=False, filter=_plain)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = epoch()
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member


def checksums(folder: Path) -> str:
    """Return the sha256 of each file of the folder, as `sha256sum --check` reads it."""
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in _files(folder))


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((CHECKSUMS, ".")))
