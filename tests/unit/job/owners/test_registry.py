"""Configs of several namespaces at one service: who has a resource, who waits for whom, and for how long."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from scim_operator.core.attributes.paths import parse
from scim_operator.core.decision.claims import claim_of
from scim_operator.core.keys import ConfigKey, Kind, ObjectKey, ResourceType
from scim_operator.core.records.record import record_of
from scim_operator.core.records.status import Reason, ServiceEntry, Verdict
from scim_operator.core.seal import Seal
from scim_operator.job.base.settings import settings_of
from scim_operator.job.connection.serving import ServingConfigs
from scim_operator.job.gather.knowledge import Knowledge
from scim_operator.job.gather.namespace import Namespaces
from scim_operator.job.gather.remembering import remembered
from scim_operator.job.gather.waits import Resource
from scim_operator.job.owners.inventory import PATIENCE, ROLL_CALL, SHORT_PATIENCE
from scim_operator.job.owners.registry import Registry
from tests.scim.virtual import VirtualClock
from tests.support.knowing import URL

SEAL = Seal(b"k" * 32)
OTHER_URL = "https://other.example/scim"
USER_NAME = parse("userName")
UNKNOWN = "It is not known whether another manifest owns what was found at the service:"


def key(namespace: str, name: str = "ada") -> ObjectKey:
    return ObjectKey(Kind.USER, namespace, name)


class Company:
    """The configs of all namespaces, each in a namespace of its own name unless it says another one."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.namespaces = Namespaces(self.clock.now)
        self.serving = ServingConfigs(lambda namespace: None)
        self.expected: set[ConfigKey] = set()
        """Those that are not worked on here, and are about to be."""
        self.registry = Registry(self.namespaces, self.serving, self.clock, SEAL, self.expected.__contains__)
        self.inventory = self.registry.inventory
        self.woken: list[ObjectKey] = []

    def listed(self, unlisted: tuple[str, ...] = ()) -> None:
        self.serving.listed(None)
        self.inventory.called(unlisted)

    def synced(self, namespace: str, *names: str) -> None:
        """Have a namespace's manifests all read: users of these names."""
        for kind in Kind:
            users = [self.user(namespace, name) for name in names] if kind is Kind.USER else []
            self.namespaces.replace(kind, namespace, users)

    def user(self, namespace: str, name: str) -> Any:
        metadata = {"namespace": namespace, "name": name, "uid": name, "generation": 1, "resourceVersion": "1"}
        return record_of(Kind.USER, {"metadata": metadata, "spec": {"userName": f"{name}@corp.example"}})

    def config(self, namespace: str, name: str = "c", url: str = URL, *, has: bool = True, **spec: Any) -> Config:
        return Config(self, ConfigKey(namespace, name), url, has=has, **spec)


class Config:
    """One config, and what its job knows."""

    def __init__(self, company: Company, key: ConfigKey, url: str, *, has: bool, **spec: Any) -> None:
        self.company, self.key = company, key
        service = {"url": url, "auth": {"bearer": {"secretRef": {"name": "token"}}}, **spec.pop("service", {})}
        metadata = {"name": key.name, "namespace": key.namespace, "uid": str(key), "generation": 1}
        status = {"claimedUrl": url} if has else {}
        body = {"service": service, "scope": "All", "users": {"externalId": "Generated"}, **spec}
        self.manifest = {"metadata": metadata, "spec": body, "status": status}
        company.serving.see(key, self.manifest)
        self.view = company.registry.view(key)
        self.view.begins(self.manifest)
        namespace = company.namespaces.namespace(key.namespace)
        self.knowledge = Knowledge.from_status(
            settings_of(self.manifest), namespace, {}, company.clock.now, peers=self.view, seal=SEAL
        )
        self.knowledge.waits.wake = company.woken.append

    def owns(self, id: str, name: str = "ada", reason: Reason = Reason.PROVISIONED, **document: Any) -> None:
        """Have a manifest own a resource."""
        record = self.company.namespaces.get(key(self.key.namespace, name))
        assert record is not None
        self.knowledge.index[ResourceType.USER].put({"id": id, "userName": f"{name}@corp.example", **document})
        self.knowledge.entries.remember(record, ServiceEntry(self.key.name, Verdict(reason, ""), 1, id=id))
        self.knowledge.identities.claim(record)

    async def survey(self) -> float:
        """List the service; the seconds that this took to return."""
        for index in self.knowledge.index.values():
            index.listed = True
        self.company.serving.take(self.key)
        clock = self.company.clock
        began = clock.monotonic()
        await clock.run(self.view.surveyed(self.knowledge))
        return clock.monotonic() - began


