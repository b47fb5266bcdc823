"""The answer: who has access to what, by which ways, since when, and by whom; as values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from scim_operator.core.members.selection import Means
    from scim_operator.review.access.commits import Commit, Origin
    from scim_operator.review.access.moments import Fault
    from scim_operator.review.access.standing import Standing


@dataclass(frozen=True, slots=True)
class Named:
    """A user or group: the name of its manifest, and what people call it, "" for unknown."""

    name: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Unsure:
    """Commits during which something was not known; `end` None: to the last one. `faults` is what has errors there."""

    begin: Commit | None
    end: Commit | None
    why: str
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Since:
    """The commit after which access goes without interruption, and who brought it.

    `date` is that of the commit, or when a date in a manifest came (`dated`). `least`: the history begins there, and
    access may be older. `gaps`: what was not known meanwhile.
    """

    commit: Commit
    origin: Origin
    date: datetime
    dated: bool = False
    least: bool = False
    gaps: tuple[Unsure, ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """A way to a group: the groups from it to the one that has the user, and the field by which that has the user."""

    groups: tuple[str, ...]
    means: Means
    detail: str = ""
    since: Since | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What the provisioning log says. `asked` False: it was not asked; `record` "": there is no record."""

    asked: bool = False
    date: str = ""
    record: str = ""
    action: str = ""
    status: str = ""
    revision: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One user and one group; a group without a name is the account itself."""

    group: Named
    user: Named
    standing: Standing
    since: Since | None = None
    paths: tuple[Path, ...] = ()
    proof: Proof = Proof()


@dataclass(frozen=True, slots=True)
class Answer:
    """All rows, and what they were made of. `commit` None: without a history, from the files as they stand.

    `first` is where the history begins, `cut` whether a shallow clone was cut off there; `faults` are of the moment
    that is asked about, each with its commit where that is not the same.
    """

    asked: str
    directory: str
    namespace: str
    config: str
    at: datetime
    commit: Commit | None
    rows: tuple[Row, ...]
    first: Commit | None = None
    cut: bool = False
    commits: int = 0
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
