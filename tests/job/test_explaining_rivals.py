"""Explaining an object that others claim as well: what is told is what the operator then says, and what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from scim_operator.job.owners.other_namespaces import OtherNamespaces, holding_of
from scim_operator.kube.client import Forbidden
from scim_operator.scim.clock import SystemClock
from tests.support.explaining import explained, step
from tests.support.neighbour import Neighbour, start_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.gather.peers import Peers
    from tests.support.rig import Rig

NAMES = {"userName": "ada@corp.example"}


async def provision(r: Rig) -> None:
    """Let the operator do what there is to do, and stop."""
    await r.start()
    await r.settle()
    await r.stop()


async def newcomer(r: Rig) -> str:
    """A new manifest with the userName of somebody who is provisioned."""
    await provision(r)
    r.user("adele", **NAMES)
    return "adele"


async def renamed(r: Rig) -> str:
    """Who takes somebody else's userName by an edit."""
    r.user("bob")
    await provision(r)
    r.user("bob", **NAMES)
    return "bob"


async def before_either(r: Rig) -> str:
    """Two new manifests with one userName, and nothing at the service."""
    r.user("adele", **NAMES)
    return "adele"


async def selected(r: Rig) -> str:
    """A newcomer whose rival is in scope by a label."""
    r.spec["scope"] = "Assigned"
    r.spec["assignments"] = [
        {"userSelector": {"matchLabels": {"tier": "prod"}}},
        {"userRef": {"name": "adele"}},
    ]
    r.user("ada", labels={"tier": "prod"})
    r.user("adele", **NAMES)
    return "adele"


CLAIMED = [
    (newcomer, "scimuser/ada has the same userName and has that resource on record"),
    (renamed, "scimuser/ada has the same userName and has that resource on record"),
    (before_either, "scimuser/ada has the same userName"),
    (selected, "scimuser/ada has the same userName"),
]


@pytest.mark.parametrize(("arrange", "said"), CLAIMED, ids=lambda each: getattr(each, "__name__", ""))
async def test_a_rival_is_named_and_the_plan_is_the_operators(
    r: Rig, arrange: Callable[[Rig], object], said: str
) -> None:
    r.user("ada")
    r.user("charles")
    name = await arrange(r)  # type: ignore[misc]
    reported = await explained(r, Kind.USER, name)
    assert said in step(reported, "Match").details
    assert step(reported, "Plan").outcome == "nothing to send (Conflict)"
    await provision(r)
    assert r.reason(name) == "Conflict"
    assert step(reported, "Plan").details[0] == r.message(name)
    assert reported.conclusion == f"Nothing would be sent: {r.message(name)}"


async def test_an_owner_goes_on_no_matter_who_claims_the_same(r: Rig) -> None:
    r.user("ada")
    await newcomer(r)
    await provision(r)
    r.user("ada", title="Countess")
    reported = await explained(r, Kind.USER, "ada")
    assert step(reported, "Plan").outcome == "Update (Provisioned)"


async def test_what_is_found_by_a_value_that_someone_gave_it_by_hand_is_still_anothers(r: Rig) -> None:
    """The owner claims another userName: that the resource is on record with it is all that tells."""
    r.user("ada")
    await provision(r)
    replacement = {"op": "replace", "path": "userName", "value": "eve@corp.example"}
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", replacement)
    r.user("eve")
    reported = await explained(r, Kind.USER, "eve")
    assert step(reported, "Match").outcome.endswith("by userName: scimuser/ada's")
    assert "scimuser/ada has that resource on record" in step(reported, "Match").details
    assert step(reported, "Plan").outcome == "nothing to send (Conflict)"


