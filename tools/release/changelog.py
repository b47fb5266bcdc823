"""The changelog: cut at a release, and read for what a release says of itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tools.release.errors import ReleaseError

if TYPE_CHECKING:
    from datetime import date

UNRELEASED = "## [Unreleased]\n"


class Change(NamedTuple):
    """One entry: the heading that it stands under, such as Added, and its text on one line."""

    kind: str
    text: str

    @property
    def summary(self) -> str:
        """Return its first sentence."""
        return re.split(r"(?<=[.!?]) ", self.text, maxsplit=1)[0]


def has(version: str, text: str) -> bool:
    """Return whether the changelog has a section for the version."""
    return _heading(version).search(text) is not None


def cut(text: str, version: str, day: date) -> str:
    """Return the changelog with what was unreleased under the version; ReleaseError where there is nothing to cut."""
    if has(version, text):
        raise ReleaseError(f"CHANGELOG.md: there is a section for {version} already; choose the next version")
    before, found, after = text.partition(UNRELEASED)
    if not found or not re.split(r"^## ", after, maxsplit=1, flags=re.MULTILINE)[0].strip():
        raise ReleaseError("CHANGELOG.md: write under [Unreleased] what users will notice")
    return f"{before}{UNRELEASED}\n## [{version}] - {day.isoformat()}\n{after}"


def notes(text: str, version: str) -> str:
    """Return what the changelog says of a version, without its heading; ReleaseError where it says nothing."""
    heading = _heading(version).search(text)
    if heading is None:
        raise ReleaseError(f"CHANGELOG.md: there is no section for {version}; run the step `prepare`")
    return re.split(r"^## ", text[heading.end() :], maxsplit=1, flags=re.MULTILINE)[0].strip() + "\n"


def changes(section: str) -> list[Change]:
    """Return the entries of a section in order."""
    found = []
    for part in re.split(r"^### ", section, flags=re.MULTILINE)[1:]:
        kind, _, body = part.partition("\n")
        entries = re.split(r"^- ", body, flags=re.MULTILINE)[1:]
        found += [Change(kind.strip(), " ".join(entry.split())) for entry in entries]
    return found


def _heading(version: str) -> re.Pattern[str]:
    return re.compile(rf"^## \[{re.escape(version)}\].*\n", re.MULTILINE)
