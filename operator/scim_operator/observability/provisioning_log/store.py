"""Records in a SQL database: SQLite in a file, or PostgreSQL. One table, with columns for what people search by."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text, create_engine, delete, event, select

from scim_operator.errors import InvalidSpec
from scim_operator.observability.provisioning_log.keeping import keep_private
from scim_operator.observability.provisioning_log.record import instant, packed_record
from scim_operator.observability.provisioning_log.url import store_url

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Engine

    from scim_operator.observability.provisioning_log.record import Record

logger = logging.getLogger(__name__)

VERSION = 1
"""The version of the schema; a table of another version is left alone."""
PURGE_EVERY = 3600.0
PURGE_BATCH = 2000
RETENTION = timedelta(days=30)

METADATA = MetaData()
SCHEMA = Table("scim_provisioning_log_schema", METADATA, Column("version", Integer, primary_key=True))
RECORDS = Table(
    "scim_provisioning_log",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("activity_date_time", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    Column("config", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("error_code", Text, nullable=False),
    Column("cycle_id", String(36), nullable=False),
    Column("change_id", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("record", Text, nullable=False),
    Index("scim_provisioning_log_time", "activity_date_time"),
    Index("scim_provisioning_log_name", "name", "activity_date_time"),
    Index("scim_provisioning_log_subject", "subject"),
)


# Each takes a whole batch, past what SQLAlchemy does for each row; an id that is there already is left.
_COLUMNS = ", ".join(column.name for column in RECORDS.columns)
_INTO_SQLITE = (
    f"INSERT INTO {RECORDS.name} ({_COLUMNS}) VALUES ({', '.join('?' * len(RECORDS.columns))}) ON CONFLICT DO NOTHING"  # noqa: S608
)
_INTO_POSTGRESQL = (
    f"INSERT INTO {RECORDS.name} ({_COLUMNS}) SELECT {_COLUMNS} "  # noqa: S608 - names of our own
    f"FROM json_populate_recordset(NULL::{RECORDS.name}, %s::json) ON CONFLICT DO NOTHING"
)


def row_of(record: Record) -> dict[str, Any]:
    """Return the columns, in the table's order. `subject` is the userName or displayName, folded, to search by."""
    source, info = record["sourceIdentity"], record["provisioningStatusInfo"]
    details = source["details"]
    namespace, _, config = record["servicePrincipal"]["displayName"].partition("/")
    return {
        "id": record["id"],
        "activity_date_time": record["activityDateTime"],
        "namespace": namespace,
        "config": config,
        "kind": source["identityType"],
        "name": source["displayName"],
        "subject": _text(details.get("userName") or details.get("displayName") or "").casefold(),
        "target_id": _text(record["targetIdentity"]["id"]),
        "action": record["provisioningAction"],
        "status": info["status"],
        "error_code": info.get("errorInformation", {}).get("errorCode", ""),
        "cycle_id": record["cycleId"],
        "change_id": record["changeId"],
        "revision": _text(record["revision"]),
        "duration_ms": record["durationInMilliseconds"],
        "record": packed_record(record).decode(),
    }


def _text(value: str) -> str:
    """Remove NUL, which PostgreSQL's text cannot hold."""
    return value.replace("\0", "")


def engine_of(text: str) -> Engine:
    """Return the engine for a URL; nothing is connected yet. Raises InvalidSpec."""
    url, arguments = store_url(text)
    return create_engine(url, connect_args=arguments, pool_pre_ping=True, pool_size=1, max_overflow=4)


def _tune(connection: Any, _: object) -> None:  # noqa: ANN401 - sqlite3's
    """Readers and the writer do not wait for each other; a power cut loses the last moments, never the file."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


class Store:
    """Keeps records in a database. Opened at the first write, and again after each outage."""

    name = "store"

    def __init__(
        self,
        url: str,
        retention: timedelta = RETENTION,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        purge_every: float = PURGE_EVERY,
    ) -> None:
        self._engine = engine_of(url)
        self._file = Path(self._engine.url.database or "") if self._engine.dialect.name == "sqlite" else None
        if self._file:
            event.listen(self._engine, "connect", _tune)
        self._retention = retention
        self._now = now
        self._purge_every = purge_every
        self._purged = time.monotonic() - purge_every
        self._ready = False

    def write(self, records: Sequence[Record]) -> None:
        """Keep the records; one that is there already was written before an answer was lost."""
        self._prepare()
        if not records:
            return
        try:
            self._insert([row_of(record) for record in records])
            self._purge_sometimes()
        except Exception:
            self._ready = False  # it may come back without our tables, restored from before them
            raise

    def _insert(self, rows: list[dict[str, Any]]) -> None:
        with self._engine.begin() as connection:
            if self._engine.dialect.name == "postgresql":
                connection.exec_driver_sql(_INTO_POSTGRESQL, (orjson.dumps(rows).decode(),))
            else:
                connection.exec_driver_sql(_INTO_SQLITE, [tuple(row.values()) for row in rows])

    def tidy(self) -> None:
        """Forget what is too old."""
        self._prepare()
        self._purge_sometimes()

    def close(self) -> None:
        """Give connections back."""
        self._engine.dispose()

    def purge(self) -> int:
        """Delete what is older than the retention, in batches so that no one waits; return the number of records."""
        before, gone = instant(self._now() - self._retention), 0
        old = select(RECORDS.c.id).where(RECORDS.c.activity_date_time < before).limit(PURGE_BATCH)
        while True:
            with self._engine.begin() as connection:
                result = connection.execute(delete(RECORDS).where(RECORDS.c.id.in_(old)))
            gone += result.rowcount
            if result.rowcount < PURGE_BATCH:
                return gone

    def _purge_sometimes(self) -> None:
        if time.monotonic() - self._purged >= self._purge_every:
            self._purged = time.monotonic()
            self.purge()

    def _prepare(self) -> None:
        if self._file and self._ready and not self._file.exists():
            self._engine.dispose()  # a connection would go on writing to a file that was removed
            self._ready = False
        if self._ready:
            return
        if self._file:
            keep_private(self._file)
        with self._engine.begin() as connection:
            METADATA.create_all(connection)
            if connection.scalar(select(SCHEMA.c.version)) is None:
                connection.execute(SCHEMA.insert().values(version=VERSION))
            check_version(connection)
        self._ready = True


def check_version(connection: Connection) -> None:
    """Raise InvalidSpec where the table is another release's."""
    found = connection.scalar(select(SCHEMA.c.version))
    if found != VERSION:
        raise InvalidSpec(
            f"The log store has schema version {found}, and this release knows {VERSION}: "
            "give it another database, or use the release that made this one."
        )
