"""LDIF (RFC 2849): the entries of a file. What is cut off, or changes entries instead of listing them, is refused."""

from __future__ import annotations

import base64
import binascii
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.errors import InvalidSpec
from scim_operator.sources.entries import Entry
from scim_operator.sources.table import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE = re.compile(r"([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)((?:;[A-Za-z0-9=*-]+)*):([:<]?) *(.*)", re.DOTALL)
_ANSWER = frozenset({"search", "result", "control", "pagedresults", "matcheddn", "text"})
"""What ldapsearch writes below the entries."""
_HEADER = re.compile(r"extended LDIF|LDAPv3")
_ENTRIES = re.compile(r"numEntries: (\d+)")
_EXPORT = "export entries, as ldapsearch -LLL, slapcat and ldifde do"
_CUT = "the file is cut off; export it again"
_CHANGES = frozenset({"control", "newrdn", "deleteoldrdn", "newsuperior"})

Pair = tuple[int, str, bytes]
"""A line of a record: its number, the attribute with its options, and the value."""


@dataclass(slots=True)
class Ldif:
    """What a file has, besides its entries."""

    referrals: int = 0
    entries: int = 0
    answered: bool = True
    """Whether a listing of ldapsearch that has begun has ended, too."""
    counted: int = 0
    """Entries since the listing began."""


def read_ldif(name: str, body: bytes, told: Ldif, *, encoding: str = "") -> Iterator[Entry]:
    """Yield the entries of a file. Errors: InvalidSpec, by line, where nothing of it is to be used."""
    try:
        yield from _whole(name, body, told, encoding)
    except InvalidSpec as error:
        raise InvalidSpec(f"{name}: {error}") from None


def _whole(name: str, body: bytes, told: Ldif, encoding: str) -> Iterator[Entry]:
    text, _ = text_of(body, encoding, "UTF-8")
    before = told.entries
    yield from _entries(name, text, told)
    if text and not text.endswith("\n"):
        raise InvalidSpec(f"its last line has no end, as where {_CUT}, or end the line")
    if not told.answered:
        raise InvalidSpec(f"begins as ldapsearch writes, and its closing lines are missing: {_CUT}")
    if told.entries == before:
        raise InvalidSpec(f"has no entry; {_EXPORT}")


def _entries(name: str, text: str, told: Ldif) -> Iterator[Entry]:
    for record in _records(text, told):
        if record[0][1].lower() == "version":
            _check_version(record.pop(0))
        if not record:
            continue
        line, first, dn = record[0]
        if first.lower() != "dn":
            _answer(record, told)
            continue
        told.entries += 1
        told.counted += 1
        yield _entry(f"{name}: line {line}", line, dn, record[1:])


def _check_version(pair: Pair) -> None:
    line, _, value = pair
    if value.strip() != b"1":
        raise InvalidSpec(f"line {line}: is of another version of LDIF than 1; {_EXPORT}")


def _entry(place: str, line: int, dn: bytes, pairs: list[Pair]) -> Entry:
    try:
        entry = Entry(dn.decode(), place)
    except UnicodeDecodeError:
        raise InvalidSpec(f"line {line}: the name of the entry is not UTF-8; export it again") from None
    if pairs and pairs[0][1].lower() == "changetype" and pairs[0][2].strip() == b"add":  # as ldifde writes all
        pairs = pairs[1:]
    for number, name, value in pairs:
        lower = name.lower()
        if lower in ("changetype", "dn") or lower in _CHANGES:
            what = "a second dn; put an empty line before it" if lower == "dn" else f"a change of an entry; {_EXPORT}"
            raise InvalidSpec(f"line {number}: is {what}")
        entry.add(name, (value,))
    return entry


def _answer(record: list[Pair], told: Ldif) -> None:
    """Read a record that is no entry: ldapsearch's own lines, or a referral."""
    names = {name.lower() for _, name, _ in record}
    line, first, _ = record[0]
    if names == {"ref"}:
        told.referrals += len(record)
        return
    if not names <= _ANSWER:
        raise InvalidSpec(f"line {line}: begins with {first[:60]}, and an entry begins with dn; {_EXPORT}")
    for number, name, value in record:
        if name.lower() == "result" and not value.startswith(b"0 "):
            raise InvalidSpec(f"line {number}: the listing has failed or is a part alone; raise its limit, or page it")


def _records(text: str, told: Ldif) -> Iterator[list[Pair]]:
    """Yield the lines of each record, comments left out; there is at least one."""
    record: list[Pair] = []
    for number, line in _unfolded(text):
        if line.startswith("#"):
            _comment(number, line[1:].strip(), told)
        elif line:
            record.append(_pair(number, line))
        elif record:
            yield record
            record = []
    if record:
        yield record


def _comment(number: int, text: str, told: Ldif) -> None:
    """Take what ldapsearch says about its listing: that it begins, and how many entries it has."""
    if _HEADER.fullmatch(text):
        # Of a listing in pages each begins so, and the last alone ends with a count.
        told.counted = 0 if told.answered else told.counted
        told.answered = False
    elif found := _ENTRIES.fullmatch(text):
        if found[1] != str(told.counted):
            raise InvalidSpec(f"line {number}: the listing had {found[1][:9]} entries, here are {told.counted}: {_CUT}")
        told.answered, told.counted = True, 0
    elif text.startswith("numResponses:"):
        told.answered = True
    elif text.startswith("refldap"):  # as ldapsearch -LLL shows a referral
        told.referrals += 1


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Yield logical lines with the number of their first; a line that begins with a blank goes on with the last."""
    parts: list[str] = []
    begins = 0
    for number, ended in enumerate(io.StringIO(text, newline="\n"), 1):
        line = ended.rstrip("\n").removesuffix("\r")
        if line.startswith(" "):
            if not parts or not parts[0]:
                raise InvalidSpec(f"line {number}: begins with a blank, and there is no line that it goes on with")
            parts.append(line[1:])
            continue
        if begins:
            yield begins, "".join(parts)
        parts, begins = [line], number
    if begins:
        yield begins, "".join(parts)


def _pair(number: int, line: str) -> Pair:
    found = _LINE.fullmatch(line)
    if line == "-":  # what parts the changes of an entry
        raise InvalidSpec(f"line {number}: is a change of an entry; {_EXPORT}")
    if found is None:
        raise InvalidSpec(f"line {number}: is no `attribute: value`; {_EXPORT}")
    name, options, how, value = found.groups()
    if how == "<":
        raise InvalidSpec(f"line {number}: has its value elsewhere, under a URL, which is not read; put it in here")
    if how:
        try:
            return number, name + options, base64.b64decode(value.strip(), validate=True)
        except (binascii.Error, ValueError):
            raise InvalidSpec(f"line {number}: is no Base64; {_CUT}") from None
    return number, name + options, value.encode(errors="surrogatepass")