def value(name: str = "ada") -> Any:
    return claim_of(USER_NAME, f"{name}@corp.example")


async def two(**spec: Any) -> tuple[Company, Config, Config]:
    """Two configs of one service, the second of which owns 1."""
    company = Company()
    company.listed()
    for namespace in ("identity", "payroll"):
        company.synced(namespace, "ada", "bob")
    mine, theirs = company.config("identity", has=False), company.config("payroll", **spec)
    theirs.owns("1")
    await theirs.survey()
    await mine.survey()
    return company, mine, theirs


async def test_who_of_another_namespace_has_a_resource() -> None:
    _, mine, theirs = await two()
    assert mine.view.owner(key("identity"), "1", ours=False) == key("payroll")
    assert mine.view.owner(key("identity"), "2", ours=False) is None
    assert mine.view.owner(key("identity"), "1", ours=True) == key("payroll"), "they had the service before us"
    assert theirs.view.owner(key("payroll"), "1", ours=True) is None
    assert mine.view.claimants(Kind.USER, [value(), value("bob")]) == {key("payroll"): True}
    assert mine.view.claimants(Kind.GROUP, [value()]) == {}
    assert mine.view.unknown == ""


async def test_another_service_is_no_matter() -> None:
    _, mine, _ = await two(service={"url": OTHER_URL})
    assert mine.view.owner(key("identity"), "1", ours=False) is None
    assert mine.view.claimants(Kind.USER, [value()]) == {}


async def test_of_two_that_both_have_it_on_record_the_one_that_served_first_has_it() -> None:
    company, mine, _ = await two()
    mine.owns("1")
    holdings = company.registry.holdings
    here, there = ConfigKey("identity", "c"), ConfigKey("payroll", "c")
    assert (holdings.yields(here, there), holdings.yields(there, here)) == (True, False)


async def test_what_is_about_to_be_taken_is_kept_for_one() -> None:
    company, mine, theirs = await two()
    assert mine.view.reserve(key("identity"), "7")
    assert mine.view.reserve(key("identity"), "7")
    assert not theirs.view.reserve(key("payroll"), "7")
    assert theirs.view.reserve(key("payroll"), "8")
    assert theirs.view.owner(key("payroll"), "7", ours=False) == key("identity")
    assert theirs.view.owner(key("payroll"), "7", ours=True) is None
    assert mine.view.owner(key("identity"), "7", ours=False) is None
    theirs.knowledge.waits.note(key("payroll"), frozenset({Resource(Kind.USER, "7")}))
    mine.view.release(key("identity"))
    assert company.woken == [key("payroll")]
    assert theirs.view.reserve(key("payroll"), "7")
    assert mine.view.owner(key("identity"), "8", ours=False) == key("payroll")


async def test_what_is_let_go_is_read_again_by_those_who_wait_for_it() -> None:
    company, mine, theirs = await two()
    mine.knowledge.index[ResourceType.USER].put({"id": "1"})
    mine.knowledge.waits.note(key("identity"), frozenset({Resource(Kind.USER, "1")}))
    theirs.knowledge.entries.forget(key("payroll"))
    assert company.woken == [key("identity")]
    assert mine.knowledge.index[ResourceType.USER].is_doubtful("1")


async def test_who_claims_what_was_claimed_or_no_longer_is_is_looked_at() -> None:
    company, mine, _ = await two()
    ada = company.namespaces.get(key("identity"))
    assert ada is not None
    mine.knowledge.identities.claim(ada)
    assert company.woken == [key("payroll")]
    company.woken.clear()
    mine.knowledge.forget(key("identity"))
    assert company.woken == [key("payroll")]


