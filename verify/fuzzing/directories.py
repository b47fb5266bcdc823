"""What a directory gives: files of LDIF, the answers of a server, and the filters that people ask it with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from scim_operator.local.checks import check
from scim_operator.local.manifests import collect_texts
from scim_operator.sources.assembly import assemble
from scim_operator.sources.ldap import ber
from scim_operator.sources.ldap.connection import Connection, address_of
from scim_operator.sources.ldap.directory import Listing
from scim_operator.sources.ldap.filters import encoded
from scim_operator.sources.ldap_source import LdapSource
from scim_operator.sources.ldif import Ldif, read_ldif
from scim_operator.sources.made import Place
from scim_operator.sources.manifests import texts
from scim_operator.sources.rules import ImportRules
from scim_operator.sources.transform import transforms
from verify.fuzzing.target import CANARY, Broken, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.sources.entries import Entry

RULES = ImportRules()
LINES = (
    "dn: uid=ada,dc=x",
    "dn: CN=A\\2C da+uid=b,DC=Corp",
    "dn:: dWlkPWFkYSxkYz14",
    "objectClass: inetOrgPerson",
    "objectClass: user",
    "objectClass: group",
    "objectClass: posixGroup",
    f"uid: {CANARY}",
    "sAMAccountName: ada",
    "cn: ops",
    "cn;lang-de:: R3LDtsOfZQ==",
    "member: uid=ada,dc=x",
    "member: cn=ops",
    "member;range=0-1: x",
    "memberUid: ada",
    "memberOf: cn=ops,dc=x",
    "uniqueMember: uid=ada,dc=x#'01'B",
    "gidNumber: 7",
    "objectGUID:: nnwMf2xaU0yfDgAAAAAAAQ==",
    "objectSid:: AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAATQQAAA==",
    "primaryGroupID: 1101",
    "userAccountControl: 514",
    "accountExpires: 9223372036854775807",
    "accountExpires: 134432352000000000",
    "accountExpires: 99999999999999999999999999",
    "manager: uid=ada,dc=x",
    "userPassword: hush",
    "jpegPhoto:< file:///etc/passwd",
    "changetype: add",
    "version: 1",
    "# numEntries: 1",
    "# extended LDIF",
    "result: 0 Success",
    "ref: ldap://x/",
    " folded",
    "-",
    "",
    "",
    "",
)


def _imported(entries: Sequence[Entry]) -> None:
    """Carry an import of entries through, up to the files: what is written must be valid."""
    source = LdapSource(entries)
    done = assemble(source, transforms(RULES, source.columns), Place("identity"))
    _ = source.notes
    files = [(name, "".join(parts).encode()) for name, parts in texts(done.manifests, RULES, "identity").items()]
    wrong = [each.as_text() for each in check(collect_texts(files), allow_empty=True) if each.severity == "error"]
    if wrong:
        raise Broken(f"what it writes is not valid: {wrong[0]}")
    if any(CANARY in str(each) for each in done.refused):
        raise Broken(f"a refusal quotes a value: {done.refused}")


def _ldif(body: bytes) -> None:
    _imported([*read_ldif("people.ldif", body, Ldif())])


@st.composite
def ldif(draw: st.DrawFn) -> bytes:
    """Draw a file: lines that mean something, in any order, with texts between, wrongly encoded or cut."""
    lines = draw(st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=20)), max_size=40))
    body = draw(st.sampled_from(["\n", "\r\n"])).join([*lines, "", ""])
    encoded_ = body.encode(draw(st.sampled_from(["utf-8", "utf-16", "latin-1"])), errors="replace")
    cut = draw(st.integers(0, 40))
    return encoded_[:-cut] if cut > 30 else encoded_


class Server:
    """A socket to a server that has its answers ready, whatever it is asked."""

    def __init__(self, answers: bytes) -> None:
        self._left = answers

    def sendall(self, _: bytes) -> None:
        """Take a request."""

    def recv(self, most: int) -> bytes:
        """Return what comes next, a few bytes at a time."""
        size = min(most, 4096)
        block, self._left = self._left[:size], self._left[size:]
        return block


def _message(number: int, *parts: bytes) -> bytes:
    return ber.element(ber.SEQUENCE, ber.integer(number), *parts)


def _entry(name: str, attributes: list[tuple[str, list[bytes]]]) -> bytes:
    listed = [
        ber.element(ber.SEQUENCE, ber.text(each), ber.element(ber.SET, *map(ber.text, values)))
        for each, values in attributes
    ]
    return ber.element(0x64, ber.text(name), ber.element(ber.SEQUENCE, *listed))


def _done(code: int, cookie: bytes) -> tuple[bytes, ...]:
    value = ber.element(ber.SEQUENCE, ber.integer(0), ber.text(cookie))
    control = ber.element(ber.SEQUENCE, ber.text("1.2.840.113556.1.4.319"), ber.text(value))
    result = ber.element(0x65, ber.integer(code, ber.ENUMERATED), ber.text(""), ber.text(CANARY))
    return result, ber.element(0xA0, control)


_ATTRIBUTES = st.lists(
    st.tuples(
        st.sampled_from(
            ["objectClass", "uid", "cn", "member;range=0-1", "member;range=2-*", "objectGUID", "entryUUID"]
        ),
        st.lists(st.one_of(st.sampled_from([b"inetOrgPerson", b"group", b"ada"]), st.binary(max_size=16)), max_size=3),
    ),
    max_size=5,
)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Draw what a server sends: entries, referrals and results, in any order, some of it broken."""
    found = []
    for number in draw(st.lists(st.integers(0, 3), max_size=8)):
        kind = draw(st.integers(0, 3))
        name = draw(st.sampled_from(["uid=ada,dc=x", "cn=ops,dc=x", "", "\\zz"]))
        parts: tuple[bytes, ...]
        parts = (_entry(name, draw(_ATTRIBUTES)),) if kind < 2 else (ber.element(0x73, ber.text("ldap://x")),)
        if kind == 3:
            parts = _done(draw(st.sampled_from([0, 0, 4, 10, 127])), draw(st.sampled_from([b"", b"", b"1"])))
        found.append(_message(number, *parts))
    body = bytearray(b"".join(found))
    for at in draw(st.lists(st.integers(0, max(len(body) - 1, 0)), max_size=3)) if body else ():
        body[at] = draw(st.integers(0, 255))
    return bytes(body) + draw(st.sampled_from([b"", _message(1, *_done(0, b"")), b"\x30\x84\xff\xff\xff\xff"]))


