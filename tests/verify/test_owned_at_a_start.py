"""While a session begins, access ends of no one who is not ours beyond doubt (ADR 0018, 0019)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.core.keys import Kind
from scim_operator.kube.client import Target
from scim_operator.kube.resources import OF_KIND
from tests.support.beginning import FEW, all_of_it, begun, restarted, waited
from tests.support.busy import Busy, disable, name
from tests.support.present import present
from verify import process
from verify.world import NAMESPACE

if TYPE_CHECKING:
    import pytest


def stored(world: Busy, number: int, **attributes: Any) -> None:
    """Have the service store something else of a user, as after a backup of another time was put back."""
    found = present(world.service.store.any(world.id_of(number)))
    found.body, found.rendered = orjson.dumps({**found.document(), **attributes}), None


def _record(world: Busy, number: int, **entry: Any) -> None:
    """Write into a manifest's status what the operator never said."""
    target = Target(OF_KIND[Kind.USER], NAMESPACE, name(number), "status")
    status = world.manifests(Kind.USER)[name(number)]["status"]
    services = [{**each, **entry} for each in status["services"]]
    world.server.patch(target, {"status": {**status, "services": services}})


def test_an_id_that_someone_wrote_into_a_status_names_no_one() -> None:
    async def story(world: Busy) -> None:
        first = await restarted(world, lambda: _record(world, 1, id=world.id_of(2)), lambda: disable(world, 1))
        await waited(world, first)
        assert world.left == {}
        await all_of_it(world)
        assert name(2) not in world.left

    begun(story)


def test_who_is_another_at_the_service_by_now_is_left_alone() -> None:
    async def story(world: Busy) -> None:
        stored(world, 1, userName="other@corp.example", externalId="another", emails=[])
        first = await restarted(world, lambda: disable(world, 1))
        await waited(world, first)
        await all_of_it(world)
        assert world.left == {}

    begun(story)


def test_who_carries_the_mark_of_another_manifest_is_left_alone() -> None:
    async def story(world: Busy) -> None:
        stored(world, 1, externalId="finance/user001")
        first = await restarted(world, lambda: disable(world, 1))
        await waited(world, first)
        await all_of_it(world)
        assert world.left == {}

    begun(story)


def test_who_is_gone_at_the_service_is_no_matter_of_the_start() -> None:
    async def story(world: Busy) -> None:
        id = world.id_of(1)
        first = await restarted(
            world, lambda: world.service.by_hand("DELETE", f"/Users/{id}"), lambda: disable(world, 1)
        )
        await waited(world, first)
        await all_of_it(world)
        assert world.left == {}
        assert len(world.service.users) == FEW - 1

    begun(story)


def test_without_the_key_nothing_on_record_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What carries our mark is ours all the same, once the listing has shown that no other does."""

    async def story(world: Busy) -> None:
        monkeypatch.setattr(process, "SEALING_KEY", b"another key")
        first = await restarted(world, lambda: disable(world, 1))
        await waited(world, first)
        assert world.left == {}

    begun(story)