async def test_a_config_that_is_gone_or_rests_owns_what_it_owned_or_nothing() -> None:
    company, mine, theirs = await two()
    theirs.view.rests(for_good=False)
    assert mine.view.claimants(Kind.USER, [value()]) == {key("payroll"): True}
    theirs.view.rests(for_good=True)
    assert mine.view.claimants(Kind.USER, [value()]) == {}
    assert mine.view.owner(key("identity"), "1", ours=False) == key("payroll")
    company.registry.forget(theirs.key)
    assert mine.view.owner(key("identity"), "1", ours=False) is None


@pytest.mark.parametrize(
    ("unlisted", "said"),
    [
        (None, "the ProvisioningConfigs are not all listed yet."),
        (("payroll",), "the ProvisioningConfigs of namespace payroll cannot be listed."),
        (("",), "the ProvisioningConfigs cannot be listed."),
    ],
)
async def test_while_not_all_configs_are_known_no_one_can_say_who_owns_what(unlisted: Any, said: str) -> None:
    company = Company()
    company.synced("identity")
    mine = company.config("identity")
    if unlisted is not None:
        company.listed(unlisted)
    assert mine.view.unknown == f"{UNKNOWN} {said}"


async def test_while_the_manifests_of_another_are_not_read_no_one_can_either() -> None:
    company = Company()
    company.listed()
    company.synced("identity")
    mine = company.config("identity")
    company.config("payroll")
    company.config("sales", url=OTHER_URL)
    assert mine.view.unknown == f"{UNKNOWN} the manifests of namespace payroll are not read yet."


@pytest.mark.parametrize(("has", "patience"), [(True, ROLL_CALL), (False, PATIENCE)])
async def test_how_long_the_list_of_the_others_is_waited_for(has: bool, patience: float) -> None:
    assert (ROLL_CALL, SHORT_PATIENCE, PATIENCE) == (2, 20, 60)
    company = Company()
    company.serving.listed(None)
    company.synced("identity")
    mine = company.config("identity", has=has)
    assert await mine.survey() == patience


@pytest.mark.parametrize(("has", "patience"), [(True, SHORT_PATIENCE), (False, PATIENCE)])
async def test_how_long_the_manifests_of_the_others_are_waited_for(
    has: bool, patience: float, caplog: pytest.LogCaptureFixture
) -> None:
    company = Company()
    company.listed()
    company.synced("identity")
    company.config("payroll", has=False)
    mine = company.config("identity", has=has)
    with caplog.at_level(logging.WARNING):
        assert await mine.survey() == patience
    assert [record.getMessage() for record in caplog.records] == [
        f"identity/c: {UNKNOWN} the manifests of namespace payroll are not read yet. Nothing is taken over meanwhile."
    ]
    assert await mine.survey() == 0, "a job waits once"


async def test_a_new_config_waits_until_the_others_have_listed_their_service() -> None:
    company = Company()
    company.listed()
    for namespace in ("identity", "payroll"):
        company.synced(namespace, "ada")
    mine, theirs = company.config("identity", has=False), company.config("payroll")

    async def soon() -> None:
        await company.clock.sleep(7.0)
        company.serving.take(theirs.key)
        await theirs.view.surveyed(theirs.knowledge)

    other = asyncio.ensure_future(soon())
    assert await mine.survey() == 7.0
    await other


async def test_of_a_config_without_a_job_its_manifests_say_what_it_owns() -> None:
    company = Company()
    company.listed()
    company.synced("identity", "ada")
    conditions = [{"type": "Ready", "reason": "Provisioned", "status": "True"}]
    theirs = company.config("payroll")
    before = company.user("payroll", "ada")
    notary = remembered(settings_of(theirs.manifest), {"service": {"url": URL}}, SEAL).notary
    mine_by_proof = ServiceEntry("c", Verdict(Reason.PROVISIONED, ""), 1, id="1", service=notary.service)
    signed = notary.signed(before.key, mine_by_proof)
    entry = {"config": "c", "id": "1", "service": signed.service, "proof": signed.proof, "conditions": conditions}
    metadata = {"namespace": "payroll", "name": "ada", "uid": "ada", "generation": 1, "resourceVersion": "1"}
    record = record_of(Kind.USER, {"metadata": metadata, "spec": {"userName": "x"}, "status": {"services": [entry]}})
    company.namespaces.replace(Kind.USER, "payroll", [record])
    company.namespaces.replace(Kind.GROUP, "payroll", [])
    theirs.view.rests(for_good=True)
    mine = company.config("identity", has=False)
    assert await mine.survey() == 0
    assert mine.view.owner(key("identity"), "1", ours=False) == key("payroll")
    assert mine.view.unknown == ""


