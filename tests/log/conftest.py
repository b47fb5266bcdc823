"""A store of each kind: SQLite in a file, and PostgreSQL on loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.observability.metrics import Metrics
from scim_operator.observability.provisioning_log.store import METADATA, engine_of
from tests.support.postgres import Postgres, binaries, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """A PostgreSQL for the whole session."""
    found = binaries()
    assert found, "there is no PostgreSQL: run make setup"
    with postgres(found[0]) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/folder/log.db"
    running: Postgres = request.getfixturevalue("server")
    empty(running.url)
    return running.url


def empty(url: str) -> None:
    engine = engine_of(url)
    METADATA.drop_all(engine)
    engine.dispose()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def value(metrics: Metrics, name: str, place: str = "store") -> float:
    return metrics.registry.get_sample_value(name, {"place": place}) or 0.0
