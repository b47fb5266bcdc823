"""An independent SCIM service in a simulated world: scim2-server, in this process, over WSGI and without HTTP."""

from __future__ import annotations

import asyncio
import functools
import io
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

import orjson
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BearerTokenApplication
from scim2_server.utils import load_default_provider

from scim_operator.simulator.messages import SCIM_JSON, Reply, refused
from scim_operator.simulator.messages import Request as Incoming
from verify.service import IN_PLACE, TOKEN, SimulatedService

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from scim2_models import ScimProvider

    from scim_operator.simulator.settings import Settings
    from verify.history import Exchange

BY_HAND = "canary-token-of-an-administrator"
_SERVED = frozenset({"meta", "groups"})


class Scim2Server(SimulatedService):
    """scim2-server in the simulator's place. It knows no faults; chance takes its ids from elsewhere than the seed."""

    def __init__(self, settings: Settings, random: Random) -> None:
        super().__init__(settings, random)
        self._application = application_of(TOKEN, BY_HAND)
        self._known: dict[str, dict[str, dict[str, Any]]] = {}

    @property
    def users(self) -> dict[str, dict[str, Any]]:
        """See `SimulatedService.users`."""
        return self._all("Users")

    @property
    def groups(self) -> dict[str, dict[str, Any]]:
        """See `SimulatedService.groups`."""
        return self._all("Groups")

    def by_hand(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """See `SimulatedService.by_hand`."""
        body = b"" if document is None else orjson.dumps(document)
        reply = self._called(Incoming(method, path, body=body, authorization=f"Bearer {BY_HAND}"))
        return orjson.loads(reply.body) if reply.body and reply.status < 300 else {}

    def shown(self, id: str) -> dict[str, Any] | None:
        """See `SimulatedService.shown`."""
        found = self.users.get(id) or self.groups.get(id)
        if found is None:
            return None
        kept = {name: value for name, value in found.items() if name not in _SERVED}
        return {**kept, "members": sorted(one["value"] for one in found.get("members") or ())}

    async def answer(self, exchange: Exchange, request: Incoming) -> Reply:
        """See `SimulatedService.answer`."""
        exchange.arrived = asyncio.get_running_loop().time()
        exchange.before = exchange.after = self.shown(exchange.id)
        in_place = IN_PLACE.get(exchange.fate) if exchange.fate else None
        reply = refused(in_place) if in_place else self._called(request)
        exchange.status = reply.status
        exchange.after = self.shown(_id_in(reply) or exchange.id)
        return reply

    def _all(self, type: str) -> dict[str, dict[str, Any]]:
        if type not in self._known:
            listed = self.by_hand("GET", f"/{type}").get("Resources") or ()
            self._known[type] = {document["id"]: document for document in listed}
        return self._known[type]

    def _called(self, request: Incoming) -> Reply:
        if request.method != "GET":
            self._known.clear()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": f"/v2{request.path}",
            "QUERY_STRING": urlencode(dict(request.query)),
            "CONTENT_TYPE": request.content_type or SCIM_JSON,
            "CONTENT_LENGTH": str(len(request.body)),
            "HTTP_AUTHORIZATION": request.authorization,
            "wsgi.input": io.BytesIO(request.body),
        }
        environ |= {"HTTP_IF_MATCH": request.if_match} if request.if_match else {}
        setup_testing_defaults(environ)
        head: list[Any] = []
        body = b"".join(self._application(environ, lambda *given: head.extend(given[:2])))  # type: ignore[arg-type]
        headers = dict(head[1])
        return Reply(int(head[0][:3]), body, headers.pop("Content-Type", SCIM_JSON), headers)


def application_of(*tokens: str) -> BearerTokenApplication:
    """Return scim2-server with nothing in it, for clients that send one of these tokens."""
    service = ScimService(_provider(), secret="s" * 32)
    return BearerTokenApplication(InMemoryStorage(), _provider(), service=service, bearer_tokens=list(tokens))


@functools.cache
def _provider() -> ScimProvider:
    """Return what the service serves. It is immutable, and its models take a while to make: one serves all."""
    return load_default_provider()


def _id_in(reply: Reply) -> str:
    content = orjson.loads(reply.body) if reply.body else {}
    return str(content.get("id") or "") if isinstance(content, dict) else ""