def at_two_addresses() -> tuple[Config, Config]:
    """Two configs, each with another address, and a user ada in the namespace of each."""
    company = Company()
    company.listed()
    for namespace in ("identity", "payroll"):
        company.synced(namespace, "ada")
    return company.config("identity"), company.config("payroll", url=OTHER_URL)


RANDOM = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    ("id", "document", "one"),
    [
        (RANDOM, {}, True),
        (RANDOM, {"userName": "other"}, False),
        ("1", {}, False),
        ("1", {"externalId": "same"}, True),
        ("1", {"externalId": "same", "userName": "other"}, False),
    ],
)
async def test_two_addresses_that_list_the_same_resource_are_one_service(
    id: str, document: dict[str, Any], one: bool, caplog: pytest.LogCaptureFixture
) -> None:
    mine, theirs = at_two_addresses()
    mine.owns(id, externalId="same")
    theirs.owns(id, **document)
    with caplog.at_level(logging.WARNING):
        await mine.survey()
        await theirs.survey()
    words = [record.getMessage() for record in caplog.records]
    said = f"payroll/c and identity/c name one service by two addresses: both hold the user {id}."
    assert words == ([said] if one else [])
    assert (mine.view.owner(key("identity"), id, ours=False) == key("payroll")) is one


async def test_who_lists_its_service_anew_is_known_by_its_manifests_meanwhile(
    caplog: pytest.LogCaptureFixture,
) -> None:
    mine, theirs = at_two_addresses()
    mine.owns(RANDOM)
    await mine.survey()
    mine.knowledge.index.release()
    theirs.owns(RANDOM)
    with caplog.at_level(logging.WARNING):
        await theirs.survey()
    said = f"payroll/c and identity/c name one service by two addresses: both hold the user {RANDOM}."
    assert [record.getMessage() for record in caplog.records] == [said]


async def test_two_that_are_said_to_be_distinct_are_not_compared() -> None:
    company = Company()
    company.listed()
    for namespace in ("identity", "payroll"):
        company.synced(namespace, "ada")
    mine = company.config("identity", service={"distinctFrom": ["payroll/c"]})
    theirs = company.config("payroll", url=OTHER_URL, service={"distinctFrom": ["identity/c"]})
    for each in (mine, theirs):
        each.owns(RANDOM)
        await each.survey()
    assert mine.view.owner(key("identity"), RANDOM, ours=False) is None


async def test_the_second_config_of_a_namespace_waits_for_the_first() -> None:
    company = Company()
    company.listed()
    company.synced("identity", "ada")
    first, second = company.config("identity", "first"), company.config("identity", "second", has=False)
    assert await first.survey() == 0
    waiting = asyncio.ensure_future(second.view.surveyed(second.knowledge))
    await company.clock.run(company.clock.sleep(1000))
    assert not waiting.done(), "the first one serves"
    waiting.cancel()


async def acquainted(company: Company, config: Config) -> bool | None:
    """What a config hears of the others, None where it still waits."""
    asked = asyncio.ensure_future(config.view.acquainted())
    for _ in range(20):
        await asyncio.sleep(0)
    if not asked.done():
        asked.cancel()
        return None
    return asked.result()


async def test_what_is_on_record_is_enough_to_go_by_once_it_is_known_of_all_who_share_the_service() -> None:
    company = Company()
    config, other = company.config("identity"), company.config("finance")
    company.serving.take(config.key)
    company.synced("identity", "ada")
    assert await acquainted(company, config) is None, "the configs are not all listed"
    company.listed()
    assert await acquainted(company, config) is None, "the manifests of the other namespace are not read"
    company.synced("finance", "ada")
    assert await acquainted(company, config) is True
    assert other.key.namespace == "finance"


async def test_a_config_that_is_new_to_its_service_is_to_list_it_first() -> None:
    company = Company()
    company.listed()
    config = company.config("identity", has=False)
    company.synced("identity", "ada")
    company.serving.take(config.key)
    assert await acquainted(company, config) is False
    await config.survey()
    assert await acquainted(company, config) is True
