"""People and groups of Microsoft Entra, in Graph's JSON, mapped as Entra's own provisioning job does. Pure.

The object's id (the `oid` of a token) is the externalId, by which VMware Identity Service finds who signs in.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.errors import InvalidSpec
from scim_operator.sources.pages import Page, check_groups, check_whole, in_name, page
from scim_operator.sources.people import (
    FAX,
    MOBILE,
    WORK,
    WORK_MAIL,
    WORK_PHONE,
    PeopleSource,
    country,
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
    unknown_members,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scim_operator.core.resource import Document, JsonValue
    from scim_operator.sources.row import Refused, SourceRow

    Members = Mapping[str, Mapping[str, Document]]

USER_FIELDS = {
    "userPrincipalName": "userName",
    "id": "externalId",
    "displayName": "displayName",
    "givenName": "name.givenName",
    "surname": "name.familyName",
    "jobTitle": "title",
    "employeeType": "userType",
    "preferredLanguage": "preferredLanguage",
    "mail": WORK_MAIL,
    "mobilePhone": MOBILE,
    "faxNumber": FAX,
    "streetAddress": f"{WORK}.streetAddress",
    "city": f"{WORK}.locality",
    "state": f"{WORK}.region",
    "postalCode": f"{WORK}.postalCode",
    "employeeId": "enterprise.employeeNumber",
    "companyName": "enterprise.organization",
    "department": "enterprise.department",
    "onPremisesImmutableId": "ws1b.adSourceAnchor",
    "onPremisesDistinguishedName": "ws1b.distinguishedName",
    "onPremisesDomainName": "ws1b.domain",
    "onPremisesUserPrincipalName": "ws1b.userPrincipalName",
}
"""Graph's properties of a user that are a text, and the attributes that they become."""
OTHER_FIELDS = ("accountEnabled", "businessPhones", "country", "usageLocation", "userType")
GROUP_FIELDS = ("id", "displayName", "description", "groupTypes", "securityEnabled", "mailEnabled")
_GROUP_ID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_MEMBERS_OF = re.compile(rf"/groups(?:/|\('?)({_GROUP_ID.pattern})[')]*/(?:transitiveM|m)embers")
_TYPES = {"#microsoft.graph.user": Kind.USER, "#microsoft.graph.group": Kind.GROUP}
_EXPANDED = 20
"""Members that Graph shows at most within a group itself, without saying that there are more."""
_HOW = "Save GET /groups/ID/members of each, with the group's id in the name of the file."


def read_entra(files: Iterable[tuple[str, bytes]]) -> PeopleSource:
    """Return what saved answers of Graph have: users, groups, and members by the group's id in the file's name.

    Errors: InvalidSpec, where a file is broken, or pages are missing.
    """
    pages: dict[Kind, list[Page]] = defaultdict(list)
    members: dict[str, list[Page]] = defaultdict(list)
    for name, body in files:
        found = page(name, body)
        identified(name, found.items)
        group = _group_of(found)
        if group:
            members[group.lower()].append(found)
        else:
            pages[_kind_of(found)].append(found)
    people, groups = (_whole(f"{kind.resource_type.value}s", pages[kind]) for kind in Kind)
    check_groups(members, (id.lower() for id in groups))
    return entra(people, groups, {id: _whole(f"members of group {id}", each) for id, each in members.items()})


def _whole(what: str, pages: list[Page]) -> dict[str, Document]:
    found: dict[str, Document] = {}
    for each in pages:
        found = {**identified(each.name, each.items), **found}
    check_whole(what, pages, len(found))
    return found


def _group_of(found: Page) -> str:
    said = _MEMBERS_OF.search(found.context)
    return said[1] if said else in_name(_GROUP_ID, found.name)


def _kind_of(found: Page) -> Kind:
    kinds = {_kind(each) for each in found.items if isinstance(each, dict)}
    if len(kinds) == 1 and None not in kinds:
        return next(kind for kind in kinds if kind is not None)
    if not found.items and (said := re.search(r"#(users|groups)\b", found.context)):
        return Kind.USER if said[1] == "users" else Kind.GROUP
    raise InvalidSpec(
        f"{found.name}: has neither users nor groups of Graph alone; save GET /users, GET /groups and "
        "GET /groups/ID/members into a file each, the last with the group's id in its name"
    )


def _kind(item: Document) -> Kind | None:
    if isinstance(type := item.get("@odata.type"), str):
        return _TYPES.get(type)
    if "userPrincipalName" in item:
        return Kind.USER
    groupish = {"groupTypes", "securityEnabled", "mailEnabled", "members"}
    return Kind.GROUP if "displayName" in item and not groupish.isdisjoint(item) else None


def entra(people: Mapping[str, Document], groups: Mapping[str, Document], members: Members) -> PeopleSource:
    """Return the source of users and groups by id, and of members by the group's id in lower case."""
    shown = {id: _members(id, each, members) for id, each in groups.items()}
    unknown = [str(groups[id].get("displayName") or id) for id, each in shown.items() if each is None]

    def made() -> Iterator[SourceRow | Refused]:
        yield from rows(Kind.USER, people, _user)
        yield from rows(Kind.GROUP, groups, partial(_group, shown))

    return PeopleSource(made, unknown_members(unknown, _HOW))


def _user(id: str, item: Document) -> SourceRow:
    phones = [each for each in listed(item, "businessPhones") if isinstance(each, str)]
    values: list[tuple[str, JsonValue]] = [(to, text(item, name)) for name, to in USER_FIELDS.items()]
    values += [
        ("active", flag(item, "accountEnabled")),
        (WORK_PHONE, phones[0] if phones else ""),
        (f"{WORK}.country", country(text(item, "country"), text(item, "usageLocation"))),
    ]
    return row_of_person(id, item, values, text(held(item, "manager"), "id"))


def _group(members: Mapping[str, tuple[str, ...] | None], id: str, item: Document) -> SourceRow:
    return row_of_group(id, item, text(item, "displayName"), text(item, "description"), members[id])


def _members(id: str, item: Document, members: Members) -> tuple[str, ...] | None:
    """Return what names the members of a group, None where no one knows: devices and applications are none."""
    if id.lower() in members:
        found = members[id.lower()]
    elif "members" in item:
        place = place_of(Kind.GROUP, id)
        found = identified(f"{place}: members", listed(item, "members"))
        if len(found) >= _EXPANDED or "members@odata.nextLink" in item:
            raise InvalidSpec(f"{place}: may have more members than $expand shows. {_HOW}")
    else:
        return None
    return tuple(_reference(each, item) for each, item in found.items() if _is_one(item))


def _is_one(item: Document) -> bool:
    type = item.get("@odata.type")
    return not isinstance(type, str) or type in _TYPES


def _reference(id: str, item: Document) -> str:
    type = item.get("@odata.type")
    kind = _TYPES.get(type) if isinstance(type, str) else None
    return reference(kind, id) if kind is not None else f"/{id}"
