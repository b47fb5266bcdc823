"""People and groups of a Keycloak realm, in the JSON of its export and of its admin API. Pure.

The user's id (the `sub` of a token) is the externalId. Attributes that an administrator has defined are known by the
names that columns of a table are known by.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.wording import some
from scim_operator.errors import InvalidSpec
from scim_operator.scim.values import Unreadable, resource_id
from scim_operator.sources.columns import known
from scim_operator.sources.pages import parsed
from scim_operator.sources.people import (
    WORK_MAIL,
    PeopleSource,
    flag,
    held,
    identified,
    listed,
    place_of,
    reference,
    row_of_group,
    row_of_person,
    rows,
    text,
)
from scim_operator.sources.targets import target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scim_operator.core.resource import Document, JsonValue
    from scim_operator.sources.row import Refused, SourceRow

USER_FIELDS = {
    "username": "userName",
    "id": "externalId",
    "email": WORK_MAIL,
    "firstName": "name.givenName",
    "lastName": "name.familyName",
}
DEEPEST = 32
"""Levels of groups within groups."""
_NUMBERED = re.compile(r"(?P<realm>.*)-users-(?P<number>\d{1,9})\.json")
_MOST = 20


@dataclass(slots=True)
class Group:
    """A group of the tree: its path without the first slash, and what is in it, by ids."""

    path: str
    body: Document
    children: list[str] = field(default_factory=list)
    members: list[str] | None = None


def read_keycloak(files: Iterable[tuple[str, bytes]]) -> PeopleSource:
    """Return what the export of one realm has, in one file or several. Errors: InvalidSpec."""
    people: dict[str, Document] = {}
    tops: list[JsonValue] = []
    realms, numbers = set(), defaultdict(set)
    for name, body in files:
        content = parsed(name, body)
        if not isinstance(content, dict) or content.keys().isdisjoint({"users", "groups", "realm"}):
            raise InvalidSpec(f"{name}: is no export of a realm; make one with kc.sh export --realm NAME --file FILE")
        realms.add(text(content, "realm"))
        people = {**identified(name, listed(content, "users")), **people}
        tops += listed(content, "groups")
        if part := _NUMBERED.search(name):
            numbers[part["realm"]].add(int(part["number"]))
    if len(realms) > 1:
        raise InvalidSpec("the files are of several realms; import each into a directory of its own")
    for found in numbers.values():
        if gap := sorted(set(range(max(found))) - found):
            raise InvalidSpec(f"file {gap[0]} of the users is missing; give all files of the export")
    groups = tree(tops)
    _members_by_path(people, groups)
    return keycloak(people, groups)


def tree(tops: Iterable[JsonValue]) -> dict[str, Group]:
    """Return groups by id, out of a list of groups with `subGroups`. Errors: InvalidSpec."""
    found: dict[str, Group] = {}
    waiting = [(each, "", "", 1) for each in tops]
    while waiting:
        item, above, parent, depth = waiting.pop()
        if not isinstance(item, dict):
            raise InvalidSpec("groups: one is no JSON object; export it again")
        try:
            id = resource_id(item.get("id"))
        except Unreadable as error:
            raise InvalidSpec(f"groups: one cannot be used: {error}; export it again") from None
        if depth > DEEPEST or id in found:
            raise InvalidSpec(f"group {id}: stands twice in the tree, or deeper than {DEEPEST}; export it again")
        name = text(item, "name")
        path = f"{above}/{name}" if above else name
        found[id] = Group(path, {key: value for key, value in item.items() if key != "subGroups"})
        if parent:
            found[parent].children.append(id)
        waiting += [(each, path, id, depth + 1) for each in listed(item, "subGroups")]
    return found


def _members_by_path(people: Mapping[str, Document], groups: Mapping[str, Group]) -> None:
    """Give groups the people who say that they are in them."""
    by_path = {str(group.body.get("path") or f"/{group.path}"): group for group in groups.values()}
    for group in groups.values():
        group.members = []
    for id, item in people.items():
        for path in listed(item, "groups"):
            found = by_path.get(path) if isinstance(path, str) else None
            if found is None or found.members is None:
                raise InvalidSpec(
                    f"{place_of(Kind.USER, id)}: is in a group that the files do not have; give all files"
                )
            found.members.append(id)


def keycloak(people: Mapping[str, Document], groups: Mapping[str, Group]) -> PeopleSource:
    """Return the source of users by id and of groups by id."""
    idle: Counter[str] = Counter()
    for item in people.values():
        attributes = item.get("attributes")
        idle.update(name for name in attributes if not _target(name)) if isinstance(attributes, dict) else None

    def made() -> Iterator[SourceRow | Refused]:
        yield from rows(Kind.USER, people, _user)
        yield from rows(Kind.GROUP, {id: group.body for id, group in groups.items()}, partial(_group, groups))

    names = [f"{name[:60]} ({number})" for name, number in idle.most_common()]
    return PeopleSource(made, [f"Not imported: attributes {some(names, _MOST)}. --set imports one."] if names else [])


def _target(name: str) -> str:
    """Return the attribute that an attribute of a realm becomes, "" for none: groups are what Keycloak says itself."""
    found = known(name)
    return found if found and target(found, Kind.USER).path is not None else ""


def _user(id: str, item: Document) -> SourceRow:
    values: dict[str, JsonValue] = {to: text(item, name) for name, to in USER_FIELDS.items()}
    values["active"] = flag(item, "enabled")
    for name, several in held(item, "attributes").items():
        to = _target(name)
        if not to:
            continue
        one = several if isinstance(several, list) else [several]
        if len(one) > 1 or not all(isinstance(each, str) for each in one):
            raise InvalidSpec(f"attributes.{name[:60]}: must be one text; correct it at the source")
        if one and not values.get(to):
            values[to] = one[0]
    return row_of_person(id, item, values.items())


def _group(groups: Mapping[str, Group], id: str, item: Document) -> SourceRow:
    found, members = groups[id], None
    if found.members is not None:
        people = (reference(Kind.USER, each) for each in found.members)
        members = (*people, *(reference(Kind.GROUP, each) for each in found.children))
    return row_of_group(id, {**item, "path": f"/{found.path}"}, found.path, text(item, "description"), members)
