"""What a person reads while something is wrong: Events and conditions that say what is the case now."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.rig import Rig


def conditions(r: Rig) -> dict[str, str]:
    return {one["type"]: one["message"] for one in r.status.get("conditions", ())}


async def test_an_event_tells_each_reason_why_it_is_not_connected(r: Rig) -> None:
    """Whoever mends the URL and then meets a missing Secret must not read the old reason for ever."""
    url = r.spec["service"]["url"]
    await r.start()
    await r.settle()
    await r.configure(service={**r.spec["service"], "url": f"{url}/nowhere"})
    await r.until(lambda: r.condition("Connected") == ("False", "WrongURL"))
    del r.cluster.secrets["vmware-scim", "token"]
    await r.configure(service={**r.spec["service"], "url": url})
    await r.until(lambda: r.condition("Connected") == ("False", "SecretNotFound"))
    assert [reason for reason, _ in r.cluster.events] == ["WrongURL", "SecretNotFound"]


async def test_while_it_is_not_connected_no_sweep_is_said_to_be_at_work(r: Rig) -> None:
    del r.cluster.secrets["vmware-scim", "token"]
    await r.start()
    await r.until(lambda: r.condition("Connected") == ("False", "SecretNotFound"))
    assert conditions(r)["Reconciling"] == "Not connected: it is tried again."
