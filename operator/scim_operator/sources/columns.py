"""The columns of a table, and the attributes that they give: by `map`, or by the names that exports have."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.wording import some
from scim_operator.errors import InvalidSpec
from scim_operator.sources.spec import SECRET
from scim_operator.sources.targets import target
from scim_operator.sources.transform import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scim_operator.sources.targets import Target

_WORK_MAIL, _WORK_PHONE = 'emails[type eq "work"].value', 'phoneNumbers[type eq "work"].value'
_MOBILE, _WORK = 'phoneNumbers[type eq "mobile"].value', 'addresses[type eq "work"]'
KNOWN: Mapping[str, tuple[str, ...]] = {
    "userName": ("username", "login", "loginname", "userid"),
    "externalId": ("externalid", "objectid", "oid"),
    "active": ("active", "enabled", "accountenabled"),
    "name.givenName": ("givenname", "firstname", "forename"),
    "name.familyName": ("familyname", "lastname", "surname", "sn"),
    "name.middleName": ("middlename",),
    "displayName": ("displayname", "fullname"),
    "nickName": ("nickname",),
    "title": ("title", "jobtitle"),
    "userType": ("usertype", "employeetype"),
    "profileUrl": ("profileurl",),
    "preferredLanguage": ("preferredlanguage",),
    "locale": ("locale",),
    "timezone": ("timezone",),
    _WORK_MAIL: ("email", "mail", "emailaddress", "workemail", "emails"),
    _WORK_PHONE: ("phone", "phonenumber", "telephone", "telephonenumber", "workphone"),
    _MOBILE: ("mobile", "mobilephone", "cellphone"),
    f"{_WORK}.streetAddress": ("street", "streetaddress"),
    f"{_WORK}.locality": ("city", "locality"),
    f"{_WORK}.region": ("state", "region"),
    f"{_WORK}.postalCode": ("postalcode", "zip", "zipcode"),
    f"{_WORK}.country": ("country", "countrycode"),
    "enterprise.employeeNumber": ("employeenumber", "employeeid", "personnelnumber"),
    "enterprise.costCenter": ("costcenter", "costcentre"),
    "enterprise.organization": ("organization", "organisation", "company"),
    "enterprise.division": ("division",),
    "enterprise.department": ("department",),
    "ws1b.userPrincipalName": ("userprincipalname", "upn"),
    "ws1b.distinguishedName": ("distinguishedname", "dn"),
    "ws1b.adSourceAnchor": ("adsourceanchor",),
    "ws1b.domain": ("domain",),
    "manager": ("manager",),
    "groups": ("groups", "memberof"),
    "notBefore": ("notbefore",),
    "notAfter": ("notafter",),
}
"""The names of columns, letters and digits alone and in lower case, that mean an attribute."""
_BY_NAME = {name: text for text, several in KNOWN.items() for name in several}
_MOST = 20


def header(cells: Sequence[str]) -> dict[str, int]:
    """Return the index of each column by its name, nameless ones left out. Errors: InvalidSpec, for one name twice."""
    found: dict[str, int] = {}
    for number, cell in enumerate(cells):
        name = cell.strip()
        if name in found:
            raise InvalidSpec(f"line 1: two columns are called {name[:60]}; rename one of them")
        if name:
            found[name] = number
    if not found:
        raise InvalidSpec("line 1: there are no names of columns; the first line has to have them")
    return found


def targets(columns: Iterable[str], mapped: Mapping[str, str]) -> tuple[dict[str, Target], tuple[str, ...]]:
    """Return what each column gives, and the columns that give nothing. Errors: InvalidSpec."""
    there = frozenset(columns)
    if unknown := sorted(set(mapped) - there):
        raise InvalidSpec(f"map: there is no column {unknown[0][:60]}; {named(there)}")
    found: dict[str, Target] = {}
    for column in sorted(there):
        text = mapped[column] if column in mapped else known(column)
        if text:
            found[column] = _target(column, text)
    _check_once(found)
    return found, tuple(sorted(column for column in there if column not in found and column not in mapped))


def known(column: str) -> str:
    """Return the attribute that a column's own name means, "" for none; a secret is never one."""
    if SECRET.search(column):
        return ""
    plain = re.sub(r"[^a-z0-9]", "", column.lower())
    if plain in _BY_NAME:
        return _BY_NAME[plain]
    if "." not in column and ":" not in column:
        return ""
    try:
        return target(column, Kind.USER).text
    except InvalidSpec:
        return ""


def _target(column: str, text: str) -> Target:
    try:
        return target(text, Kind.USER)
    except InvalidSpec as error:
        raise InvalidSpec(f"map {column[:60]}: {error}") from None


def _check_once(found: Mapping[str, Target]) -> None:
    by_target: dict[str, list[str]] = defaultdict(list)
    for column, each in found.items():
        by_target[str(each.path or each.other).lower()].append(column)
    for several in by_target.values():
        if len(several) > 1:
            raise InvalidSpec(
                f"columns {' and '.join(several[:4])} both give {found[several[0]].text}; choose one: "
                f"--map '{several[0]}={found[several[0]].text}' --map '{several[1]}='"
            )


def not_imported(columns: Sequence[str]) -> str:
    """Return the sentence on columns that give nothing."""
    shown = some(columns, _MOST, lambda each: each[:60])
    return f"Not imported: columns {shown}. --map COLUMN=ATTRIBUTE imports one."
