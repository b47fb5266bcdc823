"""A place that is away, slow or full holds nobody up: records wait as far as there is room, and then the oldest go."""

from __future__ import annotations

import gc
import logging
import os
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from io import BytesIO, FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from sqlalchemy import Engine, event

from scim_operator.observability.provisioning_log import log as log_module
from scim_operator.observability.provisioning_log.log import Outlet, ProvisioningLog
from scim_operator.observability.provisioning_log.record import record_of
from scim_operator.observability.provisioning_log.search import Query, Search
from scim_operator.observability.provisioning_log.stdout import Lines
from scim_operator.observability.provisioning_log.store import Store
from tests.log.conftest import empty, value
from tests.support.noted import processed
from tests.support.waiting import HANG
from tests.support.waiting import wait_until as until
from tools.measure.effort import effort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.observability.metrics import Metrics
    from scim_operator.observability.provisioning_log.record import Record
    from tests.support.postgres import Postgres

PROGRAM = Path(sys.executable).with_name("scim-operator")
WRITTEN, DROPPED = "scim_provisioning_log_records_total", "scim_provisioning_log_dropped_total"
UP = "scim_provisioning_log_up"


class Stuck:
    """A place that takes nothing until it is let go."""

    name = "store"

    def __init__(self) -> None:
        self.go, self.taken = threading.Event(), threading.Event()
        self.records: list[Record] = []

    def write(self, records: Sequence[Record]) -> None:
        self.taken.set()
        assert self.go.wait(HANG), "whoever notes waits for this place"
        self.records += records

    def tidy(self) -> None:
        pass

    def close(self) -> None:
        pass


def ids(url: str) -> list[str]:
    search = Search(url)
    try:
        return [record["id"][-4:] for record in search.find(Query(limit=1000))]
    finally:
        search.close()


def test_a_store_that_hangs_holds_up_neither_the_job_nor_standard_output(
    metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    stuck, stream = Stuck(), BytesIO()
    store = Outlet(stuck, metrics.provisioning_log.of("store"), bound=10)
    lines = Outlet(Lines(stream), metrics.provisioning_log.of("stdout"))
    log = ProvisioningLog(store, lines)
    log.note(processed("first", 0))
    assert stuck.taken.wait(HANG)
    for number in range(1, 31):
        log.note(processed(f"user-{number}", number))
    assert not stuck.records, "noting does not wait: the store has not come back yet"
    until(lambda: value(metrics, WRITTEN, "stdout") == 31)
    assert value(metrics, DROPPED) == 20, "ten fit"
    assert sum("oldest records are dropped" in record.getMessage() for record in caplog.records) == 1
    stuck.go.set()
    log.close()
    kept = [record["sourceIdentity"]["displayName"] for record in stuck.records]
    assert kept == ["first", *(f"user-{number}" for number in range(21, 31))], "the newest stay"
    assert orjson.loads(stream.getvalue().splitlines()[0])["id"].endswith("0000")


# pg8000 leaves the socket of a connection that broke to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_records_wait_for_a_postgresql_that_is_away(
    server: Postgres, metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    empty(server.url)
    log = ProvisioningLog(Outlet(Store(server.url), metrics.provisioning_log.of("store")))
    log.note(processed("ada", 1))
    until(lambda: value(metrics, WRITTEN) == 1)
    server.stop()
    try:
        for number in range(2, 5):
            log.note(processed("ada", number))
        until(lambda: value(metrics, UP) == 0 and "is away" in caplog.text)
    finally:
        server.start()
    until(lambda: value(metrics, WRITTEN) == 4)
    assert ids(server.url) == ["0001", "0002", "0003", "0004"]
    assert value(metrics, UP) == 1
    assert caplog.text.count("is away") == 1
    assert "is back" in caplog.text
    assert "Countess" not in caplog.text
    log.close()
    gc.collect()


def test_following_goes_on_when_the_store_is_back(server: Postgres, tmp_path: Path) -> None:
    empty(server.url)
    store, reported = Store(server.url), tmp_path / "told"
    store.write([record_of(processed("ada", 1, at=datetime.now(UTC)))])
    store.close()
    command = [PROGRAM, "logs", "--store", server.url, "-o", "jsonl", "--follow"]
    with reported.open("wb") as stderr, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr) as following:
        assert following.stdout is not None
        assert orjson.loads(following.stdout.readline())["id"].endswith("0001")
        server.stop()
        try:
            until(lambda: "does not answer" in reported.read_text())
        finally:
            server.start()
        store.write([record_of(processed("ada", 2, at=datetime.now(UTC)))])
        store.close()
        assert orjson.loads(following.stdout.readline())["id"].endswith("0002")
        following.terminate()
    assert reported.read_text().count("does not answer") == 1, "once, and not each second"


