"""Writes: a resource created, replaced, modified or deleted, every check passed before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.documents import canonical, parse, without_members
from scim_operator.simulator.drafts import Draft, member_ids
from scim_operator.simulator.listing import wanted_of
from scim_operator.simulator.member_patch import refuse_empty
from scim_operator.simulator.members import MemberDraft
from scim_operator.simulator.messages import Document, Effect, Refusal, Reply, Request
from scim_operator.simulator.oddities import (
    check_members,
    check_patched,
    check_put_id,
    lose_members,
    patched_names,
)
from scim_operator.simulator.patch import apply_patch
from scim_operator.simulator.render import Projection, Renderer, display, projection
from scim_operator.simulator.rules import (
    keep_immutable,
    refuse_changes,
    require,
    require_members,
    require_unique,
    settle,
)
from scim_operator.simulator.schema import ResourceType

if TYPE_CHECKING:
    from scim_operator.simulator.settings import Settings
    from scim_operator.simulator.store import Resource, Store

_SHOWN = {
    "without-members": Projection(without=frozenset({"members"})),
    "minimal": projection(["id", "userName", "displayName"], []),
}
"""What an answer shows, by the fault that spoils it."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Carries out POST, PUT, PATCH and DELETE, and answers them."""

    settings: Settings
    store: Store
    renderer: Renderer

    def create(self, type_: ResourceType, request: Request) -> Reply:
        """Answers a POST: 201 with the resource, or raises Refusal."""
        draft = Draft(type_, {}, MemberDraft({}), request, strict=self.settings.strict)
        fill(draft, parse(request.body))
        self._check(draft, "")
        resource = self.store.create(type_, draft.document, draft.members)
        reply = Reply(201, effect=Effect.CREATED, resource_id=resource.id, headers=self.renderer.headers(resource))
        reply.headers["Location"] = self.renderer.location(resource)
        return self._with_body(reply, resource, request, b"")

    def replace(self, resource: Resource, request: Request) -> Reply:
        """Answers a PUT; raises Refusal."""
        draft = Draft(resource.type, {}, MemberDraft(resource.members), request, strict=self.settings.strict)
        body = parse(request.body)
        check_put_id(resource, draft, body)
        fill(draft, body)
        old = resource.document()
        # A PUT may leave out what it could not change anyway; what is public of the service's clients does so.
        draft.document.setdefault("externalId", old.get("externalId"))
        return self._update(resource, draft, old)

    def modify(self, resource: Resource, request: Request) -> Reply:
        """Answers a PATCH; raises Refusal."""
        draft = Draft(
            resource.type,
            resource.document(),
            MemberDraft(resource.members),
            request,
            strict=self.settings.strict,
            display=self._display,
        )
        body = parse(request.body)
        apply_patch(draft, body)
        check_patched(draft, patched_names(body))
        return self._update(resource, draft, resource.document())

    def delete(self, resource: Resource, request: Request) -> Reply:
        """Answers a DELETE; a fault of the service may only deactivate a User, or do nothing."""
        instead = request.hit(FaultName.DELETE)
        if instead == "unknown":
            raise Refusal(404, "There is no such resource.")
        if instead == "kept":
            return Reply(204)
        if instead is not None and resource.type is ResourceType.USER:
            inactive = {**resource.document(), "active": False}
            changed = self.store.update(resource, inactive, MemberDraft(resource.members))
            return Reply(204, effect=Effect.MODIFIED if changed else Effect.NONE)
        self.store.delete(resource)
        return Reply(204, effect=Effect.DELETED)

    def _check(self, draft: Draft, own_id: str) -> None:
        settle(draft)
        require(draft)
        require_unique(draft, self.store, own_id)
        if draft.type is ResourceType.GROUP:
            self._check_members(draft, own_id)

    def _check_members(self, draft: Draft, own_id: str) -> None:
        # Where ids are numbers a user may have the same one, and is who is meant: groups come with their type.
        if own_id in draft.members.gained and own_id not in self.store.of(ResourceType.USER).by_id:
            raise Refusal(400, "A group cannot be its own member.", "invalidValue")
        require_members(draft, self.store, nested=self.settings.nested_groups)

    def _update(self, resource: Resource, draft: Draft, old: Document) -> Reply:
        keep_immutable(draft, old, external_id=self.settings.immutable_external_id)
        refuse_changes(draft, old)
        lose_members(draft, old)
        self._check(draft, resource.id)
        before = self._before(resource, draft.request)
        changed = self.store.update(resource, draft.document, draft.members)
        ignored = Effect.IGNORED if draft.notes else Effect.NONE
        reply = Reply(200, effect=Effect.MODIFIED if changed else ignored, notes=tuple(draft.notes))
        reply.headers = self.renderer.headers(resource)
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
        wanted = _SHOWN.get(fault or "") or wanted_of(request.query)
        reply.body = before if fault == "stale" and before else self.renderer.answer(resource, request, wanted)
        return reply

    def _display(self, identifier: str) -> str | None:
        resource = self.store.any(identifier)
        return display(resource) if resource else None


def fill(draft: Draft, body: Document) -> None:
    """Applies the body of a POST or PUT to the draft."""
    plain, members = without_members(draft.type, body)
    draft.document = canonical(draft.type, plain, strict=draft.strict)
    ids = member_ids(members or [])
    check_members(draft, members)
    draft.named = len(ids)
    if members == []:
        refuse_empty(draft)
    draft.members.replace(ids)
