"""A second config reaches the same service by another host or port, to which no spelling of the URL gives a hint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.api.urns import ENTERPRISE_USER
from scim_operator.core.keys import ConfigKey, Kind
from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings
from tests.support.forwarder import forwarding
from tests.support.neighbour import Neighbour, start_all
from tests.support.present import present
from tests.support.rig import rig, service_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig

EMPTY: dict[str, Any] = {"scope": "Assigned", "assignments": []}
CREW = [f"user-{number}" for number in range(8)]


@pytest.fixture
async def r() -> AsyncIterator[Rig]:
    async with rig() as made:
        for name in CREW:
            made.user(name)
        yield made


@pytest.fixture(params=["localhost", "a forwarder"])
async def alias(r: Rig, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """Another address of the rig's service."""
    if request.param == "localhost":
        yield r.simulator.url.replace("127.0.0.1", "localhost")
        return
    async with forwarding(r.simulator.url) as url:
        yield url


def at(r: Rig, url: str) -> dict[str, Any]:
    return {"service": {**r.spec["service"], "url": url}}


async def test_what_both_list_is_not_named_where_its_id_is_sensitive(
    r: Rig, alias: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The service made ids of an attribute that a mapping calls sensitive, as of a number that each person has."""
    number = f"{ENTERPRISE_USER}:employeeNumber"
    r.spec["users"] = {"externalId": "Generated", "mappings": [{"target": number, "source": number, "sensitive": True}]}
    await r.start()
    await r.settle()
    ids = {name: r.id_of(name) for name in CREW}
    for name, id in ids.items():
        r.user(name, enterprise={"employeeNumber": id})
    await r.settle()
    await r.configure_other("second", 1, **{**r.spec, **EMPTY, **at(r, alias)})
    await r.until(lambda: r.ready_of("second") == ("False", "ServiceTaken"))
    shown = f"{r.cluster.config_status} {r.events()} {caplog.text}"
    assert "by another address, for both list the user [Redact]" in shown
    assert not [id for id in ids.values() if id in shown]


async def test_the_second_sends_nothing_and_says_why(r: Rig, alias: str) -> None:
    await r.start()
    await r.settle()
    mark = r.mark()
    await r.configure_other("second", 1, **EMPTY, **at(r, alias))
    await r.until(lambda: r.ready_of("second") == ("False", "ServiceTaken"))
    assert r.writes(mark) == []
    ready = next(each for each in r.cluster.config_status["second"]["conditions"] if each["type"] == "Ready")
    reported = (
        "ProvisioningConfig vmware of this namespace serves this service by another address, for both list the user "
    )
    assert ready["message"].startswith(reported)
    assert r.condition("Ready") == ("True", "Provisioned")
    await r.check_quiet()
    assert all(present(r.at_service(name))["active"] for name in CREW)


@pytest.mark.parametrize("first", ["the owner", "the other"])
async def test_nor_after_a_restart_no_matter_who_is_seen_first(r: Rig, alias: str, first: str) -> None:
    """The second was made while the operator was away."""
    await r.start()
    await r.settle()
    await r.stop()
    mark = r.mark()
    await r.start_without_config()
    if first == "the owner":
        await r.configure()
    await r.configure_other("second", 1, **EMPTY, **at(r, alias))
    if first == "the other":
        await r.configure()
    r.listed()
    await r.until(lambda: r.ready_of("second") == ("False", "ServiceTaken"))
    await r.settle()
    assert r.writes(mark) == []


async def test_nor_where_both_are_new_and_the_statuses_are_lost(r: Rig, alias: str) -> None:
    """A cluster that was built from Git again: one of the two serves, and no one is disabled."""
    await r.start()
    await r.settle()
    await r.stop()
    for name in CREW:
        manifest = r.cluster.get(Kind.USER, name)
        assert manifest is not None
        manifest.pop("status", None)
    r.cluster.config_status.clear()
    await r.start_without_config()
    await r.configure()
    await r.configure_other("wide", 1, **at(r, alias))
    r.listed()
    await r.until(lambda: "ServiceTaken" in (r.condition("Ready")[1], r.ready_of("wide")[1]))
    assert all(present(r.at_service(name))["active"] for name in CREW)


async def test_an_alias_in_another_namespace_takes_nothing_over(r: Rig, alias: str) -> None:
    evil = Neighbour(r, users={"adoption": "IfUnowned", "whenDeleted": "Delete"}, **at(r, alias))
    evil.user("mallory", userName="user-0@corp.example")
    await r.start()
    await r.settle()
    mark = r.mark()
    await evil.configure()
    await evil.until(lambda: evil.reason("mallory") == "Conflict")
    assert evil.message("mallory").startswith("scimuser/user-0 in namespace identity owns")
    await r.stop()
    await start_all(r, evil, first=evil)
    await evil.settle()
    await r.settle()
    assert evil.reason("mallory") == "Conflict"
    assert r.writes(mark) == []


async def test_an_alias_of_an_empty_service_is_found_at_the_next_listing(r: Rig, alias: str) -> None:
    for name in CREW:
        r.user(name, active=False)
    await r.start()
    await r.settle()
    await r.configure_other("second", 1, **EMPTY, **at(r, alias))
    await r.until(lambda: r.ready_of("second")[0] == "True")
    for name in CREW:
        r.user(name)
    await r.until(lambda: all(r.reason(name) == "Provisioned" for name in CREW))
    mark = r.mark()
    second = r.supervisor.job(ConfigKey(r.key.namespace, "second"))
    present(second.session).sweeps.sweep_now()
    await r.until(lambda: r.ready_of("second") == ("False", "ServiceTaken"))
    assert r.writes(mark) == []


async def test_who_says_on_both_sides_that_these_are_two_services_is_believed(r: Rig, alias: str) -> None:
    theirs = {**r.spec["service"], "url": alias, "distinctFrom": ["identity/vmware"]}
    await r.start()
    await r.settle()
    await r.configure_other("second", 1, service=theirs, **EMPTY)
    await r.until(lambda: r.ready_of("second") == ("False", "ServiceTaken"))
    assert all(present(r.at_service(name))["active"] for name in CREW), "one side alone is not believed"
    await r.configure(service={**r.spec["service"], "distinctFrom": ["identity/second"]})
    await r.until(lambda: r.cluster.config_status["second"].get("claimedUrl") == alias)
    await r.until(lambda: r.ready_of("second")[1] == "ApprovalRequired")


async def test_two_services_that_count_from_one_are_two(r: Rig) -> None:
    """Both have a user 1, and both even an administrator of the same name."""
    async with Simulator(Settings(token="rig-token")) as other:
        for simulator in (r.simulator, other):
            simulator.by_hand("POST", "/Users", service_user("administrator"))
        await r.start()
        await r.settle()
        await r.configure_other("second", 1, **at(r, other.url))
        await r.until(lambda: r.ready_of("second")[0] == "True")
        assert r.condition("Ready")[0] == "True"
        assert other.user("user-0@corp.example") is not None
