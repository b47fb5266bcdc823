"""A later listing is taken in as what it changes: the index is what a listing into an empty one would have made."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import ResourceType
from scim_operator.job.gather.relisting import FEW, Relisting
from tests.support.knowing import Known

USER_NAME, EXTERNAL_ID = parse("userName"), parse("externalId")
USERS = ResourceType.USER

ids = st.sampled_from("abcdef")
users = st.fixed_dictionaries(
    {"id": ids, "userName": st.sampled_from(["Ada", "ada", "eve"]), "active": st.booleans()},
    optional={"externalId": st.sampled_from(["identity/ada", "identity/eve", "x"])},
)
tenants = st.lists(users, unique_by=lambda user: user["id"])


def seen(known: Known) -> dict[str, Any]:
    """All that an index tells."""
    index = known.knowledge.index[USERS]
    names = {name: index.find(USER_NAME, name) for name in ("Ada", "eve")}
    marks = {mark: index.find(EXTERNAL_ID, mark) for mark in ("identity/ada", "identity/eve", "x")}
    each = {id: (index.get(id), index.is_active(id), index.is_doubtful(id)) for id in index.ids()}
    return {"names": names, "marks": marks, "each": each, "foreign": index.census.foreign}


def lived(few: int | None, first: list[Any], second: list[Any], meanwhile: list[Any], doubted: str) -> Known:
    """An index that was listed twice, and written to during the second listing; without `few`, as if listed first."""
    known = Known()
    index = known.knowledge.index
    index[USERS].listed = few is not None
    for user in first:
        index[USERS].put(user)
    index[USERS].doubt([doubted])
    fresh = index.fresh(USERS)
    if few is not None:
        fresh = Relisting(index[USERS], few)
    for user in second:
        fresh.put(dict(user))
    for user in meanwhile:
        index[USERS].put(user)
    for _ in index.settling(USERS, fresh):
        pass
    index.renew(USERS, fresh)
    return known


@pytest.mark.parametrize("few", [0, FEW], ids=["made from nothing", "amended"])
@given(first=tenants, second=tenants, meanwhile=tenants, doubted=ids)
def test_a_listing_leaves_the_same_whether_it_is_taken_in_whole_or_as_a_difference(
    few: int, first: list[Any], second: list[Any], meanwhile: list[Any], doubted: str
) -> None:
    difference = seen(lived(few, first, second, meanwhile, doubted))
    assert difference == seen(lived(None, first, second, meanwhile, doubted))


@given(first=tenants, second=tenants, meanwhile=tenants)
def test_what_moved_is_told_once(first: list[Any], second: list[Any], meanwhile: list[Any]) -> None:
    known = lived(FEW, first, second, meanwhile, "")
    index = known.knowledge.index
    was = {user["id"]: user for user in first}
    now = {id: index[USERS].get(id) for id in index[USERS].ids()}
    differ = {id for id in was.keys() | now.keys() if was.get(id) != now.get(id)}
    assert differ <= index.take_moved()[USERS] <= differ | was.keys() | {user["id"] for user in meanwhile}
    assert index.take_moved()[USERS] == set()


def test_when_it_was_written_and_the_order_of_members_move_nothing() -> None:
    index = Known().knowledge.index
    group = {"id": "g", "displayName": "team", "members": [{"value": "1"}, {"value": "2"}], "meta": {"version": "1"}}
    index[ResourceType.GROUP].put(group)
    index.take_moved()
    fresh = index.fresh(ResourceType.GROUP)
    fresh.put({**group, "members": group["members"][::-1], "meta": {"version": "2", "lastModified": "later"}})
    index.renew(ResourceType.GROUP, fresh)
    assert index.take_moved()[ResourceType.GROUP] == set()
    assert (index[ResourceType.GROUP].get("g") or {})["meta"]["version"] == "2", "it is kept all the same"
    fresh = index.fresh(ResourceType.GROUP)
    fresh.put({**group, "members": [{"value": "1"}]})
    index.renew(ResourceType.GROUP, fresh)
    assert index.take_moved()[ResourceType.GROUP] == {"g"}
