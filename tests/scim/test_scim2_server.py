"""An independent implementation, scim2-server, takes everything that the client sends, by its own schema checks."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.api.config import ServiceSpec
from scim_operator.core.attributes.paths import MISSING, parse
from scim_operator.core.keys import ResourceType
from scim_operator.core.resource import ENTERPRISE_USER, PatchOperation, PatchVerb
from scim_operator.core.service.capabilities import Source
from scim_operator.errors import PreconditionFailed, Rejected, ResourceGone, Unauthorized
from scim_operator.scim.auth import StaticToken
from scim_operator.scim.clock import SystemClock
from scim_operator.scim.connect import open_client
from scim_operator.scim.egress import Egress
from scim_operator.scim.profile import GENERIC
from scim_operator.scim.protocol import create_request, delete_request, modify_request, replace_request
from tests.support.foreign import TOKEN
from tests.support.scim2 import scim2_service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scim_operator.scim.client import ScimClient

USER, GROUP = ResourceType.USER, ResourceType.GROUP
ADD, REPLACE, REMOVE = PatchVerb.ADD, PatchVerb.REPLACE, PatchVerb.REMOVE

ADA = {
    "userName": "ada@corp.example",
    "externalId": "identity/ada",
    "active": True,
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "displayName": "Ada Lovelace",
    "emails": [{"type": "work", "value": "ada@corp.example", "primary": True}],
    "phoneNumbers": [{"type": "work", "value": "+44 20 7946 0000"}],
    "addresses": [{"type": "work", "locality": "Berlin", "country": "DE"}],
    ENTERPRISE_USER: {"department": "Engineering", "employeeNumber": "7"},
}


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with scim2_service() as service:
        yield service.url


def spec(url: str, **capabilities: object) -> ServiceSpec:
    return ServiceSpec.model_validate(
        {
            "url": url,
            "profile": "generic",
            "auth": {"bearer": {"secretRef": {"name": "s"}}},
            "budget": {"requestsPerSecond": 1000, "concurrency": 8},
            "capabilities": capabilities,
            "allowInsecure": True,
        }
    )


@pytest.fixture
async def client(base_url: str) -> AsyncIterator[ScimClient]:
    made = open_client(
        spec(base_url, pageSize=3),
        StaticToken(TOKEN),
        ca_bundle=None,
        clock=SystemClock(),
        random=random.Random(1),
        egress=Egress(allow_insecure=True),
    )
    await made.probe()
    yield made
    for type in (GROUP, USER):
        async for page in made.pages(type):
            for resource in page.resources:
                await made.delete(delete_request(type, resource["id"]))
    await made.close()


async def created(client: ScimClient, type: ResourceType, document: dict[str, Any]) -> dict[str, Any]:
    resource = await client.write(create_request(type, document))
    assert resource is not None
    return resource


async def users(client: ScimClient, count: int) -> list[dict[str, Any]]:
    return [await created(client, USER, {"userName": f"user{n}"}) for n in range(count)]


async def test_a_wrong_token_is_reported(base_url) -> None:
    made = open_client(
        spec(base_url),
        StaticToken("old"),
        ca_bundle=None,
        clock=SystemClock(),
        random=random.Random(1),
        egress=Egress(allow_insecure=True),
    )
    with pytest.raises(Unauthorized):
        await made.probe()
    await made.close()


async def test_discovery_is_understood(client) -> None:
    await client.discover()
    assert client.capabilities.patch
    assert client.capabilities.etag
    assert client.capabilities.sources["etag"] is Source.DISCOVERED


async def test_a_user_with_every_kind_of_attribute_is_created_and_read_back(client) -> None:
    resource = await created(client, USER, ADA)
    read = await client.get(USER, resource["id"])
    assert read is not None
    for path in map(parse, GENERIC.attributes[USER]):
        assert path.read(read) == path.read(ADA), str(path)


async def test_a_second_of_the_same_name_conflicts(client) -> None:
    await created(client, USER, ADA)
    with pytest.raises(Rejected) as caught:
        await client.write(create_request(USER, ADA))
    assert (caught.value.status, caught.value.scim_type) == (409, "uniqueness")
    assert "ada" not in str(caught.value)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("userName", "ada@corp.example"),
        ("userName", "ADA@corp.example"),
        ("externalId", "identity/ada"),
        ("displayName", "Ada Lovelace"),
        ('emails[type eq "work"].value', "ada@corp.example"),
        (f"{ENTERPRISE_USER}:employeeNumber", "7"),
    ],
)
async def test_filters_find(client, attribute, value) -> None:
    resource = await created(client, USER, ADA)
    reads = client.reads
    assert [hit["id"] for hit in await client.find(USER, attribute, value)] == [resource["id"]]
    assert client.reads == reads + 1, "by a filter, not by listing"
    assert await client.find(USER, attribute, "nobody") == []


@pytest.mark.parametrize("name", ['O"Hara', "back\\slash", "a+b&c#d=e%20", "Łukasz 名", "tab\there", "' or 1 eq 1"])
async def test_filters_carry_any_text(client, name) -> None:
    resource = await created(client, USER, {"userName": "x", "displayName": name})
    await created(client, USER, {"userName": "y", "displayName": "another"})
    assert [hit["id"] for hit in await client.find(USER, "displayName", name)] == [resource["id"]]


@pytest.mark.parametrize("size", [0, 1, 3, 7])
async def test_listings_are_whole(client, size) -> None:
    ids = {user["id"] for user in await users(client, size)}
    assert {resource["id"] async for page in client.pages(USER) for resource in page.resources} == ids


@pytest.mark.parametrize(
    ("operation", "path", "expected"),
    [
        (PatchOperation(REPLACE, "active", value=False), "active", False),
        (PatchOperation(REPLACE, "title", "Countess"), "title", "Countess"),
        (PatchOperation(REPLACE, "name.givenName", "Augusta"), "name.givenName", "Augusta"),
        (PatchOperation(ADD, "nickName", "Ada"), "nickName", "Ada"),
        (PatchOperation(REMOVE, "displayName"), "displayName", MISSING),
        (
            PatchOperation(REPLACE, 'emails[type eq "work"].value', "a@corp.example"),
            'emails[type eq "work"].value',
            "a@corp.example",
        ),
        (
            PatchOperation(ADD, "emails", [{"type": "home", "value": "h@corp.example"}]),
            'emails[type eq "home"].value',
            "h@corp.example",
        ),
        (PatchOperation(REMOVE, 'phoneNumbers[type eq "work"]'), 'phoneNumbers[type eq "work"].value', MISSING),
        (
            PatchOperation(REPLACE, 'addresses[type eq "work"].locality', "Potsdam"),
            'addresses[type eq "work"].locality',
            "Potsdam",
        ),
        (
            PatchOperation(REPLACE, f"{ENTERPRISE_USER}:department", "Mathematics"),
            f"{ENTERPRISE_USER}:department",
            "Mathematics",
        ),
        (PatchOperation(REMOVE, f"{ENTERPRISE_USER}:employeeNumber"), f"{ENTERPRISE_USER}:employeeNumber", MISSING),
        (PatchOperation(ADD, "", {"title": "Analyst"}), "title", "Analyst"),
    ],
    ids=lambda value: f"{value.verb} {value.path}" if isinstance(value, PatchOperation) else "",
)
async def test_every_style_of_patch_is_taken(client, operation, path, expected) -> None:
    resource = await created(client, USER, ADA)
    await client.write(modify_request(USER, resource["id"], [operation]))
    read = await client.get(USER, resource["id"])
    assert read is not None
    assert parse(path).read(read) == expected


async def test_members_come_and_go_one_by_one(client) -> None:
    ids = [user["id"] for user in await users(client, 3)]
    group = await created(client, GROUP, {"displayName": "Engineering", "members": [{"value": ids[0]}]})

    async def members() -> set[str]:
        read = await client.get(GROUP, group["id"])
        return {member["value"] for member in (read or {}).get("members", [])}

    await client.write(
        modify_request(GROUP, group["id"], [PatchOperation(ADD, "members", [{"value": id} for id in ids[1:]])])
    )
    assert await members() == set(ids)
    await client.write(
        modify_request(GROUP, group["id"], [PatchOperation(REMOVE, f'members[value eq "{id}"]') for id in ids[:2]])
    )
    assert await members() == {ids[2]}


async def test_groups_nest(client) -> None:
    inner = await created(client, GROUP, {"displayName": "Compilers"})
    outer = await created(client, GROUP, {"displayName": "Engineering"})
    await client.write(modify_request(GROUP, outer["id"], [PatchOperation(ADD, "members", [{"value": inner["id"]}])]))
    read = await client.get(GROUP, outer["id"])
    assert read is not None
    assert [member["value"] for member in read["members"]] == [inner["id"]]


async def test_a_replacement_is_taken(client) -> None:
    resource = await created(client, USER, ADA)
    await client.write(replace_request(USER, resource["id"], {**ADA, "title": "Countess", "displayName": None}))
    read = await client.get(USER, resource["id"])
    assert read is not None
    assert read["title"] == "Countess"
    assert not read.get("displayName")


async def test_a_version_that_moved_is_refused(client) -> None:
    await client.discover()
    resource = await created(client, USER, ADA)
    version = resource["meta"]["version"]
    title = [PatchOperation(REPLACE, "title", "Countess")]
    await client.write(modify_request(USER, resource["id"], title), version)
    with pytest.raises(PreconditionFailed):
        await client.write(modify_request(USER, resource["id"], [PatchOperation(REPLACE, "title", "Analyst")]), version)
    with pytest.raises(PreconditionFailed):
        await client.write(replace_request(USER, resource["id"], ADA), version)


async def test_a_deletion_is_final(client) -> None:
    resource = await created(client, USER, ADA)
    assert await client.delete(delete_request(USER, resource["id"]))
    assert not await client.delete(delete_request(USER, resource["id"]))
    assert await client.get(USER, resource["id"]) is None
    with pytest.raises(ResourceGone):
        await client.write(modify_request(USER, resource["id"], [PatchOperation(REPLACE, "title", "x")]))
