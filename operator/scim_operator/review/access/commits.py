"""Commits as an auditor reads them: who wrote a change, who approved it, and in which request. Pure.

All of it is what the commit says. Whoever may push may write any name into it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

SHORT = 12
"""Digits of a commit that are shown."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone whom a commit names."""

    name: str
    email: str = ""

    @property
    def mark(self) -> str:
        """Return what two mentions of one person have in common."""
        return (self.email or self.name).casefold()


@dataclass(frozen=True, slots=True)
class Approval:
    """Someone who approved a change. `how` is the trailer that says so, or `merge` for who merged a request.

    `own`: it is the author's own change.
    """

    person: Person
    how: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. `date` is when it was committed; `message` is all of it."""

    id: str
    parents: tuple[str, ...]
    author: Person
    date: datetime
    message: str = field(repr=False, default="")

    @property
    def short(self) -> str:
        """Return the first digits of its id."""
        return self.id[:SHORT]

    @property
    def subject(self) -> str:
        """Return the first line of its message."""
        return self.message.strip().partition("\n")[0].strip()

    @property
    def is_merge(self) -> bool:
        """Return whether it merges others."""
        return len(self.parents) > 1


@dataclass(frozen=True, slots=True)
class Origin:
    """Who brought a change: its authors, those who approved it, and the request that was merged, "" for none."""

    authors: tuple[Person, ...]
    approvals: tuple[Approval, ...]
    request: str = ""


MERGE = "merge"
TRAILERS = ("Approved-by", "Reviewed-by", "Acked-by")
_TRAILER = re.compile(r"([A-Za-z][A-Za-z-]*)[ \t]*:[ \t]*(\S.*)")
_PERSON = re.compile(r"\s*(.*?)\s*<([^<>]*)>\s*")
_GITHUB = re.compile(r"Merge pull request (#\d+) from ")
_GITLAB = re.compile(r"^See merge request (\S*![0-9]+)\s*$", re.MULTILINE)
_SQUASHED = re.compile(r"\((#\d+)\)\s*$")
_BITBUCKET = re.compile(r"Merged in .* \(pull request (#\d+)\)")


def origin_of(commit: Commit, merged: Iterable[Commit] = ()) -> Origin:
    """Return who brought a change. `merged` are the commits that a merge brought, without the merge itself."""
    brought = [each for each in merged if not each.is_merge]
    authors = _unique(each.author for each in brought) or (commit.author,)
    found = [approval for each in (commit, *brought) for approval in _said(each.message)]
    if commit.is_merge and brought:
        found.append((commit.author, MERGE))
    own = {each.mark for each in authors}
    approvals: dict[tuple[str, str], Approval] = {}
    for person, how in found:
        approvals.setdefault((person.mark, how), Approval(person, how, person.mark in own))
    return Origin(authors, tuple(approvals.values()), request_of(commit.message))


def request_of(message: str) -> str:
    """Return the request that a message names, as GitHub and GitLab write it: `#12`, `group/project!34`; or ""."""
    subject = message.strip().partition("\n")[0]
    for pattern in (_GITHUB, _BITBUCKET):
        if found := pattern.match(subject):
            return found[1]
    if found := _GITLAB.search(message):
        return found[1]
    squashed = _SQUASHED.search(subject)
    return squashed[1] if squashed else ""


def _said(message: str) -> Iterator[tuple[Person, str]]:
    """Yield those whom the trailers of a message name: these stand in its last paragraph, which is not its first."""
    paragraphs = re.split(r"\n[ \t]*\n", message.strip().replace("\r\n", "\n"))
    for line in paragraphs[-1].split("\n") if len(paragraphs) > 1 else ():
        found = _TRAILER.fullmatch(line.strip())
        how = next((each for each in TRAILERS if found and each.lower() == found[1].lower()), "")
        if found and how:
            yield person_of(found[2]), how


def person_of(text: str) -> Person:
    """Return the person in a text such as `Ada <ada@corp.example>`."""
    found = _PERSON.fullmatch(text)
    return Person(found[1] or found[2], found[2]) if found else Person(text.strip())


def _unique(people: Iterable[Person]) -> tuple[Person, ...]:
    return tuple({each.mark: each for each in people}.values())
