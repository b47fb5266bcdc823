"""Reads all people and groups of an identity provider by its API. Every listing is whole, or nothing is read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from scim_operator.errors import IncompleteListing
from scim_operator.sources import okta as okta_rows
from scim_operator.sources.api import CONCURRENCY, counted_pages, linked
from scim_operator.sources.entra import GROUP_FIELDS, OTHER_FIELDS, USER_FIELDS, entra
from scim_operator.sources.keycloak import keycloak, tree
from scim_operator.sources.people import identified

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterable

    from scim_operator.core.resource import Document, JsonValue
    from scim_operator.sources.api import Api
    from scim_operator.sources.keycloak import Group
    from scim_operator.sources.people import PeopleSource

    Pages = AsyncIterator[list[JsonValue]]

Found = TypeVar("Found")

IDLE_PAGES = 100
"""Pages in a row without anyone new, after which a listing is taken to have no end."""
_MOST = 300_000
"""Objects of one listing."""
_WHOLE = (("briefRepresentation", "false"),)


async def read_graph(api: Api) -> PeopleSource:
    """Return users, groups and members of Microsoft Graph."""
    top = ("$top", "999")
    fields = ",".join(dict.fromkeys((*USER_FIELDS, *OTHER_FIELDS)))
    users = (("$select", fields), ("$expand", "manager($select=id)"), top)
    people = await _all("users", linked(api, "/users", users))
    groups = await _all("groups", linked(api, "/groups", (("$select", ",".join(GROUP_FIELDS)), top)))
    select = (("$select", "id"), top)
    members = await _each(groups, lambda id: _all("members", linked(api, f"/groups/{quote(id, '')}/members", select)))
    return entra(people, groups, {id.lower(): each for id, each in members.items()})


async def read_okta(api: Api) -> PeopleSource:
    """Return users, groups and members of Okta; it lists no one who is deprovisioned unless asked for."""
    size = (("limit", str(okta_rows.PAGE)),)
    people = await _all("users", linked(api, "/api/v1/users", size))
    groups = await _all("groups", linked(api, "/api/v1/groups", size))
    members = await _each(
        groups, lambda id: _all("members", linked(api, f"/api/v1/groups/{quote(id, '')}/users", size))
    )
    return okta_rows.okta(people, groups, members)


async def read_realm(api: Api) -> PeopleSource:
    """Return users, groups and members of a Keycloak realm."""
    people = await _all("users", counted_pages(api, "/users", _WHOLE, 100))
    total, _ = await api.get("/users/count")
    if type(total) is not int or total != len(people):
        raise IncompleteListing(f"the listing has {len(people)} users and the realm has others: run it again")
    groups = tree((await _all("groups", counted_pages(api, "/groups", _WHOLE, 100))).values())
    await _children(api, groups)

    async def fill(id: str) -> None:
        path = f"/groups/{quote(id, '')}/members"
        groups[id].members = [*await _all("members", counted_pages(api, path, (("briefRepresentation", "true"),), 100))]

    await _each(groups, fill)
    return keycloak(people, groups)


async def _children(api: Api, groups: dict[str, Group]) -> None:
    """Add the groups within groups, which newer releases list apart."""
    waiting = list(groups)
    while waiting:
        id = waiting.pop()
        group = groups[id]
        if group.body.get("subGroupCount", len(group.children)) == len(group.children):
            continue
        listed = await _all("groups", counted_pages(api, f"/groups/{quote(id, '')}/children", _WHOLE, 100))
        fresh = {child: item for child, item in listed.items() if child not in group.children}
        found = tree(fresh.values())
        if twice := sorted(groups.keys() & found.keys()):
            raise IncompleteListing(f"group {twice[0]} stands twice in the tree; nothing is imported")
        for child, each in found.items():
            each.path = f"{group.path}/{each.path}"
            groups[child] = each
            waiting.append(child)
        group.children += fresh


async def _all(what: str, pages: Pages) -> dict[str, Document]:
    """Return the objects of a listing by id. Raises IncompleteListing, where it has no end."""
    found: dict[str, Document] = {}
    idle = 0
    async for items in pages:
        before = len(found)
        for id, each in identified(what, items).items():
            found.setdefault(id, each)
        idle = idle + 1 if len(found) == before else 0
        if idle >= IDLE_PAGES or len(found) > _MOST:
            raise IncompleteListing(f"{what}: the listing has no end; nothing is imported")
    return found


async def _each(ids: Iterable[str], ask: Callable[[str], Coroutine[None, None, Found]]) -> dict[str, Found]:
    """Return what is asked of each, a few at once."""
    every = list(ids)
    found: dict[str, Found] = {}
    for at in range(0, len(every), CONCURRENCY):
        some = every[at : at + CONCURRENCY]
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(ask(id)) for id in some]
        found |= {id: task.result() for id, task in zip(some, asked, strict=True)}
    return found
