"""A page as large as a page may be, in every listing: one is let go of before the next is read."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

from tests.support.liar import Liar, says
from tests.support.rig import rig

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scim_operator.scim.protocol import Request, Response

LARGE = {"id": "large", "userName": "large@corp.example", "members": [{"value": "1"}]}


async def test_what_was_listed_of_users_is_let_go_of_before_groups_are_read() -> None:
    alive: list[list[Any]] = []

    async def lie(request: Request, real: Callable[[], Awaitable[Response]]) -> Response:
        if request.method == "GET" and request.path == "/Users" and not request.filter:
            return says({"totalResults": 1, "Resources": [LARGE]})
        if request.method == "GET" and request.path == "/Groups" and not request.filter:
            alive.append([each for each in gc.get_objects() if _is_parsed(each)])
        return await real()

    async with rig() as r:
        r.user("ada")
        await r.start(Liar(lie))  # type: ignore[arg-type]
        await r.until(lambda: bool(alive))
        assert alive[0] == []


def _is_parsed(each: object) -> bool:
    return type(each) is dict and each.get("id") == "large" and each is not LARGE