async def test_rivals_of_another_namespace_are_reported(r: Rig) -> None:
    """Who owns it, and who claims it while no one does, as the operator then says."""
    other = Neighbour(r, "other")
    r.user("ada")
    await provision(r)
    other.user("adele", **NAMES)
    other.user("bob")
    r.user("robert", userName="bob@corp.example")
    await start_all(r, other)
    await other.until(lambda: other.reason("adele") == other.reason("bob") == r.reason("robert") == "Conflict")
    await r.stop()
    records = r.cluster.watch().namespace("other").all_records()
    config = {
        "metadata": {"namespace": "other", "name": "other-vmware", "uid": "o", "generation": 1},
        "spec": other.spec,
    }
    held = holding_of(config, records, SystemClock().now)

    async def other_namespaces() -> OtherNamespaces:
        assert held is not None
        return OtherNamespaces([held])

    reported = await explained(r, Kind.USER, "robert", other_namespaces=other_namespaces)
    assert "scimuser/bob in namespace other has the same userName" in step(reported, "Match").details
    assert step(reported, "Plan").details[0] == r.message("robert")
    assert "in namespace other" in r.message("robert")


async def test_other_namespaces_that_may_not_be_read_are_not_taken_for_none(r: Rig) -> None:
    async def forbidden() -> Peers:
        raise Forbidden("You may not list them.")

    r.user("ada")
    reported = await explained(r, Kind.USER, "ada", other_namespaces=forbidden)
    doubt = "It is not known whether a manifest of another namespace claims the same. You may not list them."
    assert doubt in step(reported, "Match").details
    assert reported.conclusion.endswith(doubt)


async def test_rival_groups_are_reported(r: Rig) -> None:
    r.group("engineering", [])
    await provision(r)
    r.group("copy", [], displayName="engineering")
    reported = await explained(r, Kind.GROUP, "copy")
    assert (
        "scimgroup/engineering has the same displayName and has that resource on record"
        in step(reported, "Match").details
    )
    assert step(reported, "Plan").outcome == "nothing to send (Conflict)"


async def test_who_is_out_of_scope_claims_nothing(r: Rig) -> None:
    r.spec["scope"], r.spec["assignments"] = "Assigned", [{"userRef": {"name": "adele"}}]
    r.user("ada")
    r.user("adele", **NAMES)
    reported = await explained(r, Kind.USER, "adele")
    assert "no other manifest claims the same" in step(reported, "Match").details
    assert step(reported, "Plan").outcome == "Create (Provisioned)"


async def test_who_leaves_with_anothers_external_id_takes_no_one_along(r: Rig) -> None:
    """What looks like ours by its externalId is another's by its recorded id: no disable is announced, nor sent."""
    r.user("ada", externalId="7")
    await provision(r)
    r.user("adele", externalId="7")
    r.spec["scope"], r.spec["assignments"] = "Assigned", [{"userRef": {"name": "ada"}}]
    reported = await explained(r, Kind.USER, "adele")
    assert step(reported, "Match").outcome.endswith("by externalId: scimuser/ada's")
    assert step(reported, "Plan").outcome == "nothing to send (OutOfScope)"


async def test_who_is_settled_costs_no_listing_of_manifests(r: Rig) -> None:
    """A hundred thousand manifests are two hundred pages: they are read when they have a say, and not before."""
    r.user("ada")
    r.user("bob")
    await provision(r)
    read: list[str] = []
    settled = await explained(r, Kind.USER, "ada", read=read)
    assert "no other manifest claims the same, as the operator saw last" in step(settled, "Match").details
    r.user("ada", title="Countess")
    await explained(r, Kind.USER, "ada", read=read)
    r.spec["scope"] = "Assigned"
    await explained(r, Kind.USER, "ada", read=read)
    assert read == []
    r.spec["scope"] = "All"
    r.user("ada", userName="countess@corp.example")
    await explained(r, Kind.USER, "ada", read=read)
    assert read == ["ada", "bob"]


async def test_others_that_may_not_be_read_are_not_taken_for_none(r: Rig) -> None:
    async def forbidden(kind: Kind) -> AsyncIterator[SourceRecord]:
        raise Forbidden(f"You may not list {kind}.")
        yield

    r.user("ada")
    reported = await explained(r, Kind.USER, "ada", others=forbidden)
    doubt = "It is not known whether another manifest claims the same. You may not list ScimUser."
    assert doubt in step(reported, "Match").details
    assert reported.conclusion.endswith(doubt)
