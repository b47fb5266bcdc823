"""Finds records in the store again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import orjson
from sqlalchemy import and_, func, not_, or_, select
from sqlalchemy.exc import SQLAlchemyError

from scim_operator.core.keys import Kind
from scim_operator.core.records.status import Reason
from scim_operator.errors import DependencyNotReady, Unavailable
from scim_operator.observability.provisioning_log.codes import OF_REASON
from scim_operator.observability.provisioning_log.record import instant
from scim_operator.observability.provisioning_log.store import RECORDS, check_version, engine_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Executable, Row, Select

    from scim_operator.observability.provisioning_log.record import Record


STEPS = 10_000
"""Steps of SQLite's machine between two looks at the clock, some tenths of a millisecond."""
NOT_SENT = OF_REASON[Reason.HELD]
"""The code of records of what was due and was not sent."""


@dataclass(frozen=True, slots=True)
class Query:
    """The search criteria; empty ones do not count. `user` and `group` are names, here or at the service.

    before: the time and id of a record: those that sort before it.
    """

    user: str = ""
    group: str = ""
    namespace: str = ""
    config: str = ""
    action: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    cycle: str = ""
    id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: tuple[str, str] | None = None
    limit: int = 100
    held: bool = True
    """Whether it asks for what was not sent too, because it waits for an approval, or for a config that only plans."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the newest records that fit, newest first, as JSON; `before` goes on from there, None at the end."""

    records: tuple[str, ...]
    before: tuple[str, str] | None


class Search:
    """Reads one store. Raises DependencyNotReady where there is none, Unavailable where it does not answer.

    patience: seconds after which a question is given up; None: never.
    """

    def __init__(self, url: str, patience: float | None = None) -> None:
        self._engine = engine_of(url)
        self._patience = patience
        path = self._engine.url.database
        if self._engine.dialect.name == "sqlite" and not Path(path or "").is_file():
            raise DependencyNotReady(f"There is no provisioning log at {path}: nothing was processed yet, or not here.")

    def find(self, query: Query) -> list[Record]:
        """Return the newest `limit` records that fit, oldest first."""
        order = (RECORDS.c.activity_date_time.desc(), RECORDS.c.id.desc())
        statement = select(RECORDS.c.record).where(*_conditions(query)).order_by(*order)
        return [orjson.loads(text) for text in self._asked(statement.limit(query.limit))][::-1]

    def page(self, query: Query, most: int) -> Page:
        """Return the newest `limit` records that fit and that take at most `most` characters, but one at least."""
        columns = RECORDS.c
        size = func.length(columns.record)
        order = (columns.activity_date_time.desc(), columns.id.desc())
        found = select(columns.activity_date_time, columns.id, size).where(*_conditions(query)).order_by(*order)
        # Sizes first, for drivers read whole answers: large records must not fill the operator's memory.
        rows: list[tuple[str, str, int]] = [tuple(row) for row in self.rows(found.limit(query.limit + 1))]
        taken = rows[: _fitting([row[2] for row in rows[: query.limit]], most)]
        wanted = select(columns.record).where(columns.id.in_([id_ for _, id_, _ in taken])).order_by(*order)
        last = [(at, id_) for at, id_, _ in taken[-1:]] if len(taken) < len(rows) else []
        return Page(tuple(self._asked(wanted)) if taken else (), last[0] if last else None)

    @property
    def shared(self) -> bool:
        """Whether all replicas write to this store: SQLite's file is one pod's."""
        return self._engine.dialect.name != "sqlite"

    def count(self, query: Query) -> int:
        """Return how many records fit, whatever the limit."""
        [number] = self._asked(select(func.count()).select_from(RECORDS).where(*_conditions(query))) or [0]
        return int(number)

    def begins(self) -> str:
        """Return the time of the oldest record, "" where there is none."""
        return "".join(filter(None, self._asked(select(func.min(RECORDS.c.activity_date_time)))))

    def _asked(self, statement: Select[Any]) -> list[Any]:
        """Return the first column of what is selected."""
        return [row[0] for row in self.rows(statement)]

    def rows(self, statement: Executable) -> list[Row[Any]]:
        """Return what is selected; nothing where a name is asked for that is no text."""
        try:
            with self._engine.connect() as connection:
                self._limit(connection)
                check_version(connection)
                return list(connection.execute(statement))
        except UnicodeEncodeError:
            return []  # what is no text is no one's name
        except SQLAlchemyError as error:
            what = type(getattr(error, "orig", None) or error).__name__
            raise Unavailable(f"The log store does not answer ({what}): check its URL, and that it is up.") from error

    def _limit(self, connection: Connection) -> None:
        """Have the database give up what takes too long."""
        if self._patience is None:
            return
        if self.shared:
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(self._patience * 1000)}")
        else:
            end, driver = time.monotonic() + self._patience, connection.connection.driver_connection
            cast("sqlite3.Connection", driver).set_progress_handler(lambda: time.monotonic() > end, STEPS)

    def close(self) -> None:
        """Give connections back."""
        self._engine.dispose()


def _fitting(sizes: Sequence[int], most: int) -> int:
    """Return how many of the first sizes are `most` together; one at least, where there is one."""
    fits = sum(total <= most for total in accumulate(sizes))
    return max(fits, min(1, len(sizes)))


def _conditions(query: Query) -> Iterator[ColumnElement[bool]]:
    columns = RECORDS.c
    equal = {columns.namespace: query.namespace, columns.config: query.config}
    equal |= {columns.id: query.id, columns.cycle_id: query.cycle}
    yield from (column == value for column, value in equal.items() if value)
    among = {columns.action: query.action, columns.status: query.status}
    yield from (column.in_(values) for column, values in among.items() if values)
    if not query.held:
        yield not_(and_(columns.status == "skipped", columns.error_code == NOT_SENT))
    yield from _within(query)
    yield from _named(query)


def _within(query: Query) -> Iterator[ColumnElement[bool]]:
    columns = RECORDS.c
    if query.since:
        yield columns.activity_date_time >= instant(query.since)
    if query.until:
        yield columns.activity_date_time <= instant(query.until)
    if query.before:
        at, id_ = query.before
        earlier = columns.activity_date_time < at
        yield or_(earlier, and_(columns.activity_date_time == at, columns.id < id_))


def _named(query: Query) -> Iterator[ColumnElement[bool]]:
    """Yield conditions: the manifest's name, userName or displayName, or the part of a userName before the @."""
    columns, wanted = RECORDS.c, {Kind.USER: query.user.casefold(), Kind.GROUP: query.group.casefold()}
    either = []
    for kind, name in wanted.items():
        if name:
            fits = [columns.name == name, columns.subject == name]
            if kind is Kind.USER:
                fits.append(columns.subject.startswith(f"{name}@", autoescape=True))
            either.append((columns.kind == str(kind)) & or_(*fits))
    if either:
        yield or_(*either)
