"""Every verb and every fault that is the client's to survive, against the embedded VMware Identity Service."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator import errors
from scim_operator.api.config import ServiceSpec
from scim_operator.core.keys import ResourceType
from scim_operator.core.resource import PatchOperation, PatchVerb
from scim_operator.errors import WrongServiceReason
from scim_operator.scim.auth import StaticToken, TokenSource
from scim_operator.scim.clock import SystemClock
from scim_operator.scim.connect import open_client
from scim_operator.scim.egress import Egress
from scim_operator.scim.protocol import create_request, delete_request, modify_request, replace_request
from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings
from tests.support.hurried import HurriedClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scim_operator.scim.client import ScimClient
    from scim_operator.scim.clock import Clock

USER, GROUP = ResourceType.USER, ResourceType.GROUP
TITLE = [PatchOperation(PatchVerb.REPLACE, "title", "Analyst")]


def person(name: str) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": f"{name}@corp.example",
        "externalId": f"identity/{name}",
        "active": True,
        "name": {"givenName": name.title(), "familyName": "Lovelace"},
        "emails": [{"type": "work", "value": f"{name}@corp.example"}],
    }


def connect(
    simulator: Simulator,
    *,
    token: str | None = None,
    credentials: TokenSource | None = None,
    clock: Clock | None = None,
    **capabilities: object,
) -> ScimClient:
    spec = ServiceSpec.model_validate(
        {
            "url": simulator.url,
            "auth": {"bearer": {"secretRef": {"name": "s"}}},
            "budget": {"requestsPerSecond": 1000, "concurrency": 16},
            "capabilities": capabilities,
            "allowInsecure": True,
        }
    )
    source = credentials or StaticToken(simulator.token if token is None else token)
    return open_client(
        spec,
        source,
        ca_bundle=None,
        clock=clock or SystemClock(),
        random=random.Random(1),
        egress=Egress(allow_insecure=True),
    )


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(Settings(log_bodies=True)) as running:
        yield running


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[ScimClient]:
    made = connect(simulator)
    yield made
    await made.close()


@pytest.fixture
async def patient(simulator: Simulator) -> AsyncIterator[ScimClient]:
    """A client that agrees with the service on how long a second is, however busy the machine."""
    clock = HurriedClock(1)
    simulator.faults.clock, simulator.faults.grace = clock.monotonic, 0.5  # what was under way is no violation
    made = connect(simulator, clock=clock)
    yield made
    await made.close()


@pytest.fixture
def ada(simulator: Simulator) -> str:
    return simulator.seed([person("ada")])[0][0]


async def everybody(client: ScimClient) -> list[str]:
    return [resource["id"] async for page in client.pages(USER) for resource in page.resources]


async def test_every_verb(simulator, client) -> None:
    await client.probe()
    await client.discover()
    resource = await client.write(create_request(USER, person("ada")))
    assert resource is not None
    ada = resource["id"]
    assert [hit["id"] for hit in await client.find(USER, "externalId", "identity/ada")] == [ada]
    assert [hit["id"] for hit in await client.find(USER, "userName", "ADA@corp.example")] == [ada]
    assert await everybody(client) == [ada]
    await client.write(modify_request(USER, ada, TITLE))
    assert (await client.get(USER, ada) or {})["title"] == "Analyst"
    await client.write(replace_request(USER, ada, {**person("ada"), "title": "Countess"}))
    assert simulator.users[ada]["title"] == "Countess"

    await client.write(create_request(GROUP, {"displayName": "Engineering", "externalId": "identity/engineering"}))
    group = (await client.find(GROUP, "displayName", "Engineering"))[0]["id"]
    await client.write(modify_request(GROUP, group, [PatchOperation(PatchVerb.ADD, "members", [{"value": ada}])]))
    assert [member["value"] for member in simulator.groups[group]["members"]] == [ada]
    await client.write(modify_request(GROUP, group, [PatchOperation(PatchVerb.REMOVE, "members", [{"value": ada}])]))
    assert not simulator.groups[group].get("members")

    assert await client.delete(delete_request(GROUP, group))
    assert await client.delete(delete_request(USER, ada))
    assert not await client.delete(delete_request(USER, ada))
    assert await client.get(USER, ada) is None
    assert (client.reads, client.writes) == (simulator.log.reads, simulator.log.writes), "and each was counted"


async def test_a_conflict_is_reported_without_the_name(client, ada) -> None:
    with pytest.raises(errors.Rejected) as caught:
        await client.write(create_request(USER, person("ada")))
    assert caught.value.status == 409
    assert "ada" not in str(caught.value)


@pytest.mark.parametrize("size", [0, 100, 101, 1000])
async def test_a_listing_costs_one_request_a_page(simulator, client, size) -> None:
    ids, _ = simulator.seed([person(f"user{n}") for n in range(size)])
    assert sorted(await everybody(client)) == sorted(ids)
    assert client.reads == max(1, -(-size // 100))


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("short-pages", "a short page is not the end"),
        ("past-end", "the end is never passed"),
        ("string-numbers", "totals may be quoted"),
        ("empty-list", "nor need there be Resources"),
        ("content-type=text/json", "the body tells what it is"),
        ("broken-page=lacks", "the next page starts where this one ended"),
        ("broken-page=repeat;times=1", "it is read again"),
        ("broken-page=error;times=1", "it is read again"),
    ],
)
async def test_oddities_of_listings_are_survived(simulator, client, fault, why) -> None:
    ids, _ = simulator.seed([person(f"user{n}") for n in range(250)])
    simulator.faults.add(fault)
    assert sorted(await everybody(client)) == sorted(ids), why


@pytest.mark.parametrize("lie", ["repeat", "total-low", "total-high", "shift"])
async def test_a_listing_that_stays_broken_is_refused(simulator, client, lie) -> None:
    simulator.seed([person(f"user{n}") for n in range(250)])
    simulator.faults.add(f"broken-page={lie}")
    with pytest.raises(errors.IncompleteListing):
        await everybody(client)


async def test_an_unstable_order_is_whole_or_refused(simulator, client) -> None:
    ids, _ = simulator.seed([person(f"user{n}") for n in range(250)])
    simulator.faults.add("unstable-order")
    try:
        found = await everybody(client)
    except errors.IncompleteListing:
        return
    assert sorted(found) == sorted(ids)


@pytest.mark.parametrize("fault", ["throttle", "unavailable"])
async def test_a_retry_after_is_waited_out_by_all(simulator, patient, fault) -> None:
    simulator.faults.add(f"{fault}=2;times=1")
    await asyncio.gather(*(patient.write(create_request(USER, person(f"user{n}"))) for n in range(20)))
    assert len(simulator.users) == 20
    assert simulator.log.violations == 0


@pytest.mark.parametrize("fault", ["throttle", "unavailable"])
async def test_a_retry_after_as_a_date_is_waited_out_by_all(simulator, client, fault) -> None:
    simulator.faults.grace = 1.0  # a date is on the machine's clock, and what was under way may take its time
    simulator.faults.add(f"{fault}=date:2;times=1")
    await asyncio.gather(*(client.write(create_request(USER, person(f"user{n}"))) for n in range(20)))
    assert len(simulator.users) == 20
    assert simulator.log.violations == 0


async def test_a_rate_limit_of_the_service_is_lived_with(simulator, patient) -> None:
    simulator.faults.add("rate-limit=50/5")
    await asyncio.gather(*(patient.write(create_request(USER, person(f"user{n}"))) for n in range(12)))
    assert len(simulator.users) == 12
    assert simulator.log.violations == 0


async def test_a_throttled_write_that_took_effect_is_a_conflict_to_be_found(simulator, client) -> None:
    simulator.faults.add("throttle-after=0.1;times=1")
    with pytest.raises(errors.Rejected) as caught:
        await client.write(create_request(USER, person("ada")))
    assert caught.value.status == 409
    assert len(await client.find(USER, "externalId", "identity/ada")) == 1


@pytest.mark.parametrize(("fault", "there"), [("drop-before", False), ("drop-after", True)])
async def test_a_lost_answer_is_not_repeated_but_reported(simulator, client, fault, there) -> None:
    simulator.faults.add(f"{fault};method=POST")
    with pytest.raises(errors.Unreachable) as caught:
        await client.write(create_request(USER, person("ada")))
    assert caught.value.sent
    assert simulator.log.methods["POST"] == 1
    assert bool(await client.find(USER, "externalId", "identity/ada")) is there


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("fault", ["drop-before", "drop-after"])
async def test_nor_are_other_writes_even_on_a_kept_connection(simulator, client, ada, fault, method) -> None:
    await client.get(USER, ada)
    simulator.faults.add(f"{fault};method={method};times=1")
    verbs = {
        "PATCH": lambda: client.write(modify_request(USER, ada, TITLE)),
        "PUT": lambda: client.write(replace_request(USER, ada, person("ada"))),
        "DELETE": lambda: client.delete(delete_request(USER, ada)),
    }
    with pytest.raises(errors.Unreachable):
        await verbs[method]()
    assert simulator.log.methods[method] == 1


@pytest.mark.parametrize("fault", ["drop-before", "drop-after", "unavailable=none", "status=502"])
async def test_a_lost_read_is_repeated(simulator, client, ada, fault) -> None:
    simulator.faults.add(f"{fault};method=GET;times=2")
    assert await client.get(USER, ada) is not None
    assert client.reads == 3


class Vault:
    """Credentials that were rotated at the service, and are read anew when refused."""

    def __init__(self, old: str, new: str) -> None:
        self.current, self.new = old, new

    async def token(self, *, fresh: bool = False) -> str:
        self.current = self.new if fresh else self.current
        return self.current

    async def close(self) -> None:
        """Nothing is held."""


async def test_an_expired_token_is_reported(simulator, client) -> None:
    simulator.faults.add("expired-token")
    with pytest.raises(errors.Unauthorized) as caught:
        await client.probe()
    assert simulator.token not in str(caught.value)


async def test_a_rotated_token_is_taken_up(simulator) -> None:
    client = connect(simulator, credentials=Vault("expired", simulator.token))
    await client.write(create_request(USER, person("ada")))
    await client.close()
    assert len(simulator.users) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("html", WrongServiceReason.NOT_SCIM),
        ("redirect", WrongServiceReason.REDIRECTED),
        ("base-query=flag", WrongServiceReason.WRONG_URL),
        ("filter=ignored", WrongServiceReason.FILTER_IGNORED),
    ],
)
async def test_the_probe_says_what_is_wrong(simulator, client, ada, fault, reason) -> None:
    simulator.faults.add(fault)
    with pytest.raises(errors.WrongService) as caught:
        await client.probe()
    assert caught.value.reason == reason


@pytest.mark.parametrize("fault", ["filter=refused", "filter=ignored", "filter=loose", "filter-attributes=userName"])
async def test_without_filters_people_are_found_all_the_same(simulator, client, fault) -> None:
    ids, _ = simulator.seed([person(name) for name in ("ada", "adam", "charles")])
    simulator.faults.add(fault)
    assert [hit["id"] for hit in await client.find(USER, "externalId", "identity/ada")] == [ids[0]]
    assert await client.find(USER, "externalId", "identity/grace") == []


@pytest.mark.parametrize("form", ["vmware", "html", "schema", "numeric", "empty"])
async def test_errors_are_understood_in_every_form(simulator, client, ada, form) -> None:
    simulator.faults.add(f"error-body={form}")
    with pytest.raises(errors.Rejected) as caught:
        await client.write(create_request(USER, person("ada")))
    assert caught.value.status == 409


@pytest.mark.parametrize("status", [405, 501])
async def test_a_service_without_patch_says_so(simulator, client, ada, status) -> None:
    simulator.faults.add(f"status={status};method=PATCH")
    with pytest.raises(errors.PatchUnsupported):
        await client.write(modify_request(USER, ada, TITLE))
    await client.write(replace_request(USER, ada, {**person("ada"), "title": "Analyst"}))
    assert simulator.users[ada]["title"] == "Analyst"


@pytest.mark.parametrize("cap", ["30:413", "30"])
async def test_a_smaller_chunk_is_learned(simulator, client, cap) -> None:
    ids, groups = simulator.seed(
        [person(f"user{n}") for n in range(100)], [{"displayName": "Engineering", "externalId": "identity/e"}]
    )
    simulator.faults.add(f"member-cap={cap}")
    left = list(ids)
    while left:
        chunk = left[: client.capabilities.member_chunk]
        try:
            await client.write(
                modify_request(
                    GROUP, groups[0], [PatchOperation(PatchVerb.ADD, "members", [{"value": id} for id in chunk])]
                )
            )
        except errors.RequestTooLarge:
            continue
        left = left[len(chunk) :]
    assert client.capabilities.member_chunk == 25
    assert len(simulator.groups[groups[0]]["members"]) == 100


async def test_another_media_type_is_learned(simulator, client) -> None:
    simulator.faults.add("accept-type=application/json")
    for name in ("ada", "charles"):
        await client.write(create_request(USER, person(name)))
    assert simulator.log.statuses[415] == 1


async def test_a_resource_deleted_by_hand_is_gone(simulator, client, ada) -> None:
    simulator.by_hand("DELETE", f"/Users/{ada}")
    with pytest.raises(errors.ResourceGone):
        await client.write(modify_request(USER, ada, TITLE))
    assert await client.get(USER, ada) is None


async def test_a_write_may_answer_nothing(simulator, client) -> None:
    simulator.faults.add("write-body=empty")
    assert await client.write(create_request(USER, person("ada"))) is None
    assert len(simulator.users) == 1
