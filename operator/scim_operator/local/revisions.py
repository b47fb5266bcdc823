"""The manifests of another revision of the same directory, as Git has it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from scim_operator.errors import InvalidSpec
from scim_operator.local.manifests import is_read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FILE = ("100644", "100755")
"""The modes of files; links lead out of what a revision holds."""


def files_at(directory: Path, revision: str) -> list[tuple[str, bytes]]:
    """Every file below `directory` at a revision that may hold manifests, by its path from there.

    Read from Git's objects: `git archive` leaves out and rewrites what the repository's attributes say. Errors:
    InvalidSpec, when Git does not know the revision, or the directory is in no repository.
    """
    if revision.startswith("-"):
        raise InvalidSpec(f"{revision} is no revision; give a branch, a tag or a commit.")
    listing = _git(directory, ["ls-tree", "-r", "-z", revision, "--", "."], b"", revision)
    found = list(_listed(listing.decode(errors="surrogateescape")))
    ids = "".join(f"{id}\n" for id, _ in found)
    bodies = _bodies(_git(directory, ["cat-file", "--batch"], ids.encode(), revision))
    return [(name, body) for (_, name), body in zip(found, bodies, strict=True)]


def _listed(listing: str) -> Iterator[tuple[str, str]]:
    for line in filter(None, listing.split("\0")):
        about, _, name = line.partition("\t")
        mode, _, id = about.split()
        if mode in _FILE and is_read(name):
            yield id, name


def _bodies(batch: bytes) -> Iterator[bytes]:
    """The contents in `cat-file --batch`'s form: a line that ends in the size, then as many bytes and a line break."""
    start = 0
    while start < len(batch):
        end = batch.index(b"\n", start)
        size = int(batch[start:end].split()[-1])
        yield batch[end + 1 : end + 1 + size]
        start = end + size + 2


def _git(directory: Path, words: list[str], given: bytes, revision: str) -> bytes:
    command = ["git", "-C", str(directory), *words]
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False)  # noqa: S603 - no shell
    except FileNotFoundError:
        raise InvalidSpec("There is no git here to read the revision with; install it, or give --previous.") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise InvalidSpec(f"Git cannot read {directory} at {revision}: {said[-1] if said else 'no reason given'}")
    return done.stdout
