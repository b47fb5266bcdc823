"""Stores and questions that are not as they should be: what was lost comes back, and each refusal says what to do."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.errors import InvalidSpec
from scim_operator.observability.provisioning_log.log import Outlet, ProvisioningLog
from scim_operator.observability.provisioning_log.record import instant, record_of
from scim_operator.observability.provisioning_log.store import Store
from scim_operator.observability.provisioning_log.url import store_url
from tests.log.conftest import empty, value
from tests.log.test_away import UP, WRITTEN, ids, until
from tests.support.noted import AT, processed

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from scim_operator.observability.metrics import Metrics


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/log.db"
    made = Store(url, now=lambda: AT)
    made.write([record_of(processed("ada", 1))])
    made.close()
    return url


def logs(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["logs", *arguments])


def test_a_database_that_was_emptied_is_set_up_again(url: str, metrics: Metrics) -> None:
    """As when it is restored from before the first record."""
    log = ProvisioningLog(Outlet(Store(url), metrics.provisioning_log.of("store")))
    log.note(processed("ada", 1))
    until(lambda: value(metrics, WRITTEN) == 1)
    empty(url)
    log.note(processed("ada", 2))
    until(lambda: value(metrics, WRITTEN) == 2)
    assert ids(url) == ["0002"]
    assert value(metrics, UP) == 1
    log.close()


def test_a_file_that_was_taken_away_is_made_again(tmp_path: Path, metrics: Metrics) -> None:
    """What an open file takes in after its name is gone is lost."""
    url = f"sqlite:///{tmp_path}/log.db"
    log = ProvisioningLog(Outlet(Store(url), metrics.provisioning_log.of("store")))
    log.note(processed("ada", 1))
    until(lambda: value(metrics, WRITTEN) == 1)
    for name in ("log.db", "log.db-wal", "log.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    log.note(processed("ada", 2))
    until(lambda: value(metrics, WRITTEN) == 2)
    assert ids(url) == ["0002"]
    log.close()


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_beyond_the_calendar_is_refused(store: str, moment: str) -> None:
    refused = logs("--store", store, "--since", moment)
    assert refused.exit_code == 2
    assert "is no moment" in refused.output


def test_a_year_of_three_digits_sorts_before_ours(store: str) -> None:
    assert instant(datetime(999, 1, 2, 3, 4, 5, 6999, tzinfo=UTC)) == "0999-01-02T03:04:05.006Z"
    assert "scimuser/ada" in logs("--store", store, "--since", "0999-01-01").output
    assert logs("--store", store, "--until", "0999-01-01").stdout == "No record fits.\n"


def test_a_name_that_is_no_text_fits_no_one(store: str) -> None:
    found = logs("--store", store, "--user", "\udcff")
    assert (found.exit_code, found.stdout) == (0, "No record fits.\n")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://db.example/scim", "names no user"),
        ("postgresql://u:hunter2@db.example/scim?sslmode=verify-full&sslrootcert=/no/such", "sslrootcert"),
    ],
)
def test_a_url_that_no_connection_can_come_of_is_refused(url: str, message: str) -> None:
    with pytest.raises(InvalidSpec, match=message) as refused:
        store_url(url)
    assert "hunter2" not in str(refused.value)


def test_a_store_that_cannot_be_written_is_still_searched(store: str, tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    assert "scimuser/ada" in logs("--store", store).output
    with sqlite3.connect(path) as connection:
        mode = connection.execute("PRAGMA journal_mode").fetchone()
    connection.close()
    assert mode == ("delete",), "a search changes nothing"
