"""What a Lease that is released says of the manifests, and who hears of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.leases.versions import Handover
from tests.unit.kube.test_hold import Store, held, look
from verify.virtual import run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from scim_operator.core.keys import ConfigKey

NOTE = "scimusers=12 scimgroups=7"


def test_who_releases_it_notes_how_far_it_knows_the_manifests_and_who_takes_it_is_told() -> None:
    async def story() -> None:
        told = []

        async def read(namespace: str, *, former: Handover) -> Mapping[ConfigKey, Mapping[str, Any]]:
            told.append(former)
            return {}

        store = Store()
        hold, _ = held(store, read, "scimusers=8 scimgroups=7")
        await look(hold, store)
        assert store.lease is not None
        assert store.lease.versions == ""
        store.put(wanted="other")
        await look(hold, store, "other")
        assert store.lease.versions == "scimusers=8 scimgroups=7"
        store.put(holder="other", versions="")
        await look(hold, store, "other")
        store.put(holder="", versions=NOTE, wanted="")
        await look(hold, store)
        assert (store.lease.holder, store.lease.versions) == ("me", "")
        assert told == [Handover(first=True), Handover(True, {Kind.USER: 12, Kind.GROUP: 7})]

    run(story())


def test_who_releases_it_before_work_began_notes_nothing() -> None:
    """What the former holder noted may not have come here yet, and there would be no word of it."""

    async def story() -> None:
        async def never(namespace: str, *, former: Handover) -> Mapping[ConfigKey, Mapping[str, Any]]:
            await asyncio.Event().wait()
            return {}

        store = Store()
        hold, _ = held(store, never, NOTE)
        await look(hold, store)
        await hold.let_go("other")
        assert store.lease is not None
        assert (store.lease.holder, store.lease.versions) == ("", "")

    run(story())
