"""What goes into the store comes out again, from SQLite and from PostgreSQL alike, and old records go."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update

from scim_operator.core.keys import Kind
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.errors import DependencyNotReady, InvalidSpec, Unavailable
from scim_operator.observability.provisioning_log.processed import Step
from scim_operator.observability.provisioning_log.record import record_of
from scim_operator.observability.provisioning_log.search import Query, Search
from scim_operator.observability.provisioning_log.store import PURGE_BATCH, RECORDS, SCHEMA, Store, engine_of
from scim_operator.observability.provisioning_log.url import store_url
from tests.support.noted import AT, job, processed, source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.postgres import Postgres

REFUSED = Verdict(Reason.REJECTED, "The service refused it.")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    made = Store(url, now=lambda: AT)
    yield made
    made.close()


def found(url: str, **asked: Any) -> list[str]:
    search = Search(url)
    try:
        return [record["sourceIdentity"]["displayName"] for record in search.find(Query(**asked))]
    finally:
        search.close()


def test_a_record_comes_back_as_it_was(store: Store, url: str) -> None:
    record = record_of(processed(record=source("ada", displayName="Ada \u0000 \U0001f469 'Lovelace'")))
    store.write([record])
    search = Search(url)
    assert search.find(Query(id=record["id"])) == [record]
    search.close()


def test_writing_the_same_again_is_fine(store: Store, url: str) -> None:
    records = [record_of(processed("ada", 1)), record_of(processed("grace", 2))]
    store.write(records[:1])
    store.write(records)
    assert found(url) == ["ada", "grace"]


@pytest.fixture
def several(store: Store, url: str) -> str:
    failed = {"verdict": REFUSED, "failed": Step.EXPORT, "code": "EntryConflict", "sent": False}
    hours = timedelta(hours=1)
    store.write(
        [
            record_of(processed("ada", 1, at=AT - 30 * hours, verb=Verb.CREATE)),
            record_of(processed("ada", 2, at=AT - 2 * hours, **failed)),
            record_of(processed("ada-b", 3, record=source("ada-b", userName="Ada@Other.example"))),
            record_of(processed("adam", 4, job=job(name="okta"), cycle="another")),
            record_of(processed("engineering", 5, kind=Kind.GROUP)),
        ]
    )
    return url


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        pytest.param({}, ["ada", "ada", "ada-b", "adam", "engineering"], id="nothing: everything, oldest first"),
        pytest.param({"user": "ada"}, ["ada", "ada", "ada-b"], id="by name, and by the part before the @"),
        pytest.param({"user": "ADA@other.EXAMPLE"}, ["ada-b"], id="by userName, in any case"),
        pytest.param({"user": "a_a"}, [], id="an underscore is no wildcard"),
        pytest.param({"user": "%"}, [], id="a percent sign neither"),
        pytest.param({"user": "x' OR '1'='1"}, [], id="a quote ends nothing"),
        pytest.param({"group": "engineering"}, ["engineering"], id="a group"),
        pytest.param({"user": "engineering"}, [], id="a group is no user"),
        pytest.param({"user": "adam", "group": "engineering"}, ["adam", "engineering"], id="either"),
        pytest.param({"status": ("failure",)}, ["ada"], id="failures"),
        pytest.param({"action": ("create", "delete")}, ["ada"], id="actions"),
        pytest.param({"config": "okta"}, ["adam"], id="a config"),
        pytest.param({"namespace": "other"}, [], id="a namespace"),
        pytest.param({"cycle": "another"}, ["adam"], id="a cycle"),
        pytest.param({"user": "ada", "since": AT - timedelta(hours=3)}, ["ada", "ada-b"], id="since"),
        pytest.param({"until": AT - timedelta(hours=3)}, ["ada"], id="until"),
        pytest.param({"limit": 2}, ["adam", "engineering"], id="the newest so many"),
    ],
)
def test_records_are_found(several: str, asked: dict[str, Any], names: list[str]) -> None:
    assert sorted(found(several, **asked)) == sorted(names)


def test_what_is_older_than_the_retention_goes_in_batches(store: Store, url: str) -> None:
    old = [record_of(processed("old", number, at=AT - timedelta(days=31))) for number in range(PURGE_BATCH + 10)]
    store.write([record_of(processed("young", 999_999, at=AT - timedelta(days=29)))])
    store.write(old)
    assert store.purge() == PURGE_BATCH + 10
    assert found(url) == ["young"]


def test_purging_happens_by_itself(url: str) -> None:
    store = Store(url, timedelta(days=7), now=lambda: AT, purge_every=0.0)
    store.write([record_of(processed("old", 1, at=AT - timedelta(days=8)))])
    assert found(url) == []
    store.close()


def test_another_release_s_schema_is_left_alone(store: Store, url: str) -> None:
    store.write([record_of(processed())])
    engine = engine_of(url)
    with engine.begin() as connection:
        connection.execute(update(SCHEMA).values(version=99))
    other = Store(url)
    with pytest.raises(InvalidSpec, match="schema version 99"):
        other.write([record_of(processed("grace", 2))])
    other.close()
    with pytest.raises(InvalidSpec, match="schema version 99"):
        found(url)
    with engine.begin() as connection:
        assert connection.scalar(select(func.count()).select_from(RECORDS)) == 1
    engine.dispose()


def test_a_socket_is_a_way_to_postgresql_too(server: Postgres) -> None:
    engine = engine_of(server.socket_url)
    with engine.connect() as connection:
        assert connection.scalar(select(1)) == 1
    engine.dispose()


def test_postgresql_without_tls_is_refused_where_tls_is_required(server: Postgres) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        found(f"{server.url}?sslmode=require")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        pytest.param("nonsense", "no URL", id="no URL"),
        pytest.param("mysql://host/db", "must begin with", id="another database"),
        pytest.param("postgresql+psycopg://host/db", "must begin with", id="a driver that is not here"),
        pytest.param("sqlite://", "needs a file", id="memory, which another process cannot read"),
        pytest.param("postgresql://u:hunter2@host/db?sslmode=maybe", "sslmode must be", id="a wrong sslmode"),
        pytest.param("postgresql://u:hunter2@host/db?color=red", "not known: color", id="an unknown option"),
    ],
)
def test_a_wrong_url_is_named_without_its_password(url: str, says: str) -> None:
    with pytest.raises(InvalidSpec, match=says) as refused:
        store_url(url)
    assert "hunter2" not in str(refused.value)


def test_a_log_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(DependencyNotReady, match="no provisioning log"):
        Search(f"sqlite:///{tmp_path}/none.db")
