"""Who may write ScimUsers and ScimGroups only tries to get hold of resources that others provisioned (promise S1).

Each victim is at the service already. Nothing that a manifest says makes a resource its own: neither an externalId in
the form of another manifest's mark, nor the identity provider's id of a person, nor a userName.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.rig import service_group, service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig

OID = "5b7e4a1c-0e0d-4d33-9a5f-2c53e5e5a001"
POLICIES = ("Approve", "IfUnowned", "Never")
SPELLINGS = {
    "as it is": "finance/victim",
    "in capitals": "Finance/VICTIM",
    "with another slash": "finance\u2215victim",
    "with a full-width slash": "finance\uff0fvictim",
    "percent-encoded": "finance%2Fvictim",
    "with a blank at the end": "finance/victim ",
    "with a zero-width space": "finance/\u200bvictim",
    "under an owner": "team-b/finance/victim",
}


async def untouched(r: Rig, *, before: dict[str, Any]) -> None:
    """Nothing was sent that changed the victim, also after another sweep and a restart."""
    for _ in range(2):
        await r.sweep()
        assert r.simulator.users[before["id"]] == before
        await r.stop()
        await r.start()
        await r.settle()
    assert r.simulator.users[before["id"]] == before


def adopting(r: Rig, policy: str, **rules: Any) -> None:
    r.spec |= {"users": {"adoption": policy, **rules}, "groups": {"adoption": policy}}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("external_id", SPELLINGS.values(), ids=SPELLINGS)
async def test_the_mark_of_another_namespace(r: Rig, policy: str, external_id: str) -> None:
    """The attack of the report: it renamed and disabled the victim within five seconds, under `adoption: Never`."""
    (id,), _ = r.simulator.seed([service_user("victim", externalId=external_id)])
    before = dict(r.simulator.users[id])
    adopting(r, policy)
    r.user("evil", externalId=external_id, active=False)
    await r.start()
    await r.settle()
    assert r.writes() == []
    assert r.cluster.ready(Kind.USER, "evil") == ("False", "InvalidSpec")
    await untouched(r, before=before)


@pytest.mark.parametrize("policy", POLICIES)
async def test_the_mark_of_another_manifest_of_the_same_namespace(r: Rig, policy: str) -> None:
    adopting(r, policy)
    r.user("victim")
    await r.start()
    await r.settle()
    before = dict(r.at_service("victim") or {})
    r.user("evil", externalId="identity/victim", active=False)
    await r.until(lambda: r.reason("evil") == "InvalidSpec")
    await r.rest()
    assert r.reason("victim") == "Provisioned", "and the victim is not held up"
    await untouched(r, before=before)


@pytest.mark.parametrize("policy", POLICIES)
async def test_the_mark_of_the_administrators_group(r: Rig, policy: str) -> None:
    ids, _ = r.simulator.seed([service_user("root")])
    r.simulator.seed(groups=[service_group("admins", ids, externalId="finance/admins")])
    adopting(r, policy)
    r.user("evil")
    r.group("admins", ["evil"], externalId="finance/admins")
    await r.start()
    await r.settle()
    await r.sweep()
    assert r.members("admins") == {"root"}
    assert r.cluster.ready(Kind.GROUP, "admins") == ("False", "InvalidSpec")


@pytest.mark.parametrize(
    "mapping",
    [
        pytest.param({"constant": "finance/victim"}, id="a constant"),
        pytest.param({"source": "title"}, id="another attribute"),
        pytest.param({"expression": "'finance' + '/' + 'victim'"}, id="an expression"),
    ],
)
async def test_a_mark_that_a_mapping_makes(r: Rig, mapping: dict[str, str]) -> None:
    (id,), _ = r.simulator.seed([service_user("victim", externalId="finance/victim")])
    before = dict(r.simulator.users[id])
    adopting(r, "IfUnowned", mappings=[{"target": "externalId", **mapping}])
    r.user("evil", title="finance/victim", active=False)
    await r.start()
    await r.settle()
    assert r.cluster.ready(Kind.USER, "evil") == ("False", "InvalidSpec")
    await untouched(r, before=before)


@pytest.mark.parametrize("policy", POLICIES)
async def test_a_resource_with_the_mark_of_another_namespace_is_matched_by_user_name(r: Rig, policy: str) -> None:
    """On a real node, a second served namespace with a ScimUser of the same userName took the first one's account."""
    (id,), _ = r.simulator.seed([service_user("victim", externalId="finance/victim")])
    before = dict(r.simulator.users[id])
    adopting(r, policy, whenDeleted="Delete")
    r.user("evil", userName="victim@corp.example", active=False)
    await r.start()
    await r.settle()
    assert r.cluster.ready(Kind.USER, "evil") == ("False", "OwnedByOther")
    assert r.status["totals"]["users"]["foreign"] == 1
    await untouched(r, before=before)
    r.cluster.delete(Kind.USER, "evil")
    await r.until(lambda: r.cluster.get(Kind.USER, "evil") is None)
    await r.rest()
    assert r.simulator.users[id] == before


