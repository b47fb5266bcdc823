"""People and groups of Active Directory, and of directories with inetOrgPerson, as SCIM resources."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from scim_operator.core.resource import CORE_GROUP, CORE_USER, ENTERPRISE_USER, WS1B_GROUP, WS1B_USER
from scim_operator.core.wording import rfc3339
from scim_operator.errors import InvalidSpec
from scim_operator.sources.dn import domain_of, own_values
from scim_operator.sources.entries import ANCHOR, GUID, SPELLING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.resource import Document
    from scim_operator.sources.entries import Entry

_USER_NAMES = ("samaccountname", "uid", "userprincipalname")
_PLAIN: Mapping[str, tuple[str, ...]] = {
    "displayName": ("displayname", "cn"),
    "title": ("title",),
    "userType": ("employeetype",),
    "preferredLanguage": ("preferredlanguage",),
}
"""Attributes of the resource, and the attributes of the directory that give them: the first that there is."""
_NAME = {"familyName": ("sn",), "givenName": ("givenname",), "middleName": ("middlename",)}
_ADDRESS = {
    "streetAddress": ("streetaddress", "street"),
    "locality": ("l",),
    "region": ("st",),
    "postalCode": ("postalcode",),
    "country": ("c",),
}
_ENTERPRISE = {
    "employeeNumber": ("employeenumber", "employeeid"),
    "organization": ("company", "o"),
    "division": ("division",),
    "department": ("department", "departmentnumber"),
}
_PHONES = {
    "telephonenumber": "work",
    "mobile": "mobile",
    "facsimiletelephonenumber": "fax",
    "homephone": "home",
    "pager": "pager",
}
_DISABLED = 0x2
"""The bit of userAccountControl that ends an account (ADS_UF_ACCOUNTDISABLE)."""
_FOR_EVER = "000001010000z"
"""The pwdAccountLockedTime of an account that only an administrator unlocks (draft-behera-ldap-password-policy)."""
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_LAST = int((datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH).total_seconds()) * 10_000_000
"""The last accountExpires that is a date; 0 and what is later mean never."""
_SOURCES = (_PLAIN, _NAME, _ADDRESS, _ENTERPRISE)
USED = frozenset(
    {name for table in _SOURCES for names in table.values() for name in names}
    | {*_USER_NAMES, *_PHONES, "mail", "manager", "description", "memberuid", "member", "uniquemember", "memberof"}
)
"""What a manifest is made of: a value of these that is no text cannot be used."""
COLUMNS = {
    "userName": "sAMAccountName or uid",
    "emails": "mail",
    "phoneNumbers": "telephoneNumber, mobile or another number",
    **{field: " or ".join(SPELLING.get(name, name) for name in names) for field, names in _PLAIN.items()},
    **{f"name.{field}": SPELLING.get(names[0], names[0]) for field, names in _NAME.items()},
    "addresses.country": "c",
}
"""The attributes that give a field of the spec, for messages."""


def is_active_directory(entry: Entry) -> bool:
    """Return whether Active Directory has the entry."""
    return GUID in entry.raw


def user_of(entry: Entry) -> dict[str, Any]:
    """Return a person as a User. Errors: InvalidSpec."""
    own = own_values(entry.dn)
    document: dict[str, Any] = {"schemas": [CORE_USER]}
    document["userName"] = next((found for name in _USER_NAMES if (found := _one(entry, name, own))), "")
    document |= _group(entry, _PLAIN, own)
    document["name"] = _group(entry, _NAME, own)
    document["emails"] = [
        {"value": value, "type": "other" if number else "work"} for number, value in enumerate(entry.all("mail"))
    ]
    document["phoneNumbers"] = [
        {"value": value, "type": type} for name, type in _PHONES.items() for value in entry.all(name)
    ]
    if address := _group(entry, _ADDRESS, own):
        document["addresses"] = [{"type": "work", **address}]
    document[ENTERPRISE_USER] = _group(entry, _ENTERPRISE, own)
    if is_active_directory(entry):
        anchor = {"adSourceAnchor": _anchor(entry), "userPrincipalName": entry.first("userprincipalname")}
        document[WS1B_USER] = _filled({**anchor, **_placed(entry)})
    return _filled({**document, **_ends(entry)})


def group_of(entry: Entry) -> Document:
    """Return a group as a Group, without its members. Errors: InvalidSpec."""
    own = own_values(entry.dn)
    document: dict[str, Any] = {"schemas": [CORE_GROUP], "displayName": _one(entry, "cn", own)}
    if is_active_directory(entry):
        document[WS1B_GROUP] = _filled({"description": entry.first("description"), **_placed(entry)})
    return _filled(document)


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in ("", [], {}, None)}


def _group(entry: Entry, table: Mapping[str, tuple[str, ...]], own: Mapping[str, str]) -> dict[str, str]:
    found = {
        field: next((value for name in names if (value := _one(entry, name, own))), "")
        for field, names in table.items()
    }
    return _filled(found)


def _one(entry: Entry, name: str, own: Mapping[str, str]) -> str:
    """Return the value of an attribute: of several, that by which the entry is named, else the first."""
    values = entry.all(name)
    named = own.get(name, "")
    return named if named in values else next(iter(values), "")


def _anchor(entry: Entry) -> str:
    """Return what ties the account to its Entra counterpart, as Entra Connect makes it: Base64, no GUID's text."""
    [value, *_] = entry.raw.get(ANCHOR) or entry.raw[GUID]
    return base64.b64encode(value).decode()


def _placed(entry: Entry) -> dict[str, str]:
    return {"distinguishedName": entry.dn, "domain": domain_of(entry.dn)}


def _ends(entry: Entry) -> dict[str, Any]:
    """Return whether the account works, and until when, where the directory says so."""
    ended: dict[str, Any] = {}
    control = _number(entry, "useraccountcontrol")
    locked = entry.first("pwdaccountlockedtime").lower() == _FOR_EVER
    if (control or 0) & _DISABLED or locked or entry.first("nsaccountlock").lower() == "true":
        ended["active"] = False
    expires = _number(entry, "accountexpires") or 0
    if 0 < expires <= _LAST:
        ended["notAfter"] = rfc3339(_EPOCH + timedelta(seconds=expires // 10_000_000))
    return ended


def _number(entry: Entry, name: str) -> int | None:
    text = entry.first(name)
    if not text:
        return None
    try:
        number = int(text[:20])
    except ValueError:
        number = -1
    if number < 0 and name == "accountexpires":
        raise InvalidSpec("attribute accountExpires is no time of Active Directory; correct it")
    if not text.lstrip("-").isdecimal():
        raise InvalidSpec(f"attribute {SPELLING[name]} is no number; correct it")
    return number
