"""What is ours, what may become ours, and what is left alone (promise S1); one manifest, one resource (S2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings
from tests.support.present import present
from tests.support.rig import service_group, service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def test_unmanaged_resources_are_left_alone_and_counted(r: Rig) -> None:
    ids, _ = r.simulator.seed([service_user("stranger"), service_user("foreigner")])
    r.simulator.seed(groups=[service_group("theirs", ids)])
    r.user("ada")
    await r.start()
    await r.settle()
    await r.sweep()
    assert r.writes() == ["POST /Users"]
    assert r.status["totals"]["users"]["unmanaged"] == 2
    assert r.status["totals"]["groups"]["unmanaged"] == 1


async def test_a_match_that_no_one_owns_is_adopted(r: Rig) -> None:
    r.spec["users"] = {"adoption": "IfUnowned"}
    (id,), _ = r.simulator.seed([service_user("ada", title="Old")])
    r.user("ada", title="New")
    await r.start()
    await r.settle()
    assert r.writes() == ["PATCH /Users"]
    assert r.id_of("ada") == id
    assert r.entry("ada")["id"] == id
    assert present(r.at_service("ada"))["title"] == "New"
    assert present(r.at_service("ada"))["externalId"] == "foreign-ada", "it is immutable, and ours only by default"
    await r.sweep()
    assert r.writes() == ["PATCH /Users"], "what cannot be changed is not tried again"
    assert r.reason("ada") == "Provisioned"


async def test_adoption_of_an_equal_resource_sends_nothing(r: Rig) -> None:
    r.spec["users"] = {"adoption": "IfUnowned"}
    r.simulator.seed([service_user("ada")])
    r.user("ada")
    await r.start()
    await r.settle()
    assert r.writes() == []
    assert r.entry("ada")["id"] == r.id_of("ada")
    manifest = r.cluster.get(Kind.USER, "ada")
    assert manifest is not None
    assert manifest["metadata"]["finalizers"], "from now on its removal is ours"


async def test_adoption_never_leaves_a_match_alone(r: Rig) -> None:
    r.spec["users"] = {"adoption": "Never"}
    r.simulator.seed([service_user("ada", title="Old")])
    r.user("ada", title="New")
    await r.start()
    await r.settle()
    assert r.writes() == []
    assert r.cluster.ready(Kind.USER, "ada") == ("False", "NotOwned")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert r.writes() == [], "it never was ours, so the manifest's end is not its end"


async def test_our_own_external_id_proves_ownership_without_adoption(r: Rig) -> None:
    """A cluster that is built anew from Git has no status yet, and still knows its own."""
    r.spec["users"] = {"adoption": "Never"}
    r.simulator.seed([service_user("ada", externalId="identity/ada")])
    r.user("ada", title="New")
    await r.start()
    await r.settle()
    assert r.writes() == ["PATCH /Users"]
    assert r.reason("ada") == "Provisioned"


async def test_several_matches_are_never_touched(r: Rig) -> None:
    r.spec["users"] = {"matching": ["title"]}
    r.simulator.seed([service_user("one", title="Countess"), service_user("two", title="Countess")])
    r.user("ada", title="Countess")
    await r.start()
    await r.settle()
    assert r.writes() == []
    assert r.cluster.ready(Kind.USER, "ada") == ("False", "Ambiguous")


async def test_two_manifests_with_one_user_name_are_both_in_conflict(r: Rig) -> None:
    r.user("ada")
    r.user("impostor", userName="ada@corp.example")
    await r.start()
    await r.settle()
    assert r.writes() == [], "neither may go ahead"
    assert r.cluster.ready(Kind.USER, "ada") == ("False", "Conflict")
    assert r.cluster.ready(Kind.USER, "impostor") == ("False", "Conflict")
    writes = r.cluster.writes
    await r.sweep()
    assert (r.writes(), r.cluster.writes) == ([], writes), "and neither flaps"

    r.user("impostor", userName="impostor@corp.example")
    await r.rest()
    assert sorted(r.writes()) == ["POST /Users", "POST /Users"]
    assert r.reason("ada") == r.reason("impostor") == "Provisioned"


async def test_a_rival_that_comes_later_waits_and_the_owner_goes_on(r: Rig) -> None:
    r.user("ada", title="One")
    await r.start()
    await r.settle()
    before, mark = r.id_of("ada"), r.mark()
    r.user("impostor", userName="ADA@corp.example", title="Two")
    await r.rest()
    assert (r.reason("ada"), r.reason("impostor")) == ("Provisioned", "Conflict"), "userName is not case-exact"
    owner = "scimuser/ada owns what has this userName or externalId: nothing is sent until they differ."
    assert r.message("impostor") == owner
    r.user("ada", title="Three")
    await r.rest()
    await r.sweep()
    assert r.writes(mark) == ["PATCH /Users"]
    assert (r.id_of("ada"), present(r.at_service("ada"))["title"]) == (before, "Three")
    r.cluster.delete(Kind.USER, "impostor")
    await r.until(lambda: r.cluster.get(Kind.USER, "impostor") is None)
    assert r.writes(mark) == ["PATCH /Users"], "what it never had stays as it is"


async def test_when_the_owner_leaves_the_other_takes_over(r: Rig) -> None:
    r.spec["users"] = {"adoption": "IfUnowned"}
    r.user("ada")
    await r.start()
    await r.settle()
    before = r.id_of("ada")
    r.user("heir", userName="ada@corp.example")
    await r.rest()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.reason("heir") == "Provisioned")
    await r.rest()
    assert (r.id_of("ada"), present(r.at_service("ada"))["active"]) == (before, True)
    assert len(r.simulator.users) == 1
    assert r.cluster.get(Kind.USER, "ada") is None
    await r.sweep()
    assert present(r.at_service("ada"))["active"] is True


async def test_a_name_that_its_owner_gives_up_is_free_within_seconds(r: Rig) -> None:
    """One merge renames ada and gives her old name to another person."""
    r.user("ada")
    await r.start()
    await r.settle()
    before = r.id_of("ada")
    r.user("newcomer", userName="ada@corp.example")
    r.user("ada", userName="countess@corp.example")
    await r.until(lambda: r.reason("ada") == r.reason("newcomer") == "Provisioned")
    assert r.id_of("countess") == before
    assert r.id_of("ada") != before


async def test_out_of_scope_manifests_claim_nothing(r: Rig) -> None:
    r.spec |= {"scope": "Assigned", "assignments": [{"userRef": {"name": "ada"}}]}
    r.user("ada")
    r.user("impostor", userName="ada@corp.example")
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Provisioned"


async def test_a_matching_resource_of_another_manifest_is_never_taken_over_at_start(r: Rig) -> None:
    """Events that come during the first listing are worked on only once every manifest's status was read."""
    r.user("ada")
    await r.start()
    await r.settle()
    r.user("ada", userName="countess@corp.example")
    await r.rest()
    await r.crash()
    r.patch_by_hand(
        f"/Users/{r.id_of('countess')}", {"op": "replace", "path": "userName", "value": "newcomer@corp.example"}
    )
    r.simulator.faults.add("latency=200;method=GET;path=/Users")
    mark = r.mark()
    await r.start()
    await r.until(lambda: r.mark() > mark)
    r.user("newcomer", title="Thief")
    await r.settle()
    await r.rest()
    assert r.entry("newcomer").get("id") != r.entry("ada")["id"]
    assert r.at_service("countess") is not None, "ada has her name back"


