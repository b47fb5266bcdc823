"""What a person reads while something is wrong: Events and conditions that say what is the case now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from tests.support.rig import Rig


def conditions(r: Rig) -> dict[str, str]:
    return {one["type"]: one["message"] for one in r.status.get("conditions", ())}


async def test_an_event_reports_each_reason_why_it_is_not_connected(r: Rig) -> None:
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
    assert conditions(r)["Reconciling"] == conditions(r)["Connected"] == conditions(r)["Ready"]
    assert "vmware-scim" in conditions(r)["Reconciling"], "kstatus shows this one, so the cause is in it"


async def test_a_status_that_someone_wipes_is_reported_again(r: Rig) -> None:
    """It is the operator's memory: what is lost there would be lost with the next restart."""
    r.user("ada")
    r.group("engine", ["ada"])
    await r.start()
    await r.settle()
    before, mark = r.cluster.dump(), r.mark()
    r.cluster.wipe_status(Kind.USER, "ada")
    r.cluster.wipe_status(Kind.GROUP, "engine")
    r.cluster.config_status.clear()
    await r.sweep()
    reported = r.cluster.dump()
    config, as_before = reported["configs"]["vmware"], before["configs"]["vmware"]
    assert config == {name: as_before[name] for name in as_before if name != "lastSweep"}, (
        "no sweep has found work since"
    )
    for key, manifest in reported["manifests"].items():
        (service,), (as_it_was,) = (m["status"]["services"] for m in (manifest, before["manifests"][key]))
        del service["conditions"], as_it_was["conditions"]  # they have the time
        assert service == as_it_was
    assert r.writes(mark) == []
