"""The Kubernetes project's people and teams, and the changes to them, as its repository kubernetes/org has them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Team:
    """A team as its members review it; `parent` makes it a nested team."""

    members: frozenset[str]
    description: str = ""
    parent: str | None = None


@dataclass(frozen=True)
class Access:
    """The people, and the teams with their members."""

    people: frozenset[str]
    teams: dict[str, Team]

    def children(self, team: str) -> frozenset[str]:
        """Return the teams nested directly in one."""
        return frozenset(name for name, other in self.teams.items() if other.parent == team)

    def after(self, change: Change) -> Access:
        """Return the state once a change is made."""
        teams = {name: team for name, team in self.teams.items() if name not in change.teams_removed}
        teams |= {name: edit.of(teams[name]) for name, edit in change.teams_changed.items()}
        return Access((self.people | change.people_added) - change.people_removed, teams | change.teams_added)


@dataclass(frozen=True)
class TeamEdit:
    """The change of one team."""

    added: frozenset[str]
    removed: frozenset[str]
    description: str | None = None

    def of(self, team: Team) -> Team:
        """Return the team once edited."""
        description = team.description if self.description is None else self.description
        return replace(team, members=(team.members | self.added) - self.removed, description=description)


@dataclass(frozen=True)
class Change:
    """One reviewed commit."""

    commit: str
    people_added: frozenset[str]
    people_removed: frozenset[str]
    teams_added: dict[str, Team]
    teams_changed: dict[str, TeamEdit]
    teams_removed: frozenset[str]


@dataclass(frozen=True)
class Dataset:
    """The state before, the changes in order, the state after."""

    base: Access
    changes: tuple[Change, ...]
    final: Access


def read(folder: Path) -> Dataset:
    """Read base.json, changes.jsonl and final.json."""
    lines = (folder / "changes.jsonl").read_text().splitlines()
    changes = tuple(_change(json.loads(line)) for line in lines)
    return Dataset(_access(folder / "base.json"), changes, _access(folder / "final.json"))


def _access(path: Path) -> Access:
    body = json.loads(path.read_text())
    return Access(frozenset(body["people"]), {name: _team(team) for name, team in body["teams"].items()})


def _team(body: dict[str, Any]) -> Team:
    return Team(frozenset(body["members"]), body.get("description") or "", body.get("parent"))


def _edit(body: dict[str, Any]) -> TeamEdit:
    unknown = body.keys() - {"members_added", "members_removed", "description"}
    if unknown:
        raise ValueError(f"a change of a team has fields that the replay does not know: {', '.join(sorted(unknown))}")
    added, removed = body.get("members_added", ()), body.get("members_removed", ())
    return TeamEdit(frozenset(added), frozenset(removed), body.get("description"))


def _change(body: dict[str, Any]) -> Change:
    return Change(
        commit=body["commit"],
        people_added=frozenset(body["people_added"]),
        people_removed=frozenset(body["people_removed"]),
        teams_added={name: _team(team) for name, team in body["teams_added"].items()},
        teams_changed={name: _edit(edit) for name, edit in body["teams_changed"].items()},
        teams_removed=frozenset(body["teams_removed"]),
    )
