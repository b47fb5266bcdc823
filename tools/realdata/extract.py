"""Cut a small, consistent part out of the data, for a test that must not ask for all of it.

    python -m tools.realdata.extract DIRECTORY tests/data/kubernetes-org-extract

It keeps the changes CHOSEN, the teams that they touch with their families, and as many people as there is room for.
Each change is cut down to what it did to them.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.realdata import dataset
from tools.realdata.dataset import Access, Change, Dataset, Team

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FIRST = 106
CHOSEN = (*range(FIRST, 130), 153, 201)
"""People who come, go and return; teams added, changed and removed, nested ones too; new descriptions."""
PEOPLE, TEAMS = 150, 60


def extract(data: Dataset) -> Dataset:
    """Return the part: its base, its changes, and the state that these lead to."""
    state = data.base
    for change in data.changes[:FIRST]:
        state = state.after(change)
    changes = [data.changes[number] for number in CHOSEN]
    teams, people = _teams(state, changes), _people(state, changes)
    base = _cut(state, people, teams)
    kept, now = [], base
    for change in changes:
        kept.append(_cut_change(change, now, people, teams))
        now = now.after(kept[-1])
    return Dataset(base, tuple(kept), now)


def _teams(state: Access, changes: Sequence[Change]) -> frozenset[str]:
    """Return the teams touched, and as many of their parents and siblings as there is room for."""
    touched = {
        name for change in changes for name in (*change.teams_added, *change.teams_changed, *change.teams_removed)
    }
    parents = {team.parent for name, team in state.teams.items() if name in touched and team.parent}
    parents |= {team.parent for change in changes for team in change.teams_added.values() if team.parent}
    siblings = {child for parent in parents for child in state.children(parent)}
    families = sorted((parents | siblings) - touched, key=lambda name: (name not in parents, name))
    return frozenset([*touched, *families[: max(TEAMS - len(touched), len(parents - touched))]])


def _people(state: Access, changes: Sequence[Change]) -> frozenset[str]:
    """Return the people touched, and then others of the state in the order of their names."""
    touched = {who for change in changes for who in (*change.people_added, *change.people_removed)}
    edits = [edit for change in changes for edit in change.teams_changed.values()]
    touched |= {who for edit in edits for who in edit.added | edit.removed}
    return frozenset([*touched, *sorted(state.people - touched)[: max(0, PEOPLE - len(touched))]])


def _cut(state: Access, people: frozenset[str], teams: frozenset[str]) -> Access:
    kept = {name: _cut_team(team, people, teams) for name, team in state.teams.items() if name in teams}
    return Access(state.people & people, kept)


def _cut_team(team: Team, people: frozenset[str], teams: frozenset[str]) -> Team:
    return replace(team, members=team.members & people, parent=team.parent if team.parent in teams else None)


def _cut_change(change: Change, now: Access, people: frozenset[str], teams: frozenset[str]) -> Change:
    """Return what a change still means with only those people and teams, and without some earlier changes."""
    there = (now.people | (change.people_added & people)) - change.people_removed
    edits = {
        name: replace(edit, added=edit.added & there, removed=edit.removed & now.teams[name].members)
        for name, edit in change.teams_changed.items()
        if name in now.teams
    }
    return Change(
        commit=change.commit,
        people_added=(change.people_added & people) - now.people,
        people_removed=change.people_removed & now.people,
        teams_added={name: _cut_team(team, there, teams) for name, team in change.teams_added.items() if name in teams},
        teams_changed=edits,
        teams_removed=change.teams_removed & now.teams.keys(),
    )


def write(data: Dataset, folder: Path) -> None:
    """Write the three files in the form of the whole."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "base.json").write_text(_dump(_access(data.base), indent=1))
    (folder / "changes.jsonl").write_text("".join(_dump(_change(change)) for change in data.changes))
    (folder / "final.json").write_text(_dump(_access(data.final), indent=1))


def _dump(body: Any, indent: int | None = None) -> str:  # noqa: ANN401 - JSON
    return json.dumps(body, indent=indent) + "\n"


def _access(access: Access) -> dict[str, Any]:
    return {"people": sorted(access.people), "teams": _team_bodies(access.teams.items())}


def _team_bodies(teams: Iterable[tuple[str, Team]]) -> dict[str, Any]:
    return {
        name: {"description": team.description, "members": sorted(team.members), "parent": team.parent}
        for name, team in sorted(teams)
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "commit": change.commit,
        "people_added": sorted(change.people_added),
        "people_removed": sorted(change.people_removed),
        "teams_added": _team_bodies(change.teams_added.items()),
        "teams_changed": {name: _edit(edit) for name, edit in sorted(change.teams_changed.items())},
        "teams_removed": sorted(change.teams_removed),
    }


def _edit(edit: dataset.TeamEdit) -> dict[str, Any]:
    body: dict[str, Any] = {"members_added": sorted(edit.added), "members_removed": sorted(edit.removed)}
    return body if edit.description is None else body | {"description": edit.description}


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.realdata.extract", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    part = extract(dataset.read(options.directory))
    write(part, options.target)
    nested = sum(team.parent is not None for team in part.base.teams.values())
    print(
        f"{len(part.base.people)} people, {len(part.base.teams)} teams ({nested} nested), {len(part.changes)} changes"
    )


if __name__ == "__main__":
    main()
