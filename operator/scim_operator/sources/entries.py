"""Entries of a directory: attributes by name in lower case, with texts, and without what no manifest may have."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scim_operator.sources.spec import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scim_operator.core.resource import JsonValue

GUID, SID, ANCHOR = "objectguid", "objectsid", "ms-ds-consistencyguid"
_BYTES = frozenset({GUID, SID, ANCHOR})
"""Attributes of bytes that mean something to us."""
_NUMBERS = ("entryuuid", "nsuniqueid")
"""What numbers an entry for ever, in OpenLDAP (RFC 4530) and in 389 Directory Server, besides objectGUID."""
_HIDDEN = re.compile(r"pwd(?!accountlockedtime|lastset)|nthash|krb.*key|pkcs12", re.IGNORECASE)
"""What holds a password, a hash of one or a key, besides what its name calls a secret."""
_RANGE = re.compile(r"range=\d+-(\d+|\*)", re.IGNORECASE)
_SPELLED = (
    "accountExpires businessCategory cn co company dc departmentNumber description displayName distinguishedName "
    "division employeeID employeeNumber employeeType entryUUID facsimileTelephoneNumber gidNumber givenName groupType "
    "homeDirectory homePhone info initials loginShell mail manager member memberOf memberUid middleName mobile "
    "nsAccountLock nsUniqueId objectCategory objectClass objectGUID objectSid ou pager personalTitle "
    "physicalDeliveryOfficeName postalAddress postalCode preferredLanguage primaryGroupID sAMAccountName "
    "sAMAccountType sn st street streetAddress telephoneNumber title uid uidNumber uniqueMember userAccountControl "
    "userPrincipalName mS-DS-ConsistencyGuid roomNumber labeledURI pwdAccountLockedTime department c l o"
)
SPELLING = {name.lower(): name for name in _SPELLED.split()}
"""How schemas spell the names that expressions ask for most; any case means the same attribute."""


@dataclass(slots=True)
class Entry:
    """One entry. Args: dn; place, as messages say it; texts, raw, by name in lower case, with options if any.

    `broken` are attributes of which a value is no text, `partial` those of which the server gave a part alone.
    """

    dn: str
    place: str
    texts: dict[str, list[str]] = field(default_factory=dict)
    raw: dict[str, list[bytes]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    partial: set[str] = field(default_factory=set)
    spelled: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, values: Iterable[bytes]) -> None:
        """Add values of an attribute; what is secret is dropped here."""
        base, *options = name.split(";")
        if SECRET.search(base) or _HIDDEN.search(base):
            return
        lower = base.lower()
        if any(found and found[1] != "*" for found in map(_RANGE.fullmatch, options)):
            self.partial.add(lower)
        kept = [each for each in options if each.lower() != "binary" and not _RANGE.fullmatch(each)]
        shown = ";".join([SPELLING.get(lower, base), *kept])
        self._put(";".join([lower, *map(str.lower, kept)]), shown, values)

    def _put(self, key: str, shown: str, values: Iterable[bytes]) -> None:
        if key in _BYTES:
            self.raw.setdefault(key, []).extend(values)
            return
        for value in values:
            try:
                text = value.decode()
            except UnicodeDecodeError:
                self.broken.add(key)
            else:
                self.texts.setdefault(key, []).append(text)
                self.spelled.setdefault(key, shown)

    def all(self, name: str) -> Sequence[str]:
        """Return the values of an attribute that are not empty."""
        return [each for each in self.texts.get(name, ()) if each]

    def first(self, name: str) -> str:
        """Return the first value, "" for none."""
        return next(iter(self.all(name)), "")

    @property
    def classes(self) -> frozenset[str]:
        """Return the object classes in lower case."""
        return frozenset(each.lower() for each in self.texts.get("objectclass", ()))

    @property
    def lasting(self) -> str:
        """Return the number that the directory never gives again, whatever becomes of the name; "" for none."""
        numbers = (guid_of(self.raw.get(GUID, ())), *map(self.first, _NUMBERS))
        return next(filter(None, numbers), "").lower()

    def row(self) -> dict[str, JsonValue]:
        """Return what expressions see: `dn`, and each attribute as a text, or a list where it has several values."""
        found: dict[str, JsonValue] = {"dn": self.dn}
        for key, values in self.texts.items():
            found[self.spelled[key]] = values[0] if len(values) == 1 else list(values)
        if guid := guid_of(self.raw.get(GUID, ())):
            found[SPELLING[GUID]] = guid
        if sid := sid_of(self.raw.get(SID, ())):
            found[SPELLING[SID]] = sid
        return found


def guid_of(values: Sequence[bytes]) -> str:
    """Return the text of a GUID, whose first three parts Active Directory stores backwards; "" for none."""
    return str(uuid.UUID(bytes_le=values[0])) if len(values) == 1 and len(values[0]) == 16 else ""


def sid_of(values: Sequence[bytes]) -> str:
    """Return the text of a security identifier, S-1-5-21-…; "" for none."""
    value = values[0] if len(values) == 1 else b""
    if len(value) < 8 or len(value) != 8 + 4 * value[1]:
        return ""
    parts = [int.from_bytes(value[at : at + 4], "little") for at in range(8, len(value), 4)]
    return "-".join(["S", str(value[0]), str(int.from_bytes(value[2:8], "big")), *map(str, parts)])