@pytest.mark.parametrize(("policy", "reason"), [("Approve", "Held"), ("Never", "NotOwned")])
@pytest.mark.parametrize(
    "spec", [{"externalId": OID}, {"userName": "victim@corp.example"}], ids=["by externalId", "by userName"]
)
async def test_the_id_of_a_person_whom_the_identity_provider_provisions(
    r: Rig, policy: str, reason: str, spec: dict[str, str]
) -> None:
    (id,), _ = r.simulator.seed([service_user("victim", externalId=OID, title="Treasurer")])
    before = dict(r.simulator.users[id])
    adopting(r, policy)
    r.user("evil", active=False, **spec)
    await r.start()
    await r.settle()
    assert r.cluster.ready(Kind.USER, "evil") == ("False", reason)
    await untouched(r, before=before)


@pytest.mark.parametrize("policy", ["Approve", "Never"])
@pytest.mark.parametrize("rule", ["Delete", "Disable"])
async def test_the_end_of_a_manifest_that_only_matched(r: Rig, policy: str, rule: str) -> None:
    (id,), _ = r.simulator.seed([service_user("victim", externalId=OID)])
    before = dict(r.simulator.users[id])
    adopting(r, policy, whenDeleted=rule, whenOutOfScope=rule)
    r.user("evil", externalId=OID)
    await r.start()
    await r.settle()
    r.cluster.delete(Kind.USER, "evil")
    await r.until(lambda: r.cluster.get(Kind.USER, "evil") is None)
    await r.rest()
    await r.sweep()
    assert r.simulator.users[id] == before
    assert r.status.get("tombstones", []) == []


async def test_an_administrator_by_user_name_under_the_default(r: Rig) -> None:
    (id,), _ = r.simulator.seed([service_user("Administrator")])
    before = dict(r.simulator.users[id])
    r.user("evil", userName="ADMINISTRATOR@corp.example", emails=[{"type": "work", "value": "evil@corp.example"}])
    await r.start()
    await r.settle()
    assert r.cluster.ready(Kind.USER, "evil") == ("False", "Held")
    await untouched(r, before=before)


async def test_a_manifest_cannot_loosen_what_the_config_says(r: Rig) -> None:
    (id,), _ = r.simulator.seed([service_user("victim")])
    before = dict(r.simulator.users[id])
    r.user("evil", userName="victim@corp.example", adoption="IfUnowned")
    await r.start()
    await r.settle()
    assert r.cluster.ready(Kind.USER, "evil") == ("False", "Held")
    await r.configure(users={"adoption": "Never"})
    await r.settle()
    assert r.cluster.ready(Kind.USER, "evil") == ("False", "NotOwned")
    await untouched(r, before=before)
