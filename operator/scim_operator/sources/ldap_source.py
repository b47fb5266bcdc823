"""People and groups among the entries of a directory, whoever read them: a file of LDIF, or a server."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.wording import counted, some
from scim_operator.errors import InvalidSpec
from scim_operator.sources.dn import normal, own_values
from scim_operator.sources.entries import SID, SPELLING, sid_of
from scim_operator.sources.inetorg import COLUMNS, USED, group_of, user_of
from scim_operator.sources.row import Refused, SourceRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scim_operator.sources.entries import Entry

_GROUPS = frozenset({"group", "groupofnames", "groupofuniquenames", "groupofmembers", "posixgroup", "groupofurls"})
_PEOPLE = frozenset({"person", "inetorgperson", "organizationalperson", "posixaccount", "user"})
_NO_PEOPLE = {
    "computer": "computer",
    "msds-managedserviceaccount": "service account",
    "msds-groupmanagedserviceaccount": "service account",
    "contact": "contact",
    "foreignsecurityprincipal": "foreign security principal",
}
"""Object classes that are derived from a person's, and mean no one who signs in."""
_TRUST = 0x800 | 0x1000 | 0x2000
"""Bits of userAccountControl: the account of another domain, a computer, a domain controller."""
_DYNAMIC = "groupofurls"
_MOST = 10
_NO_CLASS = "has no objectClass, so that it may be anything; export that attribute, too"
_NO_MEMBERS = (
    "No group shows a member to the one who asks, so that groups are imported without: who is in them is not managed "
    "until a manifest says it."
)


class LdapSource:
    """The rows of a directory. `users_only`: no groups; `referrals`, how many parts of it are on other servers."""

    columns = None
    yields = True

    def __init__(self, entries: Sequence[Entry], *, users_only: bool = False, referrals: int = 0) -> None:
        self._entries = entries
        self._users_only = users_only
        self._referrals = referrals
        self._left: Counter[str] = Counter()
        self._hidden = False

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what a person is told about the directory."""
        said = []
        if self._left:
            kinds = some(self._left.most_common(), _MOST, lambda each: counted(each[1], each[0][:60]))
            said.append(f"Left out, for they are neither people nor groups: {kinds}.")
        if self._referrals:
            said.append(
                f"Not followed: {counted(self._referrals, 'referral')} to other servers; import from those as well, "
                "if people are there."
            )
        return (*said, _NO_MEMBERS) if self._hidden else tuple(said)

    def records(self) -> Iterator[SourceRow | Refused]:
        """Yield people, then groups."""
        people: dict[str, Entry] = {}
        groups: dict[str, Entry] = {}
        others: set[str] = set()
        for name, entry, wrong in _named(self._entries):
            kind = _kind_of(entry)
            if wrong or not entry.classes:
                yield Refused(entry.place, wrong or _NO_CLASS)
            elif kind is not None:
                (people if kind is Kind.USER else groups)[name] = entry
            else:
                others.add(name)
                self._left[_noun_of(entry)] += 1
        yield from self._rows(people, {} if self._users_only else groups, others)

    def _rows(
        self, people: dict[str, Entry], groups: dict[str, Entry], others: set[str]
    ) -> Iterator[SourceRow | Refused]:
        names_them = not groups and not self._users_only
        for name, entry in people.items():
            yield _row(Kind.USER, name, entry, _group_names(entry) if names_them else ())
        book = _Members(people, groups, others)
        found = {name: book.of(name, entry) for name, entry in groups.items()}
        self._hidden = bool(groups) and not any(found.values())
        for name, entry in groups.items():
            shown = not self._hidden and _DYNAMIC not in entry.classes
            yield _row(Kind.GROUP, name, entry, members=tuple(found[name]) if shown or found[name] else None)


def _named(entries: Sequence[Entry]) -> Iterator[tuple[str, Entry, str]]:
    """Yield each entry with the one spelling of its name, and what is wrong with that, "" for nothing."""
    by_name: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        try:
            by_name[normal(entry.dn)].append(entry)
        except InvalidSpec as error:
            yield "", entry, f"its name {error}"
    for name, several in by_name.items():
        for entry in several:
            others = ", ".join(other.place for other in several[:4] if other is not entry)
            twice = f"its name is that of {others} too; leave one of them out" if len(several) > 1 else ""
            yield name, entry, twice


def _kind_of(entry: Entry) -> Kind | None:
    """Return the kind of manifest that an entry becomes."""
    classes = entry.classes
    if not classes.isdisjoint(_NO_PEOPLE) or _is_deleted(entry):
        return None
    if not classes.isdisjoint(_GROUPS):
        return Kind.GROUP
    return None if classes.isdisjoint(_PEOPLE) or _is_trust(entry) else Kind.USER


def _noun_of(entry: Entry) -> str:
    """Return what an entry is that becomes no manifest."""
    known = next((noun for name, noun in _NO_PEOPLE.items() if name in entry.classes), "")
    if _is_deleted(entry):
        return "deleted object"
    return known or ("trust account" if _is_trust(entry) else entry.texts["objectclass"][-1])


def _is_deleted(entry: Entry) -> bool:
    return entry.first("isdeleted").lower() == "true"


def _is_trust(entry: Entry) -> bool:
    control = entry.first("useraccountcontrol")
    return control.isdecimal() and bool(int(control[:20]) & _TRUST)


def _row(
    kind: Kind, name: str, entry: Entry, groups: tuple[str, ...] = (), members: tuple[str, ...] | None = None
) -> SourceRow | Refused:
    try:
        _check(entry)
        document = user_of(entry) if kind is Kind.USER else group_of(entry)
        manager = f"{_id(Kind.USER, _resolved(entry.first('manager')))}" if entry.first("manager") else ""
    except InvalidSpec as error:
        return Refused(entry.place, str(error))
    return SourceRow(
        kind,
        entry.place,
        entry.row(),
        document,
        id=_id(kind, name),
        lasting=entry.lasting,
        manager=manager if kind is Kind.USER else "",
        groups=groups,
        members=members,
        columns=COLUMNS if kind is Kind.USER else {"displayName": "cn"},
        noun="attribute",
    )


def _check(entry: Entry) -> None:
    if broken := sorted(entry.broken & USED):
        raise InvalidSpec(f"attribute {SPELLING.get(broken[0], broken[0])} is not UTF-8; correct it")
    if partial := sorted(entry.partial & USED):
        name = SPELLING.get(partial[0], partial[0])
        raise InvalidSpec(f"attribute {name} is there in part (range=…); import from the server, with `import ldap`")


def _id(kind: Kind, name: str) -> str:
    return f"{kind.resource_type.value}/{name}"


def _resolved(dn: str) -> str:
    """Return the one spelling of a name that an entry refers to; what is no name is no one's."""
    try:
        return normal(dn)
    except InvalidSpec:
        return f"?{dn}"


