"""Services that list more than the pod's memory holds: one, several together, and what all the other configs notice."""

from __future__ import annotations

import gc
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from scim_operator.core.keys import ResourceType
from scim_operator.errors import IncompleteListing
from scim_operator.job.connection.connecting import Connector
from scim_operator.kube import supervising
from scim_operator.kube.parts import JobPorts
from scim_operator.observability.metrics import Metrics
from scim_operator.scim.memory import LEAST, MIB, MOST, ListingMemory, listing_memory
from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings as SimulatorSettings
from tests.scim.virtual import ScriptedTransport, client_on, page_response
from tests.support.neighbour import Neighbour, start_all
from tests.support.present import present
from tests.support.rig import rig, service_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.scim.client import ScimClient
    from scim_operator.scim.memory import Share
    from scim_operator.scim.protocol import Request, Response

USERS, GROUPS = ResourceType.USER, ResourceType.GROUP


def fill(share: Share, kind: ResourceType = USERS, step: int = MIB) -> int:
    """List until it is refused, and keep what came before; how much that is."""
    for amount in range(step, 1 << 40, step):
        try:
            share.read(kind, amount)
        except IncompleteListing:
            share.keep(kind)
            return amount - step
    raise AssertionError("it never ends")


@pytest.mark.parametrize("number", [1, 2, 5, 16])
def test_hostile_configs_together_stay_within_the_memory(number: int) -> None:
    memory = ListingMemory(256 * MIB)
    shares = [memory.share(each) for each in range(number)]
    for share in shares:
        for kind in ResourceType:
            fill(share, kind)
    assert memory.taken <= memory.total


def test_a_small_tenant_can_always_list() -> None:
    memory = ListingMemory(256 * MIB)
    shares = [memory.share(each) for each in range(15)]
    for share in shares:
        fill(share)
    assert fill(memory.share("small"), step=MIB // 4) == 2 * MIB, "its portion of 4 MiB, held once and read again"


def test_what_was_listed_once_can_be_listed_again_whatever_others_took_meanwhile() -> None:
    memory = ListingMemory(256 * MIB)
    honest, hostile = memory.share("honest"), memory.share("hostile")
    honest.read(USERS, 20 * MIB)
    honest.keep(USERS)
    fill(hostile)
    honest.read(USERS, 20 * MIB)
    honest.keep(USERS)


def test_a_listing_that_was_refused_or_broken_off_takes_nothing() -> None:
    memory = ListingMemory(256 * MIB)
    share = memory.share("config")
    share.read(USERS, 50 * MIB)
    share.give_up(USERS)
    assert memory.taken == 0


def test_a_config_counts_once_over_its_sessions_and_no_more_when_it_is_gone() -> None:
    memory = ListingMemory(256 * MIB)
    first = memory.share("config")
    first.read(USERS, 50 * MIB)
    first.keep(USERS)
    second = memory.share("config")
    assert memory.taken == 100 * MIB, "the listing of the last session is kept, and counts"
    del first, second
    gc.collect()
    assert memory.taken == 0


async def exhausted(client: ScimClient) -> None:
    async for _ in client.pages(USERS):
        pass


async def test_a_service_that_denies_at_the_second_reading_what_it_listed_does_not_hold_twice_as_much() -> None:
    """Each pass is smaller than the bound; what the index holds of both is not."""

    def ever_others(request: Request) -> Response:
        start = int(dict(request.query)["startIndex"])
        passes.append(start)
        offset = 100_000 * passes.count(1)
        total = 301 if start < 300 else 299
        return page_response([{"id": str(offset + n)} for n in range(start, min(start + 100, 301))], total)

    passes: list[int] = []
    memory = ListingMemory(MIB)
    client = client_on(ScriptedTransport(ever_others))
    client.pager.keep_within(memory.share("config"))
    with pytest.raises(IncompleteListing, match=r"all configs of the operator share 1 MiB.*--listing-limit"):
        await exhausted(client)
    assert memory.taken == 0


@pytest.mark.parametrize(
    ("container", "listings", "why"),
    [
        (None, MOST, "no limit"),
        (512 * MIB, 256 * MIB, "the chart's limit"),
        (1024 * MIB, 768 * MIB, "what the process leaves"),
        (8192 * MIB, MOST, "more only where a flag says so"),
        (128 * MIB, LEAST, "small tenants fit into the smallest container"),
    ],
)
def test_listings_have_what_the_process_leaves_of_the_container(container: int | None, listings: int, why: str) -> None:
    assert listing_memory(container) == listings, why


@pytest.mark.parametrize(("flag", "passed"), [(None, 256 * MIB), (100 * MIB, 100 * MIB)])
async def test_the_operator_passes_the_bound_on(flag: int | None, passed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "memory_limit", lambda: 512 * MIB)
    made: list[int] = []

    class Noted(Connector):
        def __init__(self, clock: Any, egress: Any, memory: int, **more: Any) -> None:
            made.append(memory)
            super().__init__(clock, egress, memory, **more)

    monkeypatch.setattr(supervising, "Connector", Noted)
    parts: dict[str, Any] = dict.fromkeys(
        ("namespaces", "writer", "secret_reader", "termination", "seal"), SimpleNamespace()
    )
    supervising.supervise(JobPorts(**cast("Any", parts), metrics=Metrics(), listing_limit=flag))
    assert made == [passed]


class Bounded:
    """The real connector, with so many bytes for all listings."""

    around = None

    def __init__(self, egress: Any, memory: int) -> None:
        self.egress, self.memory = egress, memory

    def connector(self, clock: Any) -> Callable[..., Any]:
        return Connector(clock, self.egress, self.memory).connect


async def test_a_listing_over_the_bound_changes_nothing_and_holds_up_no_one_else() -> None:
    async with rig() as r, Simulator(SimulatorSettings(token=r.simulator.token)) as elsewhere:
        r.user("ada", title="Engineer")
        r.user("bob")
        await r.start()
        await r.settle()
        await r.stop()
        for number in range(500):
            r.by_hand("POST", "/Users", service_user(f"stranger{number}"))
        r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "title", "value": "Drifted"})
        mark = r.mark()
        other = Neighbour(r, "good", service={**r.spec["service"], "url": elsewhere.url})
        other.simulator = elsewhere
        other.user("dora")
        await start_all(r, other, effects=Bounded(r.cluster.egress, MIB))  # type: ignore[arg-type]
        await r.until(lambda: r.condition("Ready") == ("False", "NotSwept"))
        await other.until(lambda: other.at_service("dora") is not None)
        other.user("dora", title="Principal")
        await other.until(lambda: (other.at_service("dora") or {}).get("title") == "Principal")
        ready = next(each for each in r.status["conditions"] if each["type"] == "Ready")
        assert "all configs of the operator share 1 MiB" in ready["message"]
        assert "--listing-limit" in ready["message"]
        await r.until(lambda: r.writes(mark) == ["PATCH /Users"])  # what is on record is read by its id, and repaired
        assert all(present(r.at_service(name))["active"] for name in ("ada", "bob"))
