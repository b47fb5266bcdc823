"""The SCIM service itself: a request in, a reply out, the store changed in between. No network, no waiting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.simulator.bulk import answer_bulk
from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.discovery import DISCOVERY, discovered
from scim_operator.simulator.listing import Lister, query_of, query_of_search, wanted_of
from scim_operator.simulator.messages import Refusal, Reply, Request, refused
from scim_operator.simulator.render import Renderer
from scim_operator.simulator.schema import ResourceType
from scim_operator.simulator.writer import Writer

if TYPE_CHECKING:
    from scim_operator.simulator.settings import Settings
    from scim_operator.simulator.store import Resource, Store

_TYPES = {type_.endpoint: type_ for type_ in ResourceType}
_BODY_TYPES = {"application/scim+json", "application/json"}
_WITH_BODY = {"POST", "PUT", "PATCH"}


@dataclass(frozen=True, slots=True)
class Service:
    """Answers requests: sends each to what it is about; `writer` carries out those that change something."""

    settings: Settings
    store: Store
    renderer: Renderer
    writer: Writer

    def handle(self, request: Request) -> Reply:
        """Answers one request with checked credentials; never raises."""
        try:
            return self._route(request)
        except Refusal as refusal:
            return refused(refusal)

    def _route(self, request: Request) -> Reply:
        _, first, *rest = request.path.split("/")
        if first in DISCOVERY and len(rest) <= 1:
            return discovered(first, "".join(rest), request, self.settings)
        _check_body_type(request)
        if first == "Me" and not rest:
            return self._on_resource(self._me(), request)
        if first == "Bulk" and not rest and self.settings.bulk:
            return answer_bulk(request, self.settings, self.handle, self.renderer.address)
        if first not in _TYPES or len(rest) > 1:
            raise Refusal(404, "There is no such endpoint.")
        if not rest:
            return self._on_endpoint(_TYPES[first], request)
        if rest == [".search"]:
            return self._search(_TYPES[first], request)
        return self._on_resource(self._stored(_TYPES[first], rest[0], request), request)

    def _on_endpoint(self, type_: ResourceType, request: Request) -> Reply:
        if request.method == "GET":
            return Lister(self.store, self.renderer).answer(type_, request, query_of(request.query))
        if request.method == "POST":
            return self.writer.create(type_, request)
        raise Refusal(405, "Use GET or POST here.")

    def _search(self, type_: ResourceType, request: Request) -> Reply:
        if request.method != "POST":
            raise Refusal(405, "Use POST here.")
        query = query_of_search(request, strict=self.settings.strict)
        return Lister(self.store, self.renderer).answer(type_, request, query)

    def _on_resource(self, resource: Resource, request: Request) -> Reply:
        writer = self.writer
        handlers = {"GET": self._read, "PUT": writer.replace, "PATCH": writer.modify, "DELETE": writer.delete}
        handler = handlers.get(request.method)
        if handler is None:
            raise Refusal(405, "Use GET, PUT, PATCH or DELETE here.")
        if request.method == "PATCH" and self.settings.patch_status is not None:
            raise Refusal(self.settings.patch_status, "PATCH is not supported; use PUT.")
        if request.method != "GET":
            self._check_version(resource, request)
        reply = handler(resource, request)
        reply.resource_id = resource.id
        return reply

    def _me(self) -> Resource:
        found = self.store.of(ResourceType.USER).find("username", self.settings.me) if self.settings.me else []
        if not found:
            raise Refusal(404, "These credentials belong to no User.")
        return found[0]

    def _stored(self, type_: ResourceType, identifier: str, request: Request) -> Resource:
        found = self.store.of(type_).by_id.get(identifier)
        if found is None or request.suffers(FaultName.NOT_FOUND) or self._is_too_young(found, request):
            status = int(request.hit(FaultName.UNKNOWN_ID) or 404)
            raise Refusal(status, f"There is no {type_.value} with this id.")
        return found

    def _is_too_young(self, resource: Resource, request: Request) -> bool:
        age = request.hit(FaultName.YOUNG_ID)
        return age is not None and resource.born > self.store.clock() - int(age) / 1000

    def _check_version(self, resource: Resource, request: Request) -> None:
        wanted = [tag.strip() for tag in request.if_match.split(",")]
        if self.settings.etag and request.if_match and "*" not in wanted and resource.etag not in wanted:
            raise Refusal(412, "The resource has another version by now.")

    def _read(self, resource: Resource, request: Request) -> Reply:
        body = self.renderer.answer(resource, request, wanted_of(request.query))
        return Reply(200, body, headers=self.renderer.headers(resource))


def service_over(store: Store, settings: Settings, base: str) -> Service:
    """Returns the service of a store. `base` is the URL that locations begin with."""
    renderer = Renderer(store, settings, base)
    return Service(settings, store, renderer, Writer(settings, store, renderer))


def _check_body_type(request: Request) -> None:
    if request.method not in _WITH_BODY:
        return
    given = request.content_type.partition(";")[0].strip().lower()
    only = request.hit(FaultName.ACCEPT_TYPE)
    if given not in ({only} if only else _BODY_TYPES):
        raise Refusal(415, f"Send the body as {only or 'application/scim+json'}.")