async def test_ids_of_one_service_mean_nothing_at_another(r: Rig) -> None:
    """The URL moves to another tenant, where ada's id is somebody else's (promise S1)."""
    async with Simulator(Settings(token="rig-token")) as second:
        r.user("ada", title="Countess")
        r.user("gone")
        await r.start()
        await r.settle()
        r.cluster.delete(Kind.USER, "gone")
        await r.until(lambda: r.cluster.get(Kind.USER, "gone") is None)
        await r.rest()
        ids = {"ada": r.id_of("ada"), "gone": r.id_of("gone")}
        second.seed(
            [
                service_user("stranger", id=ids["ada"], title="Stranger"),
                service_user("sleeper", id=ids["gone"], active=False),
            ]
        )
        await r.configure(service={**r.spec["service"], "url": second.url})
        await r.settle()
        assert second.users[ids["ada"]]["title"] == "Stranger"
        ada = second.user("ada@corp.example")
        assert ada is not None
        assert r.entry("ada")["id"] == ada["id"]
        assert r.status["tombstones"] == [], "whom to delete at the old service is not to be deleted at the new one"
        assert r.status["service"]["url"] == second.url
        assert present(r.at_service("ada"))["active"] is True, "the old tenant is left as it is"


async def test_a_crash_while_the_url_moves_believes_no_id_either(r: Rig) -> None:
    async with Simulator(Settings(token="rig-token")) as second:
        r.user("ada", title="Countess")
        await r.start()
        await r.settle()
        await r.crash()
        second.seed([service_user("stranger", id=r.id_of("ada"), title="Stranger")])
        second.faults.add("status=500;method=POST")
        r.spec["service"] = {**r.spec["service"], "url": second.url}
        await r.start()
        await r.until(lambda: second.log.writes > 0)
        await r.crash()
        second.faults.clear()
        await r.start()
        await r.settle()
        assert second.users[r.id_of("ada")]["title"] == "Stranger"
        assert second.user("ada@corp.example") is not None


async def test_a_service_that_moves_with_all_it_holds_is_recognised(r: Rig) -> None:
    """The same tenant under another URL: everything is found again by externalId, members of new groups too."""
    async with Simulator(Settings(token="rig-token")) as second:
        r.user("ada")
        r.user("dan")
        r.group("engineering", ["ada", "dan"])
        await r.start()
        await r.settle()
        second.seed(list(r.simulator.users.values()), list(r.simulator.groups.values()))
        await r.configure(service={**r.spec["service"], "url": second.url})
        await r.settle()
        await r.rest()
        assert second.log.writes == 0
        r.group("research", ["dan"])
        await r.rest()
        members = (second.group("research") or {}).get("members", [])
        assert [member["value"] for member in members] == [r.id_of("dan")]


@pytest.mark.parametrize(
    "reported",
    [
        pytest.param(False, id="a config that was made anew has no status that tells the former URL"),
        pytest.param(True, id="back at this service in mid-move, when the config's status still names it"),
    ],
)
async def test_an_id_of_another_service_is_not_believed(r: Rig, *, reported: bool) -> None:
    """Where ids are numbers, say, the one in the manifest's status names a stranger at this service."""
    r.user("ada")
    await r.start()
    await r.settle()
    await r.stop()
    id = r.entry("ada")["id"]
    async with Simulator(Settings(token="rig-token")) as other:
        other.seed([service_user("stranger", id=id)])
        r.cluster.config_status.clear()
        if reported:
            r.cluster.config_status["vmware"] = {"service": {"url": other.url}}
        r.spec["service"] = {**r.spec["service"], "url": other.url}
        await r.start()
        await r.settle()
        assert other.users[id]["userName"] == "stranger@corp.example"
        assert r.entry("ada")["id"] == present(other.user("ada@corp.example"))["id"] != id
