"""All entries below a name: page by page, with every value, and complete or not at all."""

from __future__ import annotations

import re
import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.secrecy.destinations import INSECURE_FLAG
from scim_operator.errors import IncompleteListing, InvalidSpec
from scim_operator.sources.entries import GUID, Entry, guid_of
from scim_operator.sources.ldap import messages
from scim_operator.sources.ldap.connection import (
    REFERRED,
    Connection,
    address_of,
    is_own_machine,
    opened,
    reason_of,
    secured,
)
from scim_operator.sources.ldap.filters import encoded
from scim_operator.sources.ldap.messages import BASE, SUBTREE, Done, Found, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PEOPLE = "(|(objectClass=person)(objectClass=posixAccount))"
GROUPS = (
    "(|(objectClass=group)(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=groupOfMembers)"
    "(objectClass=posixGroup)(objectClass=groupOfURLs))"
)
ATTRIBUTES = ("*", "memberOf", "entryUUID", "nsUniqueId", "pwdAccountLockedTime", "nsAccountLock")
"""All that are for users, and those that a server gives only by name."""
PAGE = 500
_RANGE = re.compile(r"(?P<name>[^;]+);range=(?P<first>\d+)-(?P<last>\d+|\*)", re.IGNORECASE)
_EMPTY_PAGES = 100
_MOST_ENTRIES = 1_000_000
_MOST_RANGES = 10_000
_ANY = "(objectClass=*)"


@dataclass(frozen=True, slots=True)
class Server:
    """Where a directory is, and how it is read. `clear`: whether it may go over a network without TLS."""

    url: str
    start_tls: bool = False
    ca: str = ""
    clear: bool = False
    dn: str = ""
    password: bytes = b""


@contextmanager
def connected(server: Server) -> Iterator[Connection]:
    """Provide a connection, over TLS and signed in. Errors: InvalidSpec, and those of a connection."""
    scheme, host, port = address_of(server.url)
    place = f"{host}:{port}"
    plain = opened(host, port, place)
    try:
        safe = scheme == "ldaps" or server.start_tls or is_own_machine(plain)
        if not safe and not server.clear:
            raise InvalidSpec(
                f"Nothing was sent to {place}: without TLS others can read the password and change the answers; "
                f"use ldaps:// or --start-tls, or give {INSECURE_FLAG}."
            )
        context = _context(server.ca)
        connection = Connection(secured(plain, context, host, place) if scheme == "ldaps" else plain, place)
        try:
            if server.start_tls:
                connection.start_tls(context, host)
            if server.dn:
                connection.bind(server.dn, server.password)
            yield connection
        finally:
            connection.close()
    finally:
        plain.close()


def _context(ca: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cadata=ca or None)
    except (ssl.SSLError, ValueError):
        raise InvalidSpec("--ca-file has no certificates; give a file with the CA's, in PEM") from None


class Listing:
    """What searches have found so far: each entry once, and how many parts are on other servers."""

    def __init__(self, connection: Connection, place: str) -> None:
        self._connection = connection
        self._place = place
        self._found: dict[str, Entry] = {}
        self.referrals = 0

    @property
    def entries(self) -> Sequence[Entry]:
        """Return the entries in the order in which they were found."""
        return [*self._found.values()]

    def search(self, base: str, filter: str) -> None:
        """Find all entries below a name. Errors: IncompleteListing, InvalidSpec, and those of a connection."""
        asked, cookie, empty = encoded(filter), b"", 0
        while True:
            count = len(self._found)
            cookie = self._page(base, asked, cookie)
            if not cookie:
                return
            empty = empty + 1 if count == len(self._found) else 0
            if empty > _EMPTY_PAGES:
                raise IncompleteListing(
                    f"{self._place} gives one page without entries after another; import from a file"
                )

    def _page(self, base: str, filter: bytes, cookie: bytes) -> bytes:
        number = self._connection.next_number()
        request = messages.search(number, base, SUBTREE, filter, ATTRIBUTES, (PAGE, cookie))
        done = Done(0)
        ranged = []
        for answer in self._connection.ask(request):
            if isinstance(answer, Found):
                entry, more = self._entry(answer)
                self._found.setdefault(answer.dn, entry)
                if len(self._found) > _MOST_ENTRIES:
                    raise InvalidSpec(f"{self._place} has more than {_MOST_ENTRIES:,} entries there; narrow --base")
                ranged += [(entry, answer.dn, each) for each in more]
            elif isinstance(answer, Reference):
                self.referrals += 1
            else:
                done = answer
        self._check(done)
        for entry, dn, (name, following) in ranged:
            self._rest(entry, dn, name, following)
        return done.cookie

    def _check(self, done: Done) -> None:
        if done.code == REFERRED:
            raise InvalidSpec(f"{self._place} does not have --base itself, but refers to another server; ask that one")
        if done.code:
            raise IncompleteListing(
                f"Nothing was imported, for {self._place} lists not all of it: {reason_of(done.code)}. A limit must "
                "be raised for the one who asks; OpenLDAP's is olcLimits with size.prtotal=unlimited."
            )

    def _entry(self, found: Found) -> tuple[Entry, list[tuple[str, int]]]:
        """Return an entry, and the attributes of which there is more, with the number of the value that follows."""
        entry = Entry(found.dn, "")
        more = []
        for name, values in found.attributes:
            part = _RANGE.fullmatch(name)
            if part is not None and part["last"] != "*":
                more.append((part["name"], int(part["last"][:9]) + 1))
            entry.add(name if part is None else part["name"], values)
        uuid = guid_of(entry.raw.get(GUID, ())) or entry.first("entryuuid")
        entry.place = f"entry {uuid}" if uuid else f"entry {len(self._found) + 1} of the listing"
        return entry, more

    def _rest(self, entry: Entry, dn: str, name: str, following: int) -> None:
        """Add the values that a server gives by ranges ([MS-ADTS] 3.1.1.3.1.3.3)."""
        for _ in range(_MOST_RANGES):
            values, last = self._range(dn, name, following)
            entry.add(name, values)
            following += len(values)
            if last == "*":
                return
            if not values:
                break
        raise IncompleteListing(f"{entry.place}: {self._place} gives a part of {name} alone; try again")

    def _range(self, dn: str, name: str, following: int) -> tuple[tuple[bytes, ...], str]:
        number = self._connection.next_number()
        request = messages.search(number, dn, BASE, encoded(_ANY), [f"{name};range={following}-*"])
        values: tuple[bytes, ...] = ()
        last = ""
        for answer in self._connection.ask(request):
            for called, each in answer.attributes if isinstance(answer, Found) else ():
                part = _RANGE.fullmatch(called)
                if part is not None and part["name"].lower() == name.lower() and int(part["first"][:9]) == following:
                    values, last = each, part["last"]
            if isinstance(answer, Done):
                self._check(answer)
        return values, last
