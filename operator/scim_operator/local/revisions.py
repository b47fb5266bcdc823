"""The manifests of another revision of the same directory, as Git has it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from scim_operator.errors import InvalidSpec
from scim_operator.local.files import size
from scim_operator.local.git import folder_below, opened, top_level
from scim_operator.local.manifests import MAX_FILE, is_read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.local.git import Repository

MOST = 1 << 30
"""Bytes of all manifests of a revision, and of the list of its files."""

FILE_MODES = ("100644", "100755")
"""The modes of files; links lead out of what a revision holds."""
REVISION = re.compile(r"[^-\s:\x00-\x1f\x7f][^\s\x00-\x1f\x7f]{0,255}")


def files_at(directory: Path, revision: str) -> list[tuple[str, bytes]]:
    """Return each file below `directory` at a revision that may hold manifests, by its path from there.

    Read from Git's objects: `git archive` leaves out and rewrites what the repository's attributes say, and a checkout
    runs what its filters say. Errors: InvalidSpec, when Git does not know the revision, the directory is in no
    repository, or there is more than is read.
    """
    if not REVISION.fullmatch(revision):
        raise InvalidSpec(f"{revision!a} is not a revision; give a branch, a tag or a commit.")
    place = Path(directory).resolve()
    top = top_level(place)
    if top is None:
        raise InvalidSpec(f"Git cannot read {directory} at {revision}: it is in no repository; give --previous.")
    with opened(top, place) as repository:
        return _files(repository, repository.commit_of(revision, revision), folder_below(top, place))


def _files(repository: Repository, commit: str, folder: str) -> list[tuple[str, bytes]]:
    words = ["ls-tree", "-r", "-z", "-l", "--full-tree", commit, *(["--", folder] if folder else [])]
    listing = repository.asked(words, commit, most=MOST).decode(errors="surrogateescape")
    found = list(_listed(listing, folder))
    asked = "".join(f"{id}\n" for id, _, _ in found).encode()
    room = sum(length + 128 for _, length, _ in found)
    if room > MOST:
        raise InvalidSpec(f"The manifests of {commit} are larger than {size(MOST)}; give --previous.")
    found_bodies = bodies(repository.asked(["cat-file", "--batch"], commit, asked, most=room))
    return [(name, body) for (_, _, name), body in zip(found, found_bodies, strict=True)]


def _listed(listing: str, folder: str) -> Iterator[tuple[str, int, str]]:
    """Yield the id, size in bytes, and path from the directory of each file that is read."""
    for line in filter(None, listing.split("\0")):
        about, _, path = line.partition("\t")
        mode, _, id, length = about.split()
        name = path.removeprefix(folder)
        if mode in FILE_MODES and is_read(name):
            if not length.isdigit():
                raise InvalidSpec(
                    f"{path!a} is missing in this clone, which is a partial one; fetch all, or give --previous."
                )
            if int(length) > MAX_FILE:
                raise InvalidSpec(f"{path!a} is larger than {size(MAX_FILE)} at that revision; give --previous.")
            yield id, int(length), name


def bodies(batch: bytes) -> Iterator[bytes]:
    """Yield the contents from `cat-file --batch`: a line that ends in the size, as many bytes, a line break."""
    start = 0
    while start < len(batch):
        end = batch.index(b"\n", start)
        length = int(batch[start:end].split()[-1])
        yield batch[end + 1 : end + 1 + length]
        start = end + length + 2
