"""No one's name, mail address or id, no value and no token, is in any span: traces go to other people's machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry

from scim_operator.core.keys import Kind
from tests.support.collector import ERROR, collecting, tracing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.collector import Collector
    from tests.support.rig import Rig

NAMES = ("quillon-vexley", "ondine-farrow", "thessaly-marr")
TEAM = "zephyrine-circle"
TITLE = "Keeper of Obsidian"
TOKEN = "rig-token"


@pytest.fixture
async def seen(r: Rig, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    """All that was sent in the life of three people and a group: created, edited, failed, found drifted, left."""
    ids: set[str] = set()
    with collecting() as collector:
        with tracing(collector, monkeypatch, CollectorRegistry()) as tracer:
            r.tracer = tracer
            await live(r, ids)
            await r.stop()
        collector.forbidden = sorted(
            {*NAMES, *ids, TEAM, TITLE, TOKEN, *(word for name in NAMES for word in name.split("-"))}
        )
        yield collector


async def live(r: Rig, ids: set[str]) -> None:
    for name in NAMES:
        r.user(name, title=TITLE)
    r.group(TEAM, list(NAMES))
    await r.start()
    await r.settle()
    ids |= {*r.simulator.users, *r.simulator.groups}
    first, second, third = NAMES
    r.simulator.faults.add("status=400:invalidValue;method=PATCH;times=1", "status=500;method=PATCH;times=1")
    r.user(first, title=f"{TITLE} II")
    await r.rest()
    r.patch_by_hand(f"/Users/{r.id_of(second)}", {"op": "replace", "path": "title", "value": f"Not {TITLE}"})
    await r.sweep()
    r.by_hand("DELETE", f"/Users/{r.id_of(third)}")
    r.user(third, title=f"{TITLE} III")
    await r.rest()
    r.cluster.delete(Kind.USER, first)
    await r.until(lambda: r.cluster.get(Kind.USER, first) is None)
    await r.rest()
    ids |= {*r.simulator.users}


def test_nothing_of_a_person_is_in_any_span(seen: Collector) -> None:
    wire = b"\n".join(seen.bodies).lower()
    assert [text for text in seen.forbidden if text.lower().encode() in wire] == []


def test_the_spans_tell_all_the_same_what_was_done(seen: Collector) -> None:
    """Were there none, nothing could be in them."""
    names = {span.name for span in seen.spans}
    assert {"POST /Users", "PATCH /Users/{id}", "GET /Users/{id}", "POST /Groups", "PATCH /Groups/{id}"} <= names
    assert any(span.status == ERROR for span in seen.named("reconcile ScimUser"))
    assert b"POST /Users" in b"".join(seen.bodies), "the search reads what is on the wire"
