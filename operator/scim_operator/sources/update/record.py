"""The record of an import: which manifests came of the source, and what of each the source has given. Pure.

It stands beside the manifests, in lines that Git merges well, and is no manifest: neither kubectl nor the operator
reads it. Values are in it nowhere, and what identifies a row at the source only as a digest.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.errors import InvalidSpec
from scim_operator.sources.update.units import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.sources.made import Made
    from scim_operator.sources.update.units import Part

FILE = ".import.jsonl"
"""The name of the record, in the directory of the manifests."""
_DIGITS = 16
_AGAIN = "restore it from Git, or delete it: who left is then not noticed by the next run"

Key = tuple[Kind, str]
"""A manifest, by its kind and name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One manifest of the source.

    Args:
        gave: the parts of its spec that the source has given.
        id: a digest of what the row is called at the source for ever; "" where there is no such.
        gone: whether the row was missing already when the source was last read.
        ended: the notAfter that an import has set; "" for none.
    """

    gave: frozenset[Part]
    id: str = ""
    gone: bool = False
    ended: str = ""


Record = dict[Key, Entry]


def digest(id: str) -> str:
    """Return what the record has of an id; "" for none."""
    return hashlib.sha256(id.encode()).hexdigest()[:_DIGITS] if id else ""


def recorded(rows: Iterable[Made]) -> Record:
    """Return the record of rows that the source has just given, each under the name of its manifest."""
    seen: dict[frozenset[Part], frozenset[Part]] = {}  # thousands give the same parts
    record: Record = {}
    for row in rows:
        gave = frozenset(parts_of(row.spec))
        record[row.kind, row.name] = Entry(seen.setdefault(gave, gave), digest(row.row.lasting))
    return record


def as_lines(record: Record) -> Iterable[str]:
    """Yield the lines of a record: the sets of parts that occur, by digest, then the manifests by kind and name."""
    sets = {gave: _set_id(gave) for gave in {entry.gave for entry in record.values()}}
    for name, gave in sorted((name, gave) for gave, name in sets.items()):
        yield _line({"parts": name, "are": sorted(gave)})
    for (kind, name), entry in sorted(record.items()):
        marks = {"id": entry.id, "gone": entry.gone, "ended": entry.ended}
        told = {mark: value for mark, value in marks.items() if value}
        yield _line({"kind": kind.value, "name": name, "parts": sets[entry.gave], **told})


def _set_id(gave: frozenset[Part]) -> str:
    return hashlib.sha256(json.dumps(sorted(gave)).encode()).hexdigest()[:_DIGITS]


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(", ", ": ")) + "\n"


def read_record(body: bytes, file: str) -> Record:
    """Return the record of a file. Errors: InvalidSpec, with the line."""
    sets: dict[str, frozenset[Part]] = {}
    record: Record = {}
    for number, line in enumerate(body.split(b"\n"), 1):
        if line.strip():
            try:
                _take(json.loads(line), sets, record)
            except (ValueError, KeyError, TypeError, RecursionError):
                raise InvalidSpec(f"{file}:{number}: no line of the record of an import; {_AGAIN}.") from None
    return record


def _take(told: Any, sets: dict[str, frozenset[Part]], record: Record) -> None:  # noqa: ANN401 - any JSON value
    if "are" in told:
        sets[_text(told["parts"])] = frozenset(tuple(map(_text, part)) for part in told["are"] if part)
        return
    entry = Entry(
        sets[_text(told["parts"])], _text(told.get("id", "")), told.get("gone") is True, _text(told.get("ended", ""))
    )
    record[Kind(told["kind"]), _text(told["name"])] = entry


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if not isinstance(value, str):
        raise TypeError
    return value


def continued(record: Record, begun: Record, ends: Mapping[Key, str]) -> Record:
    """Return the record after a run that was cut off: `begun` is what it would have become.

    `ends` has the manifests that are there, each with its notAfter, "" for none. Of what the run has done already that
    is kept which cannot be found out again: whose manifest it wrote, and which end it set.
    """
    made = dict(record)
    for key, entry in begun.items():
        written = key not in record and key in ends
        if written or (entry.ended and ends.get(key) == entry.ended):
            made[key] = entry
    return made
