"""People from a table: one row each, with the names of columns in the first line."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.resource import CORE_USER
from scim_operator.errors import InvalidSpec
from scim_operator.sources.columns import header, not_imported, targets
from scim_operator.sources.row import Refused, SourceRow
from scim_operator.sources.table import DELIMITERS, fault, plain
from scim_operator.sources.targets import GROUPS, Draft

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scim_operator.core.resource import JsonValue
    from scim_operator.sources.table import Table
    from scim_operator.sources.targets import Target

_ON = frozenset({"true", "yes", "y", "1", "on", "enabled", "active"})
_OFF = frozenset({"false", "no", "n", "0", "off", "disabled", "inactive"})
_SEVERAL = re.compile(r"[;\n]")


class CsvSource:
    """The rows of a table. Args: table; mapped, attributes by column; given, the attributes that rules set."""

    yields = False

    def __init__(self, table: Table, mapped: Mapping[str, str], given: frozenset[str] = frozenset()) -> None:
        self._table = table
        self._lines = table.lines()
        self._width = 0
        first = next(self._lines, (1, []))[1]
        self._columns = header(first)
        self._width = len(first)
        self._targets, self._idle = targets(self._columns, mapped)
        if "userName" not in given and "userName" not in {each.field for each in self._targets.values()}:
            raise InvalidSpec(
                f"no column gives userName; name it with --map COLUMN=userName, of {', '.join(self._columns)[:300]}"
            )

    @property
    def columns(self) -> frozenset[str] | None:
        """Return the names of the columns."""
        return frozenset(self._columns)

    @property
    def notes(self) -> tuple[str, ...]:
        """Return how the table was read, and what of it is not imported."""
        read = f"Read as {self._table.encoding.upper()}, columns parted by {DELIMITERS[self._table.delimiter]}."
        return (read, not_imported(self._idle)) if self._idle else (read,)

    def records(self) -> Iterator[SourceRow | Refused]:
        """Yield the rows. Errors: InvalidSpec, where the table is cut off, or has no rows."""
        count = 0
        for line, cells in self._lines:
            count += 1
            place = f"line {line}"
            try:
                yield self._row(place, self._cells(cells))
            except InvalidSpec as error:
                yield Refused(place, str(error))
        if not count:
            raise InvalidSpec("the table has names of columns and no rows; export it again")

    def _cells(self, cells: Sequence[str]) -> dict[str, str]:
        """Return the values of a row by column, once it is clear which is which."""
        if len(cells) < self._width:
            raise InvalidSpec(f"has {len(cells)} cells, and there are {self._width} columns; it may be cut off")
        for number, cell in enumerate(cells):
            if cell.strip() and (number >= self._width or number not in self._named):
                raise InvalidSpec(f"cell {number + 1} has a value and no column; name the column, or clear the cell")
        return {name: plain(cells[number]) for name, number in self._columns.items()}

    @cached_property
    def _named(self) -> frozenset[int]:
        return frozenset(self._columns.values())

    def _row(self, place: str, values: dict[str, str]) -> SourceRow:
        draft = Draft({"schemas": [CORE_USER]})
        for column, target in self._targets.items():
            if value := values[column]:
                if wrong := fault(value):
                    raise InvalidSpec(f"column {column}: {wrong}")
                target.write(draft, _typed(column, target, value))
        return SourceRow(
            Kind.USER,
            place,
            values,
            draft.document,
            manager=draft.manager,
            groups=draft.groups,
            columns=self._fields,
        )

    @cached_property
    def _fields(self) -> Mapping[str, str]:
        """Return the column of each field, for messages; both where two give parts of one."""
        found: dict[str, str] = {}
        for column, target in self._targets.items():
            found[target.field] = f"{found[target.field]} or {column}" if target.field in found else column
        return found


def _typed(column: str, target: Target, value: str) -> JsonValue:
    if target.other == GROUPS:
        return list(dict.fromkeys(name for part in _SEVERAL.split(value) if (name := part.strip())))
    if target.field != "active":
        return value
    word = value.lower()
    if word not in _ON and word not in _OFF:
        raise InvalidSpec(f"column {column}: must be true or false; write one of them")
    return word in _ON