def _answers(body: bytes) -> None:
    opened: Any = Server(body)
    listing = Listing(Connection(opened, "dc1.corp.example:636"), "dc1.corp.example:636")
    listing.search("dc=x", "(uid=*)")
    _imported(listing.entries)


FILTERS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet='()&|!=*\\:<>~aü2 "', max_size=60),
    st.integers(1, 400).map(lambda depth: "(!" * depth + "(a=b)" + ")" * depth),
)


def _filter(text: str) -> None:
    made = encoded(text)
    [(_, _)] = ber.elements(made)


TARGETS = (
    Target(
        "LDIF",
        ("sources/ldif.py", "sources/entries.py", "sources/dn.py", "sources/inetorg.py", "sources/ldap_source.py"),
        ldif(),
        _ldif,
    ),
    Target(
        "the answers of an LDAP server",
        (
            "sources/ldap/ber.py",
            "sources/ldap/messages.py",
            "sources/ldap/directory.py",
        ),
        answers(),
        _answers,
    ),
    Target("an LDAP filter", ("sources/ldap/filters.py",), FILTERS, _filter),
    Target(
        "the URL of an LDAP server",
        ("sources/ldap/connection.py",),
        st.text(max_size=60).map("ldap://".__add__),
        address_of,
    ),
)
