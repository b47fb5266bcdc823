"""An identity provider's API on loopback, that answers what a test lays out: it stands below the transport."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.support.clouds import DEV, GROUPS, MEMBERS, OKTA_GROUP, OKTA_USERS, OPS, PEOPLE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    Answer = Callable[[web.Request], web.Response]

TOKEN, SECRET = "access-token-1", "client-secret-1"


@dataclass
class Provider:
    """`answers` has what a path is answered, by path and query, else by path; `asked` is what was asked."""

    url: str = ""
    answers: dict[str, list[Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: list[dict[str, str]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def says(self, path: str, *answers: Any) -> None:
        """Answer a path with these in turn, and with the last one from then on."""
        self.answers[path] = list(answers)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/token"):
            form = await request.post()
            self.tokens.append({name: str(value) for name, value in form.items()})
            if form.get("client_secret") != SECRET:
                return web.json_response({"error": "invalid_client", "error_description": SECRET}, status=401)
            return web.json_response({"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})
        self.asked.append(request.path_qs)
        self.seen.append(request.headers.get("Authorization", ""))
        if request.headers.get("Authorization", "").split()[-1:] != [TOKEN]:
            return web.json_response({"error": {"message": "no"}}, status=401)
        several = self.answers.get(request.path_qs) or self.answers.get(request.path)
        if several is None:
            return web.json_response({}, status=404)
        found = several.pop(0) if len(several) > 1 else several[0]
        if callable(found):
            answer: web.Response = found(request)
            return answer
        return web.Response(text=json.dumps(found), content_type="application/json")


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """A provider that is served."""
    found = Provider()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", found.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        found.url = f"http://{host}:{port}"
        yield found
    finally:
        await runner.cleanup()


def graph(p: Provider) -> None:
    """Lay out a tenant: users on two pages, two groups, of which one is in the other."""
    p.says("/v1.0/users", {"value": PEOPLE[:1], "@odata.nextLink": f"{p.url}/v1.0/users?$skiptoken=a%2Bb&$top=999"})
    p.says("/v1.0/users?$skiptoken=a%2Bb&$top=999", {"value": PEOPLE[1:]})
    p.says("/v1.0/groups", {"value": GROUPS})
    p.says(f"/v1.0/groups/{OPS}/members", {"value": MEMBERS})
    p.says(f"/v1.0/groups/{DEV}/members", {"value": []})


def okta(p: Provider) -> None:
    """Lay out an organisation: users on two pages, and a group."""
    users = f"{p.url}/api/v1/users"
    following = f'<{users}?limit=200>; rel="self", <{users}?after=x&limit=200>; rel="next"'
    first = lambda _: web.json_response(OKTA_USERS[:1], headers={"Link": following})  # noqa: E731
    p.says("/api/v1/users?limit=200", first)
    p.says("/api/v1/users?after=x&limit=200", OKTA_USERS[1:])
    p.says("/api/v1/groups", [OKTA_GROUP])
    p.says(f"/api/v1/groups/{OKTA_GROUP['id']}/users", OKTA_USERS[:1])


def realm(p: Provider, users: list[Any], total: int) -> None:
    """Lay out a realm, whose pages are of what was asked for."""
    base = "/admin/realms/acme"

    def paged(several: list[Any]) -> Any:
        def page(request: web.Request) -> web.Response:
            first, most = int(request.query["first"]), int(request.query["max"])
            return web.json_response(several[first : first + most])

        return page

    p.says(f"{base}/users", paged(users))
    p.says(f"{base}/users/count", total)
    p.says(f"{base}/groups", paged([{"id": "g1", "name": "staff", "subGroupCount": 1, "subGroups": []}]))
    p.says(f"{base}/groups/g1/children", paged([{"id": "g2", "name": "dev", "subGroupCount": 0}]))
    p.says(f"{base}/groups/g1/members", paged([]))
    p.says(f"{base}/groups/g2/members", paged(users[:1]))
