"""What a sweep has found at rest is planned again when anything moves that its plan stands on, and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from tests.support.cluster import NAMESPACE
from tests.support.knowing import key
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig


@pytest.fixture
async def still(r: Rig) -> Rig:
    """A tenant of three users and a group, all of it at rest."""
    for name in ("ada", "charles"):
        r.user(name, title="Analyst")
    r.user("grace", manager={"userRef": {"name": "ada"}})
    r.group("engineering", ["ada", "charles"])
    await r.start()
    await r.settle()
    await r.sweep()
    return r


def resting(r: Rig) -> set[str]:
    return {each.name for each in r.job.session.knowledge.entries.rest}


ALL = {"ada", "charles", "grace", "engineering"}


async def test_what_nothing_moves_rests_over_sweeps(still: Rig) -> None:
    assert resting(still) == ALL
    mark = still.mark()
    await still.sweep()
    assert (still.writes(mark), resting(still)) == ([], ALL)


async def test_what_someone_changes_at_the_service_is_put_back_and_rests_again(still: Rig) -> None:
    still.patch_by_hand(f"/Users/{still.id_of('ada')}", {"op": "replace", "path": "title", "value": "Pirate"})
    await still.sweep()
    assert present(still.at_service("ada"))["title"] == "Analyst"
    assert resting(still) == ALL - {"ada"}
    await still.sweep()
    assert resting(still) == ALL


async def test_a_user_who_is_gone_at_the_service_comes_back_to_group_and_reports(still: Rig) -> None:
    before = still.id_of("ada")
    still.by_hand("DELETE", f"/Users/{before}")
    await still.sweep()
    await still.rest()
    assert still.id_of("ada") != before
    assert still.members("engineering") == {"ada", "charles"}
    await still.check_quiet()
    assert resting(still) == ALL


async def test_a_group_that_lost_a_member_gets_it_back(still: Rig) -> None:
    path = f"/Groups/{still.group_id('engineering')}"
    still.patch_by_hand(path, {"op": "remove", "path": f'members[value eq "{still.id_of("ada")}"]'})
    await still.sweep()
    assert still.members("engineering") == {"ada", "charles"}


@pytest.mark.parametrize("act", ["finalizer", "status"])
async def test_what_someone_takes_off_a_manifest_is_put_back(still: Rig, act: str) -> None:
    if act == "finalizer":
        still.cluster.replace_finalizers(Kind.USER, "ada", [])
    else:
        still.cluster.wipe_status(Kind.USER, "ada")
    await still.sweep()
    manifest = present(still.cluster.get(Kind.USER, "ada"))
    assert manifest["metadata"]["finalizers"]
    assert still.reason("ada") == "Provisioned"


async def test_one_edit_ends_one_rest(still: Rig) -> None:
    still.user("charles", title="Engineer")
    await still.rest()
    assert resting(still) == ALL - {"charles"}
    await still.sweep()
    assert resting(still) == ALL


async def test_a_resource_with_the_mark_of_one_at_rest_has_that_one_planned(still: Rig) -> None:
    knowledge = still.job.session.knowledge
    knowledge.index[key("ada").kind.resource_type].put({"id": "x", "externalId": f"{NAMESPACE}/ada"})
    await still.sweep()
    assert resting(still) == ALL, "the listing has shown that there is no such resource"


async def test_nothing_rests_where_the_config_only_plans(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    await r.configure(mode="Plan")
    await r.settle()
    await r.sweep()
    assert resting(r) == set()
