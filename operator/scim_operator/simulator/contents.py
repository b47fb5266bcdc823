"""The stored resources, past all requests: seeds, dumps, and one by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from scim_operator.simulator.drafts import Draft
from scim_operator.simulator.members import MemberDraft
from scim_operator.simulator.messages import Document, Request
from scim_operator.simulator.rules import require_members, require_unique
from scim_operator.simulator.schema import ResourceType
from scim_operator.simulator.writer import fill

if TYPE_CHECKING:
    from scim_operator.simulator.render import Renderer
    from scim_operator.simulator.store import Resource, Store


@dataclass(frozen=True, slots=True)
class Contents:
    """What the store holds, in the form in which the service shows it."""

    store: Store
    renderer: Renderer

    def seed(self, type_: ResourceType, documents: list[Document]) -> list[str]:
        """Stores resources as they are, only unique values and existing members being checked; gives their ids.

        An `id` in a document is kept, so that a dump can be put back. Raises Refusal.
        """
        return [self._plant(type_, document) for document in documents]

    def _plant(self, type_: ResourceType, document: Document) -> str:
        request = Request("POST", f"/{type_.endpoint}")
        draft = Draft(type_, {}, MemberDraft({}), request, strict=False)
        fill(draft, document)
        require_unique(draft, self.store, "")
        if type_ is ResourceType.GROUP:
            require_members(draft, self.store, nested=True)
        return self.store.create(type_, draft.document, draft.members, str(document.get("id") or "")).id

    def dump(self, type_: ResourceType) -> list[Document]:
        """Returns all resources of one type as the service shows them, with typed values."""
        return [self._shown(resource) for resource in self.store.of(type_).ordered()]

    def one(self, type_: ResourceType, index: str, value: str) -> Document | None:
        """Returns the resource that an index of the store finds first."""
        found = self.store.of(type_).find(index, value)
        return self._shown(found[0]) if found else None

    def _shown(self, resource: Resource) -> Document:
        shown: Document = orjson.loads(self.renderer.answer(resource, Request("GET", "/")))
        return shown
