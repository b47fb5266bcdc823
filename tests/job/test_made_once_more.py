"""An account that another operator, without a Lease, has made once more: the one that knew the former finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind, ResourceType
from tests.support.present import present
from tests.support.rig import Rig

if TYPE_CHECKING:
    from collections.abc import Callable


async def made_once_more(r: Rig, **spec: Any) -> str:
    """Ada's account, known to `r`, is removed by hand and made once more by another operator; the id of the new one."""
    r.user("ada", **spec)
    r.spec |= {"interval": "24h"}
    await r.start()
    await r.settle()
    await r.stop()
    await r.start()  # what it has not created itself is gone where the service says so
    await r.settle()
    other = Rig(r.simulator, r.clock)
    other.cluster, other.spec = r.cluster, {**r.spec, "interval": "5m"}
    await other.start()
    await other.settle()
    former = r.id_of("ada")
    r.by_hand("DELETE", f"/Users/{former}")
    await other.sweep()
    await other.crash()
    new = r.id_of("ada")
    assert r.entry("ada")["id"] == new != former
    return new


def disable(r: Rig, **spec: Any) -> None:
    r.user("ada", active=False, **spec)


def delete(r: Rig, **spec: Any) -> None:
    r.cluster.delete(Kind.USER, "ada")


def doubted(r: Rig) -> None:
    """It is to be read before the next request, as after one whose answer was lost."""
    for index in r.job.session.knowledge.index.values():
        index.doubt(tuple(index))


def unlisted(r: Rig) -> None:
    """The last listing came before the new account, and after the end of the former one."""
    for index in r.job.session.knowledge.index.values():
        for id in tuple(index):
            index.drop(id)


def inactive(r: Rig) -> None:
    """The former account was last seen as one without access, so that nothing seems to be left to end."""
    index = r.job.session.knowledge.index[ResourceType.USER]
    for id in tuple(index):
        doubtful, document = index.is_doubtful(id), present(index.get(id))
        index.put({**document, "active": False})
        index.doubt([id] if doubtful else [])


@pytest.mark.parametrize(
    "known", [lambda r: None, inactive, doubted, unlisted], ids=["believed", "inactive", "doubted", "unlisted"]
)
@pytest.mark.parametrize("ended", [disable, delete])
@pytest.mark.parametrize("spec", [{}, {"externalId": "oid-ada"}], ids=["our mark", "an id of the provider"])
async def test_access_ends_at_the_account_that_another_operator_has_on_record(
    r: Rig, known: Callable[[Rig], None], ended: Callable[..., None], spec: dict[str, Any]
) -> None:
    """Whichever way it finds that the former account is gone (campaign 630259)."""
    new = await made_once_more(r, **spec)
    known(r)
    ended(r, **spec)
    await r.rest()
    assert present(r.simulator.users.get(new))["active"] is False


async def test_access_ends_there_where_users_are_deleted(r: Rig) -> None:
    """The service says of the former account that it is gone already."""
    r.spec["users"] = {**r.spec["users"], "whenDeleted": "Delete"}
    new = await made_once_more(r)
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert new not in r.simulator.users


async def test_access_ends_there_after_the_former_id_was_put_on_record_again(r: Rig) -> None:
    """What failed was reported, by what is known here, over what the other operator had written."""
    new = await made_once_more(r)
    r.simulator.faults.add("status=503")
    r.user("ada", title="Analyst")
    await r.until(lambda: r.reason("ada") == "Retrying")
    assert r.entry("ada")["id"] != new
    r.simulator.faults.clear()
    r.user("ada", active=False)
    await r.until(lambda: r.reason("ada") == "Provisioned")
    await r.rest()
    assert present(r.simulator.users.get(new))["active"] is False


async def test_access_ends_there_where_no_account_was_on_record_here(r: Rig) -> None:
    """The other operator made it while the service did not answer this one."""
    r.spec |= {"interval": "24h"}
    await r.start()
    await r.settle()
    r.simulator.faults.add("status=503;method=POST")
    r.user("ada")
    await r.until(lambda: r.reason("ada") == "Retrying")
    await r.rest()
    r.simulator.faults.clear()
    other = Rig(r.simulator, r.clock)
    other.cluster, other.spec = r.cluster, r.spec
    mark = r.mark()
    await other.start()
    await r.until(lambda: "POST /Users" in r.writes(mark))
    await other.settle()
    await other.crash()
    r.user("ada", active=False)
    await r.rest()
    await r.until(lambda: r.reason("ada") in ("Provisioned", "NotCreated"))
    assert present(r.at_service("ada"))["active"] is False
