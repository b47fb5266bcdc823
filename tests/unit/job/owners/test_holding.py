"""What one config owns and claims at its service, from the moment it is known until it rests."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.attributes.paths import parse
from scim_operator.core.decision.claims import claim_of
from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
from scim_operator.core.records.record import record_of
from scim_operator.core.records.status import Reason, ServiceEntry, Verdict
from scim_operator.core.seal import Seal
from scim_operator.job.gather.namespace import namespace_of
from scim_operator.job.owners.holding import Holding, Stage, claimed_among, owner_among
from scim_operator.job.owners.other_namespaces import OtherNamespaces, holding_of
from tests.scim.virtual import VirtualClock

SEAL = Seal(b"k" * 32)
URL, OTHER_URL = "https://one.example/scim", "https://other.example/scim"
ADA, BOB = (ObjectKey(Kind.USER, "payroll", name) for name in ("ada", "bob"))
USER_NAME = parse("userName")


class Jobs:
    """What a job knows, by identity alone."""


def manifest(url: str | None = URL, mode: str = "", apart: list[str] | None = None) -> dict[str, Any]:
    service = {"url": url, **({} if apart is None else {"distinctFrom": apart})}
    return {"spec": {"service": service, **({"mode": mode} if mode else {})}}


def holding(name: str = "one", **more: Any) -> Holding:
    made = Holding(ConfigKey("identity", name), namespace_of(()))
    made.take_up(manifest(**more), SEAL)
    return made


def test_nothing_is_claimed_before_a_spec() -> None:
    fresh = Holding(ConfigKey("identity", "one"), namespace_of(()))
    assert (fresh.stage, fresh.address, fresh.is_known) == (Stage.RESTING, "", False)
    assert not fresh.is_apart(fresh)
    assert fresh.claimants(Kind.USER, ["ada"]) == {}
    assert fresh.owner(Kind.USER, "1") is None


def test_a_config_begins_works_and_begins_anew_at_another_address() -> None:
    one, job = holding(), Jobs()
    assert (one.address, one.stage) == ("one.example:443/scim", Stage.STARTING)
    assert one.take_in(job), "the first of this job"  # type: ignore[arg-type]
    assert not one.take_in(job)  # type: ignore[arg-type]
    assert one.stage is Stage.WORKING
    one.take_up(manifest(f"{URL}/"), SEAL)
    assert one.knowledge is job, "another spelling is the same service"  # type: ignore[comparison-overlap]
    assert one.stage is Stage.WORKING
    one.take_up(manifest(OTHER_URL), SEAL)
    assert (one.address, one.knowledge, one.stage) == ("other.example:443/scim", None, Stage.STARTING)


def test_a_config_that_only_plans_rests() -> None:
    one = holding(mode="Plan")
    assert one.stage is Stage.RESTING
    one.take_in(Jobs())  # type: ignore[arg-type]
    assert one.stage is Stage.RESTING
    assert one.is_known


@pytest.mark.parametrize("spec", [None, {}, {"service": None}, {"service": {"url": None}}])
def test_a_spec_without_an_address_has_none(spec: dict[str, Any] | None) -> None:
    one = holding()
    assert not one.take_up({"spec": spec}, SEAL)
    assert one.address == ""


def test_it_is_said_when_the_services_that_are_distinct_change() -> None:
    one = holding()
    assert not one.take_up(manifest(), SEAL)
    assert one.take_up(manifest(apart=["b/c"]), SEAL)
    assert not one.take_up(manifest(apart=["b/c"]), SEAL)
    assert one.take_up(manifest(), SEAL)


def test_services_are_apart_when_both_say_so() -> None:
    one, other = holding("one", apart=["identity/other"]), holding("other")
    assert not one.is_apart(other)
    assert not other.is_apart(one)
    other.take_up(manifest(apart=["identity/one"]), SEAL)
    assert one.is_apart(other)
    assert other.is_apart(one)


RESTS = [
    (Stage.STARTING, False, True),
    (Stage.STARTING, True, True),
    (Stage.WORKING, False, False),
    (Stage.WORKING, True, True),
    (Stage.RESTING, False, False),
    (Stage.RESTING, True, False),
]


@pytest.mark.parametrize(("stage", "for_good", "changes"), RESTS)
def test_resting(stage: Stage, for_good: bool, changes: bool) -> None:
    """A service that is away for a while changes nothing of what a job at work claims."""
    one = holding()
    one.stage = stage
    assert one.rest(for_good=for_good) is changes
    assert one.stage is (Stage.RESTING if changes else stage)


def held(**spec: Any) -> Holding:
    """A config of another namespace with two users, of whom ada has the resource 1."""
    service = {"url": URL, "auth": {"bearer": {"secretRef": {"name": "token"}}}}
    config = {
        "metadata": {"name": "theirs", "namespace": "payroll", "uid": "c", "generation": 1},
        "spec": {"service": service, "scope": "All", **spec},
    }
    made = holding_of(config, [user(name) for name in ("ada", "bob")], VirtualClock().now)
    assert made is not None
    assert made.knowledge is not None
    ada = made.namespace.get(Kind.USER, "ada")
    assert ada is not None
    made.knowledge.entries.remember(ada, ServiceEntry("theirs", Verdict(Reason.PROVISIONED, ""), 1, id="1"))
    return made


def user(name: str) -> Any:
    metadata = {"namespace": "payroll", "name": name, "uid": name, "generation": 1, "resourceVersion": "1"}
    return record_of(Kind.USER, {"metadata": metadata, "spec": {"userName": f"{name}@corp.example"}})


def value(name: str) -> Any:
    return claim_of(USER_NAME, f"{name}@corp.example")


def test_who_claims_a_value_and_whether_they_own_a_resource() -> None:
    theirs = held()
    assert theirs.claimants(Kind.USER, [value("ada"), value("bob"), value("eve")]) == {ADA: True, BOB: False}
    assert theirs.claimants(Kind.USER, [value("eve")]) == {}
    assert theirs.claimants(Kind.GROUP, [value("ada")]) == {}
    assert claimed_among([holding(), theirs], Kind.USER, iter([value("bob")])) == {BOB: False}
    assert OtherNamespaces([theirs]).claimants(Kind.USER, [value("ada")]) == {ADA: True}


def test_who_is_gone_claims_and_owns_nothing() -> None:
    theirs = held()
    theirs.namespace.drop(ADA, "ada")
    assert theirs.claimants(Kind.USER, [value("ada"), value("bob")]) == {BOB: False}
    assert theirs.owner(Kind.USER, "1") is None


@pytest.mark.parametrize("spec", [{"mode": "Plan"}, {"suspend": True}])
def test_a_config_that_sends_nothing_owns_and_claims_nothing_new(spec: dict[str, Any]) -> None:
    theirs = held(**spec)
    assert theirs.stage is Stage.RESTING
    assert theirs.claimants(Kind.USER, [value("ada"), value("bob")]) == {}
    assert theirs.owner(Kind.USER, "1") == ADA, "what it has, it has"


def test_the_owner_of_a_resource() -> None:
    theirs = held()
    assert theirs.owner(Kind.USER, "1") == owner_among([holding(), theirs], Kind.USER, "1") == ADA
    assert theirs.owner(Kind.GROUP, "1") is None
    assert theirs.owner(Kind.USER, "2") is None
    others, mine = OtherNamespaces([theirs]), ObjectKey(Kind.USER, "identity", "eve")
    assert others.owner(mine, "1", ours=False) == ADA
    assert others.owner(mine, "1", ours=True) is None, "what is on record with us is ours"
    assert others.owner(ObjectKey(Kind.GROUP, "identity", "eve"), "1", ours=False) is None