def _group_names(entry: Entry) -> tuple[str, ...]:
    """Return the names of groups that a person is in, where their entries are not there."""
    found: dict[str, None] = {}
    for dn in entry.all("memberof"):
        try:
            found[next(iter(own_values(dn).values()), "")] = None
        except InvalidSpec:
            continue
    return tuple(name for name in found if name)


class _Members:
    """Who is in which group: groups say it, people say it of themselves, and a primary group is a number."""

    def __init__(self, people: dict[str, Entry], groups: dict[str, Entry], others: set[str]) -> None:
        self._others = others
        self._by_uid: dict[str, str] = {}
        self._of_number: dict[str, list[str]] = defaultdict(list)
        self._said: dict[str, list[str]] = defaultdict(list)
        for name, entry in people.items():
            for uid in entry.all("uid"):
                self._by_uid[uid.lower()] = name if uid.lower() not in self._by_uid else ""
            for number in _primary(entry):
                self._of_number[number].append(name)
        for kind, entries in ((Kind.USER, people), (Kind.GROUP, groups)):
            for name, entry in entries.items():
                for dn in entry.all("memberof"):
                    self._said[_resolved(dn)].append(_id(kind, name))

    def of(self, name: str, group: Entry) -> list[str]:
        """Return what names the members of a group; who is no person and no group is none."""
        found: dict[str, None] = {}
        for attribute in ("member", "uniquemember"):
            for dn in group.all(attribute):
                # A member may have a number behind its name (RFC 4517 section 3.3.21).
                member = _resolved(dn.rpartition("#'")[0] if dn.endswith("'B") else dn)
                if member and member not in self._others:
                    found[f"/{member}"] = None
        for uid in group.all("memberuid"):
            found[_id(Kind.USER, self._by_uid.get(uid.lower()) or f"?{uid}")] = None
        for reference in self._said.get(name, ()):
            found.setdefault(reference)
        for number in _own_number(group):
            found.update((_id(Kind.USER, each), None) for each in self._of_number.get(number, ()))
        return list(_once(found))


def _once(found: dict[str, None]) -> Iterator[str]:
    """Yield references; one without a type gives way to one with."""
    typed = {each.partition("/")[2] for each in found if not each.startswith("/")}
    return (each for each in found if not (each.startswith("/") and each[1:] in typed))


def _primary(person: Entry) -> list[str]:
    """Return the numbers of the group that a person is in without being among its members."""
    found = []
    number = person.first("primarygroupid")
    domain = sid_of(person.raw.get(SID, ())).rpartition("-")[0]
    if number and domain:
        found.append(f"{domain}-{number}")
    if gid := person.first("gidnumber"):
        found.append(f"gid {gid}")
    return found


def _own_number(group: Entry) -> list[str]:
    gid = group.first("gidnumber")
    return [each for each in (sid_of(group.raw.get(SID, ())), f"gid {gid}" if gid else "") if each]
