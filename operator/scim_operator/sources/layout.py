"""Which manifest goes into which file. Names of files follow names of manifests, so a second import makes the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.sources.naming import name_of
from scim_operator.sources.rules import Layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.sources.made import Made

FOLDERS = {Kind.USER: "users", Kind.GROUP: "groups"}
NO_TEAM = "_no-team.yaml"
"""The file of those who are in no team; no manifest's name begins so."""
GROUPS = "_groups.yaml"
"""The file of the groups, where a team is no group."""
ALL = "manifests.yaml"


def files(manifests: Iterable[Made], layout: Layout, *, by_group: bool) -> Mapping[str, list[Made]]:
    """Return the manifests by path of their file: groups before users, each by name. `by_group`: a team is a group."""
    ordered = sorted(manifests, key=lambda each: (each.kind is Kind.USER, each.name))
    places: dict[str, list[Made]] = {}
    first = _first_groups(ordered) if layout is Layout.TEAM and by_group else {}
    for each in ordered:
        places.setdefault(_place(each, layout, first, by_group=by_group), []).append(each)
    return places


def _place(each: Made, layout: Layout, first: Mapping[str, str], *, by_group: bool) -> str:
    if layout is Layout.ONE:
        return ALL
    if layout is Layout.PERSON:
        return f"{FOLDERS[each.kind]}/{each.name}.yaml"
    if each.kind is Kind.GROUP:
        return f"{each.name}.yaml" if by_group else GROUPS
    team = first.get(each.name, "") if by_group else name_of(each.team, each.team, "team") if each.team else ""
    return f"{team}.yaml" if team else NO_TEAM


def _first_groups(ordered: Iterable[Made]) -> dict[str, str]:
    """Return, of each user, the first group by name that lists the user."""
    first: dict[str, str] = {}
    for group in ordered:
        if group.kind is Kind.GROUP:
            for member in group.spec.get("members") or ():
                if "userRef" in member:
                    first.setdefault(member["userRef"]["name"], group.name)
    return first
