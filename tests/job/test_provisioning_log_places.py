"""The log as the operator has it, from the job to the lines and the store: what reaches them, and what never does."""

from __future__ import annotations

import asyncio
import time
from io import BytesIO
from typing import TYPE_CHECKING

import orjson

from scim_operator.observability.metrics import Metrics
from scim_operator.observability.provisioning_log.log import Outlet, ProvisioningLog
from scim_operator.observability.provisioning_log.search import Query, Search
from scim_operator.observability.provisioning_log.stdout import Lines
from scim_operator.observability.provisioning_log.store import Store
from tests.support.rig import rig
from tests.support.waiting import HANG

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.support.rig import Rig

SECRETS = ("Xanadu", "rig-token")
MAPPINGS = {
    "mappings": [
        {"target": "title", "source": "title", "sensitive": True},
        {"target": "nickName", "expression": "Redact(user.nickName)"},
    ]
}


def opened(tmp_path: Path, stream: BytesIO) -> tuple[ProvisioningLog, str]:
    metrics, url = Metrics().provisioning_log, f"sqlite:///{tmp_path}/log.db"
    store = Outlet(Store(url), metrics.of("store"))
    return ProvisioningLog(store, Outlet(Lines(stream), metrics.of("stdout"))), url


def kept_in(folder: Path) -> bytes:
    """All that the store has on disk."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_no_sensitive_value_reaches_standard_output_or_the_store(
    r: Rig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Promise S7, through creation, edit, refusal with the value in the service's words, drift and removal."""
    stream = BytesIO()
    log, url = opened(tmp_path, stream)
    r.log = log
    r.spec["users"] = MAPPINGS
    r.user("ada", title="Xanadu-1", nickName="Xanadu-a")
    await r.start()
    await r.settle()
    r.user("ada", title="Xanadu-2", nickName="Xanadu-b")
    await r.rest()
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "title", "value": "Xanadu-3"})
    await r.sweep()
    r.simulator.faults.add("status=400:invalidValue;method=PATCH")
    r.user("ada", title="Xanadu-4")
    await r.rest()
    await asyncio.to_thread(log.close)
    lines = stream.getvalue().splitlines()
    assert len(lines) >= 4, "each of these is a record"
    assert any(b"[Redact]" in line for line in lines)
    everything = stream.getvalue() + kept_in(tmp_path) + caplog.text.encode()
    assert [secret for secret in SECRETS if secret.encode() in everything] == []
    search = Search(url)
    assert [record["id"] for record in search.find(Query())] == [orjson.loads(line)["id"] for line in lines]
    search.close()


async def test_a_store_that_cannot_be_reached_changes_nothing_for_the_people(r: Rig, tmp_path: Path) -> None:
    metrics = Metrics()
    away = Store("postgresql://nobody@127.0.0.1:1/none")
    r.log = log = ProvisioningLog(Outlet(away, metrics.provisioning_log.of("store"), bound=5))
    for number in range(20):
        r.user(f"user-{number}")
    await r.start()
    await r.settle()
    assert len(r.simulator.users) == 20
    assert r.condition("Ready") == ("True", "Provisioned")
    began = time.monotonic()
    await asyncio.to_thread(log.close, 4 * HANG)
    assert time.monotonic() - began < HANG, "it has not waited for what does not come"
    assert metrics.registry.get_sample_value("scim_provisioning_log_dropped_total", {"place": "store"}) == 20


async def test_entra_9_every_link_between_a_manifest_and_a_resource_can_be_listed(tmp_path: Path) -> None:
    """Entra's links (source to target) cannot be listed; here each record tells both ends."""
    stream = BytesIO()
    async with rig() as r:
        log, _ = opened(tmp_path, stream)
        r.log = log
        for name in ("ada", "grace"):
            r.user(name)
        await r.start()
        await r.settle()
        await asyncio.to_thread(log.close)
        found = map(orjson.loads, stream.getvalue().splitlines())
        links = {one["sourceIdentity"]["displayName"]: one["targetIdentity"]["id"] for one in found}
        assert links == {name: r.id_of(name) for name in ("ada", "grace")}
