"""An account that another operator, without a Lease, has made once more: the one that knew the former finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
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


@pytest.mark.parametrize("known", [lambda r: None, doubted, unlisted], ids=["believed", "doubted", "unlisted"])
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
