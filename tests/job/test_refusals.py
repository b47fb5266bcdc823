"""The API server refuses what a job writes, as where a right is missing: it is told, tried again, and then done."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.errors import DependencyNotReady
from scim_operator.scim.clock import SystemClock
from tests.support.cluster import Cluster
from tests.support.present import present

if TYPE_CHECKING:
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from tests.support.rig import Rig

SENTENCE = "The operator may not do that: grant it in the Role."


class Refusing(Cluster):
    """Refuses claims or reports for as long as it is told to, and notes when it did."""

    def __init__(self, *refused: str) -> None:
        super().__init__(SystemClock())
        self.refused = set(refused)
        self.attempts: list[float] = []

    async def add_finalizer(self, record: SourceRecord, creating: str = "") -> SourceRecord | None:
        self._refuse("claim")
        return await super().add_finalizer(record, creating)

    async def report(self, record: SourceRecord, entry: ServiceEntry) -> None:
        self._refuse("report")
        await super().report(record, entry)

    def _refuse(self, what: str) -> None:
        if what in self.refused:
            self.attempts.append(self._clock.monotonic())
            raise DependencyNotReady(SENTENCE)


def refusing(r: Rig, what: str) -> Refusing:
    """Have the rig's cluster refuse `what` from now on."""
    cluster = Refusing(what)
    cluster.secrets |= r.cluster.secrets
    r.cluster = cluster
    return cluster


async def test_a_claim_that_is_refused_is_reported_and_tried_again(r: Rig) -> None:
    """The manifest is not at fault, so whoever grants the right need not touch it."""
    cluster = refusing(r, "claim")
    r.user("ada")
    await r.start()
    await r.until(lambda: r.reason("ada") == "Retrying")
    assert message(cluster.get(Kind.USER, "ada")) == SENTENCE
    assert r.writes() == [], "nothing is sent for a manifest without our finalizer (promise S3)"
    cluster.refused.clear()
    await r.until(lambda: r.reason("ada") == "Provisioned")
    assert r.writes() == ["POST /Users"]


def message(manifest: dict[str, Any] | None) -> str:
    assert manifest is not None
    return str(next(one["message"] for one in manifest["status"]["conditions"] if one["type"] == "Ready"))


async def test_a_report_that_is_refused_is_tried_less_and_less_often(hurried: Rig) -> None:
    """Ten thousand manifests without a status must not mean ten thousand requests each second."""
    cluster = refusing(hurried, "report")
    hurried.user("ada")
    await hurried.start()
    await hurried.until(lambda: len(cluster.attempts) == 5)
    gaps = [later - earlier for earlier, later in itertools.pairwise(cluster.attempts)]
    assert gaps[-1] > 2 * gaps[1]
    cluster.refused.clear()
    await hurried.until(lambda: hurried.reason("ada") == "Provisioned")
    assert hurried.writes() == ["POST /Users"], "it was done the first time"


async def test_an_exchange_of_user_names_comes_to_rest_by_a_third_one(r: Rig) -> None:
    """Neither name is free: each is refused once, one steps aside, and then nothing more is sent."""
    r.user("ada")
    r.user("eve")
    await r.start()
    await r.settle()
    ids = {name: present(r.at_service(name))["id"] for name in ("ada", "eve")}
    mark = r.mark()
    r.user("ada", userName="eve@corp.example")
    r.user("eve", userName="ada@corp.example")
    await r.until(lambda: (r.at_service("eve") or {}).get("id") == ids["ada"])
    await r.until(lambda: r.reason("ada") == r.reason("eve") == "Provisioned")
    assert present(r.at_service("ada"))["id"] == ids["eve"]
    assert r.writes(mark) == ["PATCH /Users"] * 5
    await r.rest()
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []
