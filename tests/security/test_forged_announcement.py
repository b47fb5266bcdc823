"""Who may write a manifest writes the operator's annotation there, to have somebody else's resource taken for created.

The operator puts `scim-operator.io/creating` on a manifest with its finalizer, before it creates a resource that will
not carry its mark. After a crash the annotation tells the operator's own resource from a stranger's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.core.records.annotations import CREATING
from scim_operator.core.records.record import LONGEST_ANNOTATION, REQUESTS
from tests.support.rig import service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig

MINE = {"externalId": "oid-ada"}


def annotation(r: Rig, name: str) -> str:
    """What the manifest's annotation says, "" without one."""
    manifest = r.cluster.get(Kind.USER, name)
    return str(manifest["metadata"].get("annotations", {}).get(CREATING, "")) if manifest else ""


async def interrupted(r: Rig, name: str) -> str:
    """An operator that dies between its announcement and the creation; what it announced."""
    r.simulator.faults.add("latency=600;method=POST")
    r.user(name, **MINE)
    await r.start()
    await r.until(lambda: bool(annotation(r, name)))
    await r.crash()
    r.simulator.faults.clear()
    assert r.simulator.users == {}
    assert r.entry(name) == {}, "the announcement takes the place of a status"
    return annotation(r, name)


async def appear(r: Rig) -> dict[str, Any]:
    """Somebody else creates the same person at the service."""
    (id,), _ = r.simulator.seed([service_user("ada", **MINE)])
    return dict(r.simulator.users[id])


async def test_what_was_announced_is_ours_after_a_crash(r: Rig) -> None:
    """Why it exists: the creation may have reached the service, and no mark of ours is in it."""
    await interrupted(r, "ada")
    await appear(r)
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Provisioned"
    assert r.entry("ada")["id"] == r.id_of("ada")


async def test_an_announcement_that_was_made_up(r: Rig) -> None:
    before = await appear(r)
    r.user("ada", title="Mine", **MINE)
    r.cluster.annotate(Kind.USER, "ada", **{CREATING: "vmware AbCdEfGhIjKl AbCdEfGhIjKlMnOpQrStUv"})
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Held"
    assert r.simulator.users[before["id"]] == before
    assert r.job.session.knowledge.entries.unproven == 1, "it is counted"


async def test_an_annotation_of_any_length(r: Rig) -> None:
    """A manifest's author may write 256 KiB into one: memory has no more of it than an announcement takes."""
    r.user("ada")
    r.cluster.annotate(Kind.USER, "ada", **{CREATING: "x" * 200_000, REQUESTS[0]: "y" * 200_000})
    await r.start()
    await r.settle()
    record = r.job.session.knowledge.namespace.get(Kind.USER, "ada")
    assert len(record.creating) + sum(map(len, record.annotations.values())) <= 2 * LONGEST_ANNOTATION
    assert r.reason("ada") == "Provisioned"


async def test_an_announcement_of_another_manifest(r: Rig) -> None:
    """It is bound to the manifest's name and uid: one that is copied, or kept over a deletion, says nothing."""
    said = await interrupted(r, "ada")
    before = await appear(r)
    r.cluster.vanish(Kind.USER, "ada")
    r.user("ada", title="Mine", **MINE)
    r.user("eve", **(MINE | {"userName": "ada@corp.example"}))
    for name in ("ada", "eve"):
        r.cluster.annotate(Kind.USER, name, **{CREATING: said})
    await r.start()
    await r.settle()
    assert {r.reason("ada"), r.reason("eve")} <= {"Held", "Conflict"}
    assert r.simulator.users[before["id"]] == before


async def test_an_announcement_of_someone_else(r: Rig) -> None:
    """It names the identity that was searched for: the manifest cannot point it at another person afterwards."""
    said = await interrupted(r, "ada")
    (id,), _ = r.simulator.seed([service_user("root", externalId="oid-root")])
    before = dict(r.simulator.users[id])
    r.user("ada", userName="root@corp.example", externalId="oid-root", title="Mine")
    assert annotation(r, "ada") == said
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Held"
    assert r.simulator.users[id] == before


async def test_a_status_voids_the_announcement(r: Rig) -> None:
    """The service says that there is such a person: whoever that is, it is not what the operator would have created."""
    r.simulator.faults.add("status=409;method=POST;path=/Users")
    r.user("ada", **MINE)
    await r.start()
    await r.until(lambda: r.reason("ada") == "Rejected")
    assert annotation(r, "ada"), "it stays, and says nothing any more"
    await r.crash()
    r.simulator.faults.clear()
    before = await appear(r)
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Held"
    assert r.simulator.users[before["id"]] == before
