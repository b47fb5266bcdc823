"""The manifests of another revision of the same directory, as Git has it."""

from __future__ import annotations

import io
import subprocess
import tarfile
from typing import TYPE_CHECKING

from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def files_at(directory: Path, revision: str) -> list[tuple[str, bytes]]:
    """Every file below `directory` at a revision, by its path from there.

    Errors: InvalidSpec, when Git does not know the revision, or the directory is in no repository.
    """
    if revision.startswith("-"):
        raise InvalidSpec(f"{revision} is no revision; give a branch, a tag or a commit.")
    command = ["git", "-C", str(directory), "archive", "--format=tar", f"{revision}", "."]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell, and no option
    except FileNotFoundError:
        raise InvalidSpec("There is no git here to read the revision with; install it, or give --previous.") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        if said and "did not match any files" in said[-1]:
            return []
        raise InvalidSpec(f"Git cannot read {directory} at {revision}: {said[-1] if said else 'no reason given'}")
    return list(_members(done.stdout))


def _members(archive: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            opened = tar.extractfile(member) if member.isreg() else None
            if opened is not None:
                yield member.name, opened.read()
