"""A plain HTTP client for a simulator, and people and teams to store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    import aiohttp

    from scim_operator.simulator.server import Simulator

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
WS1B = "urn:ietf:params:scim:schemas:extension:ws1b:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Any

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def id(self) -> str:
        return self.json["id"]

    @property
    def kind(self) -> str:
        return self.json.get("scimType", "")


class Client:
    """Sends requests to one simulator; what it sends can be set wrong on purpose."""

    def __init__(self, session: aiohttp.ClientSession, sim: Simulator) -> None:
        self.session = session
        self.sim = sim
        self.headers = {"Authorization": f"Bearer {sim.token}", "Content-Type": "application/scim+json"}

    async def call(self, method: str, path: str, document: Any = None, headers: dict[str, str] | None = None) -> Answer:
        url = path if path.startswith("http") else self.sim.url + path
        data = document if isinstance(document, bytes | None) else orjson.dumps(document)
        sent = {**self.headers, **(headers or {})}
        async with self.session.request(method, url, data=data, headers=sent, allow_redirects=False) as answer:
            return Answer(answer.status, await answer.read(), answer.headers)

    async def get(self, path: str) -> Answer:
        return await self.call("GET", path)

    async def list(self, path: str, **query: Any) -> Any:
        async with self.session.get(self.sim.url + path, params=query, headers=self.headers) as answer:
            assert answer.status == 200, await answer.read()
            return orjson.loads(await answer.read())

    async def names(self, path: str, **query: Any) -> list[str]:
        listed = await self.list(path, **query)
        return [one.get("userName") or one["displayName"] for one in listed.get("Resources", ())]

    async def refused_filter(self, text: str, path: str = "/Users") -> Answer:
        async with self.session.get(self.sim.url + path, params={"filter": text}, headers=self.headers) as answer:
            return Answer(answer.status, await answer.read(), answer.headers)

    async def post(self, path: str, document: Any) -> Answer:
        return await self.call("POST", path, document)

    async def patch(self, path: str, *operations: Any) -> Answer:
        return await self.call("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    async def create(self, path: str, document: Any) -> str:
        answer = await self.post(path, document)
        assert answer.status == 201, answer.body
        return answer.id

    async def control(self, method: str, name: str, document: Any = None, token: str = "") -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {"Authorization": ""}
        return await self.call(method, self.sim.control_url + name, document, headers)


def person(name: str = "ada", /, **changes: Any) -> dict[str, Any]:
    """A user that the strict service takes; a change to None leaves the attribute out."""
    document = {
        "schemas": [USER],
        "userName": f"{name}@corp.example",
        "externalId": f"identity/{name}",
        "active": True,
        "name": {"givenName": name.title(), "familyName": "Example"},
        "emails": [{"type": "work", "value": f"{name}@corp.example", "primary": True}],
        **changes,
    }
    return {key: value for key, value in document.items() if value is not None}


def team(name: str = "compilers", /, members: Any = None, **changes: Any) -> dict[str, Any]:
    """A group; `members` are ids."""
    document = {"schemas": [GROUP], "displayName": name, "externalId": f"identity/{name}", **changes}
    return document if members is None else {**document, "members": [{"value": member} for member in members]}


async def seeded(client: Client, *names: str) -> list[str]:
    """Stores people of these names past the faults; gives their ids."""
    users, _ = client.sim.seed([person(name) for name in names])
    return users
