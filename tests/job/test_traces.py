"""What a job works on, as traces: one of each sweep, one of each object, as a collector gets them over the wire."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from prometheus_client import CollectorRegistry

from scim_operator.core.keys import Kind
from tests.support.collector import ERROR, Collector, collecting, tracing
from tests.support.present import present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.observability.tracing.opening import OpenTracer
    from tests.support.collector import Arrived
    from tests.support.rig import Rig

CLIENT = 3
PARTS = ["list", "read", "plan", "judge", "apply", "report"]
USER, GROUP = "reconcile ScimUser", "reconcile ScimGroup"


class Traced:
    """A rig whose traces go to a collector; `ended` stops it, and has everything arrive."""

    def __init__(self, r: Rig, collector: Collector, tracer: OpenTracer) -> None:
        self.r = r
        self.collector = collector
        self._tracer = tracer

    async def ended(self) -> Collector:
        await self.r.stop()
        self._tracer.close()
        return self.collector

    async def sweep_of(self, *names: str) -> Collector:
        for name in names:
            self.r.user(name)
        await self.r.start()
        await self.r.settle()
        return await self.ended()


@pytest.fixture
def traced(r: Rig, monkeypatch: pytest.MonkeyPatch) -> Iterator[Traced]:
    def now() -> int:
        return int(r.clock.now().timestamp() * 1e9)

    with collecting() as collector, tracing(collector, monkeypatch, CollectorRegistry(), now) as tracer:
        r.tracer = tracer
        yield Traced(r, collector, tracer)


def requests(collector: Collector, of: Arrived) -> list[str]:
    return [one.name for one in collector.children(of) if one.kind == CLIENT]


async def test_a_sweep_is_one_trace_with_its_parts_in_their_order(traced: Traced) -> None:
    traced.r.group("team", ["ada"])
    found = await traced.sweep_of("ada", "ben")
    [sweep] = found.named("sweep")
    parts = found.children(sweep)
    assert (sweep.parent, [part.name for part in parts]) == (b"", PARTS)
    assert requests(found, parts[0]) == ["GET /Users", "GET /Groups"]
    assert all(sweep.start <= part.start <= part.end <= sweep.end for part in parts)
    assert all(one.end <= other.start for one, other in pairwise(parts))
    assert sweep.attributes == {
        "scim_operator.config": "identity/vmware",
        "scim_operator.reads": sweep.attributes["scim_operator.reads"],
        "scim_operator.writes": 3,
        "scim_operator.drift": 0,
    }
    assert [part.name for part in found.children(parts[-1])] == ["write status"]
    assert not any(span.status for span in found.spans)


async def test_a_later_sweep_is_a_trace_of_its_own(traced: Traced) -> None:
    traced.r.user("ada")
    await traced.r.start()
    await traced.r.settle()
    await traced.r.sweep()
    found = await traced.ended()
    first, second = sorted(found.named("sweep"), key=lambda span: span.start)
    assert first.trace != second.trace
    assert [part.name for part in found.children(second)] == PARTS
    assert requests(found, found.children(second)[0]) == ["GET /Users", "GET /Users", "GET /Groups"], "probe first"
    assert len(found.named(USER)) == 1, "no one was looked at again"


async def test_each_object_is_a_trace_that_names_the_sweep_as_its_cause(traced: Traced) -> None:
    found = await traced.sweep_of("ada", "ben", "cid")
    [sweep], users = found.named("sweep"), found.named(USER)
    assert len({user.trace for user in users} | {sweep.trace}) == 4
    assert [user.links for user in users] == [[(sweep.trace, sweep.id)]] * 3
    assert {user.parent for user in users} == {b""}
    for user in users:
        assert [one.name for one in found.children(user)] == ["add finalizer", "POST /Users", "write status"]
    uids = {str(present(traced.r.cluster.get(Kind.USER, name))["metadata"]["uid"]) for name in ("ada", "ben", "cid")}
    assert {user.attributes["scim_operator.uid"] for user in users} == uids
    user = users[0]
    assert user.attributes["scim_operator.woken_by"] == "drift"
    assert user.attributes["scim_operator.reason"] == "Provisioned"
    assert user.events == [("decided", {"scim_operator.verb": "Create", "scim_operator.reason": "Provisioned"})]


async def test_a_request_follows_the_conventions_for_http_clients(traced: Traced) -> None:
    found = await traced.sweep_of("ada")
    [request] = found.named("POST /Users")
    service = urlsplit(traced.r.simulator.url)
    waited = request.attributes.pop("scim_operator.waited")
    assert (request.kind, waited >= 0) == (CLIENT, True)
    assert request.attributes == {
        "http.request.method": "POST",
        "http.response.status_code": 201,
        "scim_operator.resource_type": "User",
        "server.address": service.hostname,
        "server.port": service.port,
        "url.template": "/Users",
    }


async def test_an_edit_is_a_trace_without_a_sweep(traced: Traced) -> None:
    traced.r.user("ada", title="Analyst")
    await traced.r.start()
    await traced.r.settle()
    traced.r.user("ada", title="Countess")
    await traced.r.rest()
    found = await traced.ended()
    edit = max(found.named(USER), key=lambda span: span.start)
    assert (edit.links, edit.attributes["scim_operator.woken_by"]) == ([], "edit")
    assert requests(found, edit) == ["PATCH /Users/{id}"]
    assert edit.events[0][1]["scim_operator.verb"] == "Update"


async def test_someone_who_leaves_is_woken_by_the_end_of_access(traced: Traced) -> None:
    traced.r.user("ada")
    await traced.r.start()
    await traced.r.settle()
    traced.r.cluster.delete(Kind.USER, "ada")
    await traced.r.until(lambda: traced.r.cluster.get(Kind.USER, "ada") is None)
    await traced.r.rest()
    found = await traced.ended()
    leaving = [user for user in found.named(USER) if user.attributes["scim_operator.woken_by"] == "deprovision"]
    assert leaving
    names = [one.name for user in leaving for one in found.children(user)]
    assert "remove finalizer" in names
    assert "scim_operator.uid" not in max(leaving, key=lambda span: span.start).attributes, "its manifest is gone"


async def test_a_failure_is_a_word_and_not_the_service_s_message(traced: Traced) -> None:
    traced.r.simulator.faults.add("status=400:invalidValue;method=POST")
    found = await traced.sweep_of("ada")
    [user], [request] = found.named(USER), found.named("POST /Users")
    assert (user.status, user.message, user.attributes["error.type"]) == (ERROR, "Rejected", "Rejected")
    assert (request.status, request.message, request.attributes["error.type"]) == (ERROR, "", "400")
    assert user.attributes["scim_operator.reason"] == "Rejected"
    [sweep] = found.named("sweep")
    assert sweep.status == 0, "one object's failure is not the sweep's"


async def test_a_request_that_is_sent_again_says_how_often(traced: Traced) -> None:
    traced.r.simulator.faults.add("throttle=1;method=POST;times=2")
    found = await traced.sweep_of("ada")
    sent = sorted(found.named("POST /Users"), key=lambda span: span.start)
    assert [one.attributes["http.response.status_code"] for one in sent] == [429, 429, 201]
    assert [one.attributes.get("http.request.resend_count", 0) for one in sent] == [0, 1, 2]
    assert {one.parent for one in sent} == {found.named(USER)[0].id}


async def test_a_sweep_that_fails_says_so(traced: Traced) -> None:
    traced.r.user("ada")
    await traced.r.start()
    await traced.r.settle()
    traced.r.simulator.faults.add("status=500;method=GET;path=/Users")
    sweeps = traced.r.job.session.sweeps
    sweeps.sweep_now()
    await traced.r.until(lambda: sweeps.begun > 2)
    found = await traced.ended()
    failed = [sweep for sweep in found.named("sweep") if sweep.status == ERROR]
    assert failed
    assert {sweep.message for sweep in failed} == {"Unavailable"}
    assert [part.name for part in found.children(failed[0])] == ["list"]


async def test_a_request_without_an_answer_names_the_error(traced: Traced) -> None:
    traced.r.simulator.faults.add("drop-after;method=POST;times=1")
    found = await traced.sweep_of("ada")
    [request] = [one for one in found.named("POST /Users") if one.status == ERROR]
    assert (request.message, request.attributes["error.type"]) == ("Unreachable", "Unreachable")
    assert "http.response.status_code" not in request.attributes


async def test_the_spans_are_the_operator_s(traced: Traced) -> None:
    found = await traced.sweep_of("ada")
    assert found.spans[0].resource["service.name"] == "scim-operator"
    assert found.spans[0].resource["service.version"]
