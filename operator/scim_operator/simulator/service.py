"""The SCIM service itself: a request in, a reply out, the store changed in between. No network, no waiting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.discovery import DISCOVERY, discovered
from scim_operator.simulator.documents import canonical, parse, without_members
from scim_operator.simulator.drafts import Draft, member_ids
from scim_operator.simulator.listing import Lister, query_of, query_of_search, wanted_of
from scim_operator.simulator.member_patch import refuse_empty
from scim_operator.simulator.members import MemberDraft
from scim_operator.simulator.messages import Document, Effect, Refusal, Reply, Request, refused
from scim_operator.simulator.patch import apply_patch
from scim_operator.simulator.render import Projection, Renderer, display
from scim_operator.simulator.rules import keep_immutable, require, require_members, require_unique, settle
from scim_operator.simulator.schema import ResourceType

if TYPE_CHECKING:
    from scim_operator.simulator.settings import Settings
    from scim_operator.simulator.store import Resource, Store

_TYPES = {type_.endpoint: type_ for type_ in ResourceType}
_BODY_TYPES = {"application/scim+json", "application/json"}
_WITH_BODY = {"POST", "PUT", "PATCH"}
_NO_MEMBERS = Projection(without=frozenset({"members"}))


@dataclass(frozen=True, slots=True)
class Service:
    """Answers requests. `renderer` knows the base URL that locations begin with."""

    settings: Settings
    store: Store
    renderer: Renderer

    def handle(self, request: Request) -> Reply:
        """Answers one request with checked credentials; never raises."""
        try:
            _check_body_type(request)
            return self._route(request)
        except Refusal as refusal:
            return refused(refusal)

    def _route(self, request: Request) -> Reply:
        _, first, *rest = request.path.split("/")
        if first == "Me" and not rest:
            return self._on_resource(self._me(), request)
        if first in DISCOVERY and len(rest) <= 1:
            return discovered(first, request, self.settings)
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
            return self._create(type_, request)
        raise Refusal(405, "Use GET or POST here.")

    def _search(self, type_: ResourceType, request: Request) -> Reply:
        if request.method != "POST":
            raise Refusal(405, "Use POST here.")
        query = query_of_search(request, strict=self.settings.strict)
        return Lister(self.store, self.renderer).answer(type_, request, query)

    def _on_resource(self, resource: Resource, request: Request) -> Reply:
        handlers = {"GET": self._read, "PUT": self._replace, "PATCH": self._modify, "DELETE": self._delete}
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
        if found is None or request.suffers(FaultName.NOT_FOUND):
            raise Refusal(404, f"There is no {type_.value} with this id.")
        return found

    def _check_version(self, resource: Resource, request: Request) -> None:
        wanted = [tag.strip() for tag in request.if_match.split(",")]
        if self.settings.etag and request.if_match and "*" not in wanted and resource.etag not in wanted:
            raise Refusal(412, "The resource has another version by now.")

    def _read(self, resource: Resource, request: Request) -> Reply:
        body = self.renderer.answer(resource, request, wanted_of(request.query))
        return Reply(200, body, headers=self._version_header(resource))

    def _create(self, type_: ResourceType, request: Request) -> Reply:
        draft = Draft(type_, {}, MemberDraft({}), request, strict=self.settings.strict)
        self._fill(draft, parse(request.body))
        self._check(draft, "")
        resource = self.store.create(type_, draft.document, draft.members)
        reply = Reply(201, effect=Effect.CREATED, resource_id=resource.id, headers=self._version_header(resource))
        reply.headers["Location"] = self.renderer.location(resource)
        return self._with_body(reply, resource, request, b"")

    def _replace(self, resource: Resource, request: Request) -> Reply:
        draft = Draft(resource.type, {}, MemberDraft(resource.members), request, strict=self.settings.strict)
        self._fill(draft, parse(request.body))
        old = resource.document()
        # A PUT may leave out what it could not change anyway; what is public of the service's clients does so.
        draft.document.setdefault("externalId", old.get("externalId"))
        return self._update(resource, draft, old)

    def _modify(self, resource: Resource, request: Request) -> Reply:
        draft = Draft(
            resource.type,
            resource.document(),
            MemberDraft(resource.members),
            request,
            strict=self.settings.strict,
            display=self._display,
        )
        apply_patch(draft, parse(request.body))
        return self._update(resource, draft, resource.document())

    def _delete(self, resource: Resource, request: Request) -> Reply:
        if resource.type is ResourceType.USER and request.suffers(FaultName.DELETE):
            inactive = {**resource.document(), "active": False}
            changed = self.store.update(resource, inactive, MemberDraft(resource.members))
            return Reply(204, effect=Effect.MODIFIED if changed else Effect.NONE)
        self.store.delete(resource)
        return Reply(204, effect=Effect.DELETED)

    def _fill(self, draft: Draft, body: Document) -> None:
        """Applies the body of a POST or PUT to the draft."""
        plain, members = without_members(draft.type, body)
        draft.document = canonical(draft.type, plain, strict=draft.strict)
        ids = member_ids(members or [])
        draft.named = len(ids)
        if members == []:
            refuse_empty(draft)
        draft.members.replace(ids)

    def _check(self, draft: Draft, own_id: str) -> None:
        settle(draft)
        require(draft)
        require_unique(draft, self.store, own_id)
        if draft.type is ResourceType.GROUP:
            self._check_members(draft, own_id)

    def _check_members(self, draft: Draft, own_id: str) -> None:
        if own_id and own_id in draft.members.gained:
            raise Refusal(400, "A group cannot be its own member.", "invalidValue")
        require_members(draft, self.store, nested=self.settings.nested_groups)

    def _update(self, resource: Resource, draft: Draft, old: Document) -> Reply:
        keep_immutable(draft, old, external_id=self.settings.immutable_external_id)
        self._check(draft, resource.id)
        before = self._before(resource, draft.request)
        changed = self.store.update(resource, draft.document, draft.members)
        ignored = Effect.IGNORED if draft.notes else Effect.NONE
        reply = Reply(200, effect=Effect.MODIFIED if changed else ignored, notes=tuple(draft.notes))
        reply.headers = self._version_header(resource)
        if resource.type is ResourceType.GROUP and not self.settings.group_bodies:
            reply.status = 204
            return reply
        return self._with_body(reply, resource, draft.request, before)

    def _before(self, resource: Resource, request: Request) -> bytes:
        """Returns the resource that a stale echo would show; nothing without such a fault."""
        book = request.faults
        stale = book is not None and book.peek(FaultName.WRITE_BODY, request.method, request.path) == "stale"
        return self.renderer.answer(resource, request) if stale else b""

    def _with_body(self, reply: Reply, resource: Resource, request: Request, before: bytes) -> Reply:
        fault = request.hit(FaultName.WRITE_BODY)
        if fault == "empty":
            return reply
        wanted = _NO_MEMBERS if fault == "without-members" else wanted_of(request.query)
        reply.body = before if fault == "stale" and before else self.renderer.answer(resource, request, wanted)
        return reply

    def _version_header(self, resource: Resource) -> dict[str, str]:
        return {"ETag": resource.etag} if self.settings.etag else {}

    def _display(self, identifier: str) -> str | None:
        resource = self.store.any(identifier)
        return display(resource) if resource else None

    def seed(self, type_: ResourceType, documents: list[Document]) -> list[str]:
        """Stores resources as they are, only unique values and existing members being checked; gives their ids.

        An `id` in a document is kept, so that a dump can be put back. Raises Refusal.
        """
        return [self._plant(type_, document) for document in documents]

    def _plant(self, type_: ResourceType, document: Document) -> str:
        request = Request("POST", f"/{type_.endpoint}")
        draft = Draft(type_, {}, MemberDraft({}), request, strict=False)
        self._fill(draft, document)
        require_unique(draft, self.store, "")
        if type_ is ResourceType.GROUP:
            require_members(draft, self.store, nested=True)
        return self.store.create(type_, draft.document, draft.members, str(document.get("id") or "")).id

    def dump(self, type_: ResourceType) -> list[Document]:
        """Returns all resources of one type as the service shows them, with typed values."""
        request = Request("GET", f"/{type_.endpoint}")
        found = [orjson.loads(self.renderer.answer(row, request)) for row in self.store.of(type_).ordered()]
        return list(found)


def _check_body_type(request: Request) -> None:
    if request.method not in _WITH_BODY:
        return
    given = request.content_type.partition(";")[0].strip().lower()
    only = request.hit(FaultName.ACCEPT_TYPE)
    if given not in ({only} if only else _BODY_TYPES):
        raise Refusal(415, f"Send the body as {only or 'application/scim+json'}.")
