"""People and groups of Okta, in the JSON of its management API, mapped as Okta's own SCIM provisioning does. Pure.

The user's id (the `sub` of a token) is the externalId.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.errors import InvalidSpec
from scim_operator.sources.pages import check_groups, in_name, page
from scim_operator.sources.people import (
    MOBILE,
    OTHER_MAIL,
    WORK,
    WORK_MAIL,
    WORK_PHONE,
    PeopleSource,
    country,
    held,
    identified,
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

USER_FIELDS = {
    "login": "userName",
    "email": WORK_MAIL,
    "secondEmail": OTHER_MAIL,
    "firstName": "name.givenName",
    "lastName": "name.familyName",
    "middleName": "name.middleName",
    "honorificPrefix": "name.honorificPrefix",
    "honorificSuffix": "name.honorificSuffix",
    "displayName": "displayName",
    "nickName": "nickName",
    "title": "title",
    "profileUrl": "profileUrl",
    "primaryPhone": WORK_PHONE,
    "mobilePhone": MOBILE,
    "streetAddress": f"{WORK}.streetAddress",
    "city": f"{WORK}.locality",
    "state": f"{WORK}.region",
    "zipCode": f"{WORK}.postalCode",
    "preferredLanguage": "preferredLanguage",
    "locale": "locale",
    "timezone": "timezone",
    "userType": "userType",
    "employeeNumber": "enterprise.employeeNumber",
    "costCenter": "enterprise.costCenter",
    "organization": "enterprise.organization",
    "division": "enterprise.division",
    "department": "enterprise.department",
}
"""Attributes of Okta's profile, and those that they become."""
ACTIVE: Mapping[str, bool] = {
    "ACTIVE": True,
    "PASSWORD_EXPIRED": True,
    "LOCKED_OUT": True,
    "RECOVERY": True,
    "PROVISIONED": True,
    "STAGED": False,
    "SUSPENDED": False,
    "DEPROVISIONED": False,
}
"""Whether a status has access: who has to change a password, or has mistyped it, keeps the account."""
PAGE = 200
"""Objects of a page, unless less were asked for."""
_GROUP_ID = re.compile(r"(?<![0-9A-Za-z])00g[0-9A-Za-z]{17}(?![0-9A-Za-z])")
_HOW = "Save GET /api/v1/groups/ID/users of each, with the group's id in the name of the file."


def read_okta(files: Iterable[tuple[str, bytes]]) -> PeopleSource:
    """Return what saved answers have: users, groups, and members by the group's id in the file's name.

    Okta's pages do not say whether another follows. Errors: InvalidSpec, where a file is broken, or the last page is
    missing for sure.
    """
    found: dict[Kind | str, dict[str, Document]] = defaultdict(dict)
    sizes: dict[Kind | str, list[int]] = defaultdict(list)
    for name, body in files:
        items = page(name, body).items
        objects = identified(name, items)
        about: Kind | str = in_name(_GROUP_ID, name) or _kind_of(name, objects)
        found[about] = {**objects, **found[about]}
        sizes[about].append(len(items))
    for about, several in sizes.items():
        if min(several) >= PAGE:
            what = f"{about.resource_type.value}s" if isinstance(about, Kind) else f"members of group {about}"
            raise InvalidSpec(
                f"the last page of {what} is missing: each file has {PAGE} or more, so that another page follows; give "
                "all pages, the last one even if it is empty"
            )
    members = {about: each for about, each in found.items() if not isinstance(about, Kind)}
    check_groups(members, found[Kind.GROUP])
    notes = ["Okta's saved pages do not say whether all are there: compare the numbers, or import live."]
    return okta(found[Kind.USER], found[Kind.GROUP], members, notes)


def _kind_of(name: str, objects: Mapping[str, Document]) -> Kind:
    kinds = {Kind.USER if "login" in held(each, "profile") else Kind.GROUP for each in objects.values()}
    if len(kinds) > 1:
        raise InvalidSpec(f"{name}: has users and groups; save GET /api/v1/users and GET /api/v1/groups apart")
    return next(iter(kinds), Kind.USER)


def okta(
    people: Mapping[str, Document],
    groups: Mapping[str, Document],
    members: Mapping[str, Iterable[str]],
    notes: Iterable[str] = (),
) -> PeopleSource:
    """Return the source of users and groups by id, and of the ids of members by the group's id."""
    unknown = [_called(id, each) for id, each in groups.items() if id not in members]
    managers = _managers(people)

    def made() -> Iterator[SourceRow | Refused]:
        yield from rows(Kind.USER, people, partial(_user, managers))
        yield from rows(Kind.GROUP, groups, partial(_group, members))

    return PeopleSource(made, [*notes, *unknown_members(unknown, _HOW)])


def _called(id: str, item: Document) -> str:
    profile = item.get("profile")
    return str(profile.get("name") or id) if isinstance(profile, dict) else id


def _managers(people: Mapping[str, Document]) -> dict[str, str]:
    """Return ids by what `managerId` may name people by: id, login or number; what names several names no one."""
    found: dict[str, str] = {}
    for id, item in people.items():
        profile = item.get("profile")
        for name in ("login", "employeeNumber"):
            value = profile.get(name) if isinstance(profile, dict) else None
            if isinstance(value, str) and value:
                found[value.lower()] = id if value.lower() not in found else ""
    return {**found, **{id.lower(): id for id in people}}


def _user(managers: Mapping[str, str], id: str, item: Document) -> SourceRow:
    profile, status = held(item, "profile"), text(item, "status")
    if status not in ACTIVE:
        raise InvalidSpec(f"status: must be one of {', '.join(ACTIVE)}; export it again")
    values: list[tuple[str, JsonValue]] = [(to, text(profile, name)) for name, to in USER_FIELDS.items()]
    values += [
        ("externalId", id),
        ("active", ACTIVE[status]),
        (f"{WORK}.country", country(text(profile, "countryCode"))),
    ]
    return row_of_person(id, item, values, managers.get(text(profile, "managerId").lower(), ""))


def _group(members: Mapping[str, Iterable[str]], id: str, item: Document) -> SourceRow:
    profile, known = held(item, "profile"), members.get(id)
    listed = None if known is None else tuple(reference(Kind.USER, each) for each in known)
    return row_of_group(id, item, text(profile, "name"), text(profile, "description"), listed)