def test_a_sqlite_that_someone_locks_is_waited_for(tmp_path: Path, metrics: Metrics) -> None:
    url = f"sqlite:///{tmp_path}/log.db"
    Store(url).write([])
    holder = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    log = ProvisioningLog(Outlet(Store(url), metrics.provisioning_log.of("store")))
    log.note(processed("ada", 1))
    holder.execute("ROLLBACK")
    holder.close()
    until(lambda: value(metrics, WRITTEN) == 1)
    log.close()


def fill(connection: Any, _: object) -> None:
    """Let SQLite have no more pages than it has."""
    connection.execute("PRAGMA max_page_count=1")


def test_a_full_disk_is_waited_for(tmp_path: Path, metrics: Metrics, caplog: pytest.LogCaptureFixture) -> None:
    url = f"sqlite:///{tmp_path}/log.db"
    store = Store(url)
    store.write([])
    store.close()
    event.listen(Engine, "connect", fill)
    log = ProvisioningLog(Outlet(store, metrics.provisioning_log.of("store")))
    for number in range(50):
        log.note(processed("ada", number))
    try:
        until(lambda: "full" in caplog.text and value(metrics, UP) == 0)
    finally:
        event.remove(Engine, "connect", fill)
    assert "Countess" not in caplog.text
    store.close()
    until(lambda: value(metrics, WRITTEN) == 50)
    log.close()


def test_a_standard_output_that_no_one_reads_holds_no_one_up(metrics: Metrics) -> None:
    reader, writer = os.pipe()
    with FileIO(writer, "w") as stream:
        log = ProvisioningLog(Outlet(Lines(stream), metrics.provisioning_log.of("stdout")))
        for number in range(600):
            log.note(processed("ada", number))
        log.close(0.5)
        # It has come back although a pipe holds 64 KiB, and these are more, and nobody has read any of them yet.
        read = b""
        with FileIO(reader) as other:
            while read.count(b"\n") < 600:
                read += other.read(65536)
        assert [orjson.loads(line)["id"][-4:] for line in read.splitlines()][::599] == ["0000", "0599"]


def test_closing_gives_up_on_a_store_that_stays_away(metrics: Metrics, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    log = ProvisioningLog(Outlet(Store(f"sqlite:///{tmp_path}/file/log.db"), metrics.provisioning_log.of("store")))
    log.note(processed())
    until(lambda: metrics.registry.get_sample_value(UP, {"place": "store"}) == 0)
    began = time.monotonic()
    log.close(4 * HANG)
    assert time.monotonic() - began < HANG, "it has not waited for what does not come"
    assert value(metrics, DROPPED) == 1


def test_closing_writes_what_is_left(tmp_path: Path, metrics: Metrics) -> None:
    url = f"sqlite:///{tmp_path}/log.db"
    log = ProvisioningLog(Outlet(Store(url), metrics.provisioning_log.of("store")))
    for number in range(log_module.BATCH + 7):
        log.note(processed("ada", number))
    log.close()
    assert len(ids(url)) == log_module.BATCH + 7


def test_noting_costs_the_job_little(tmp_path: Path, metrics: Metrics) -> None:
    """A wide margin: a hundred microseconds each would be a tenth of a request, and some seven bare loops in all."""
    stuck = Stuck()
    log = ProvisioningLog(Outlet(stuck, metrics.provisioning_log.of("store"), bound=5000))
    noted = [processed("ada", number) for number in range(2000)]
    with effort() as taken:
        for one in noted:
            log.note(one)
    stuck.go.set()
    log.close()
    assert taken.loops < 4
