"""Stored resources as answers: meta, references, derived groups, VMware's string booleans, chosen attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.documents import get
from scim_operator.simulator.messages import Document, Json, Refusal, Request, packed
from scim_operator.simulator.schema import CORE, ENTERPRISE_URN, ResourceType, is_urn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.simulator.settings import Settings
    from scim_operator.simulator.store import Resource, Store

_ALWAYS = {"id", "schemas"}


@dataclass(frozen=True, slots=True)
class Projection:
    """`attributes` and `excludedAttributes` (RFC 7644 section 3.9), in lower case; empty means not given."""

    only: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    def wants(self, name: str) -> bool:
        """Returns whether an attribute, by its name in lower case, is in the answer at least in part."""
        if self.only:
            return any(one == name or one.startswith((f"{name}.", f"{name}:")) for one in self.only)
        return name not in self.without

    def apply(self, document: Document) -> Document:
        """Returns the document as it was asked for; id and schemas stay always."""
        if not self.only and not self.without:
            return document
        found: Document = {}
        for key, value in document.items():
            part = value if key in _ALWAYS else self._part(key.lower(), value)
            if part not in (None, {}, []):
                found[key] = part
        return found

    def _part(self, name: str, value: Json) -> Json:
        if not self.wants(name):
            return None
        if name in self.only:
            return value
        mark = ":" if is_urn(name) else "."
        names = {one[len(name) + 1 :] for one in (self.only or self.without) if one.startswith(name + mark)}
        return _parts(value, names, keep=bool(self.only)) if names else value


def _parts(value: Json, names: set[str], *, keep: bool) -> Json:
    if isinstance(value, list):
        return [_parts(item, names, keep=keep) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: item for key, item in value.items() if (key.lower() in names) is keep}


def projection(only: Iterable[str], without: Iterable[str]) -> Projection:
    """Returns the projection that a request asks for; raises Refusal when it has both lists."""
    chosen, left_out = (frozenset(_plain(name) for name in names if name.strip()) for names in (only, without))
    if chosen and left_out:
        raise Refusal(400, "Give attributes or excludedAttributes, and not both.", "invalidValue")
    return Projection(chosen, left_out - _ALWAYS)


def _plain(name: str) -> str:
    name = name.strip().lower()
    for schema in CORE.values():
        name = name.removeprefix(f"{schema.urn.lower()}:")
    return name


EVERYTHING = Projection()


@dataclass(frozen=True, slots=True)
class Renderer:
    """Makes answers. `base` is the service's base URL."""

    store: Store
    settings: Settings
    base: str

    def answer(self, resource: Resource, request: Request, wanted: Projection = EVERYTHING) -> bytes:
        """Returns the resource as JSON, kept for the next time when it is the plain and full one."""
        plain = wanted == EVERYTHING and (request.faults is None or request.faults.idle)
        if plain and resource.rendered is not None:
            return resource.rendered
        body = packed(self.document(resource, request, wanted))
        if plain:
            resource.rendered = body
        return body

    def document(self, resource: Resource, request: Request, wanted: Projection = EVERYTHING) -> Document:
        """Returns the resource as the service shows it."""
        stored = resource.document()
        found: Document = {
            "schemas": schemas(resource.type, stored),
            "id": resource.id,
            **self._values(stored, request),
        }
        if hidden := request.hit(FaultName.UNRETURNED):
            found.pop(hidden, None)
        found.update(self._managed(stored, request))
        found.update(self._derived(resource, request, wanted))
        found["meta"] = self._meta(resource)
        if request.suffers(FaultName.NUMERIC_IDS):
            found = _with_numbers(found)
        return wanted.apply(found)

    def location(self, resource: Resource) -> str:
        """Returns the URL of a resource."""
        return self.address(resource.type, resource.id)

    def address(self, type_: ResourceType, identifier: str) -> str:
        """Returns the URL of what has this id."""
        return f"{self.base}/{type_.endpoint}/{identifier}"

    def headers(self, resource: Resource) -> dict[str, str]:
        """Returns the headers that an answer with a resource has, which are about its version."""
        return {"ETag": resource.etag} if self.settings.etag else {}

    def _meta(self, resource: Resource) -> Document:
        return {
            "resourceType": resource.type.value,
            "created": resource.created,
            "lastModified": resource.modified,
            "location": self.location(resource),
            "version": resource.etag,
        }

    def _values(self, stored: Document, request: Request) -> Document:
        if request.suffers(FaultName.STRING_BOOLEANS):
            return {name: _stringified(value, capital=True) for name, value in stored.items()}
        if not self.settings.string_booleans:
            return stored
        return {
            name: _stringified(value, capital=False) if isinstance(value, list) else value
            for name, value in stored.items()
        }

    def _derived(self, resource: Resource, request: Request, wanted: Projection) -> Document:
        if resource.type is ResourceType.USER:
            groups = self._groups(resource) if resource.groups and wanted.wants("groups") else []
            return {"groups": groups} if groups else {}
        if not wanted.wants("members") or request.suffers(FaultName.HIDE_MEMBERS):
            return {}
        if not resource.members:
            return {"members": None} if request.suffers(FaultName.NULL_MEMBERS) else {}
        members, form = self._members(resource), request.hit(FaultName.MEMBER_REFS)
        return {"members": [self._by_ref(each, form) for each in members] if form else members}

    def _managed(self, stored: Document, request: Request) -> Document:
        """Returns the extension with the manager by `$ref` alone, {} where it stays as it is stored."""
        extension = stored.get(ENTERPRISE_URN) or {}
        manager = extension.get("manager") or {}
        form = request.hit(FaultName.MEMBER_REFS) if manager.get("value") else None
        return {ENTERPRISE_URN: {**extension, "manager": self._by_ref(manager, form)}} if form else {}

    def _groups(self, resource: Resource) -> list[Document]:
        return [{**self._reference(group), "type": "direct"} for group in resource.groups or ()]

    def _members(self, group: Resource) -> list[Document]:
        nested = self.settings.nested_groups
        return [
            self._reference(member, typed=nested) for member, copies in group.members.items() for _ in range(copies)
        ]

    def _by_ref(self, member: Document, form: str) -> Document:
        """Returns a member that says where it is, and not its id."""
        ref = str(member.get("$ref") or self.address(ResourceType.USER, str(member["value"])))
        return {"$ref": ref.replace(self.base, "..") if form == "relative" else ref}

    def _reference(self, identifier: str, *, typed: bool = False) -> Document:
        resource = self.store.any(identifier)
        if resource is None:
            return {"value": identifier}
        kind = {"type": resource.type.value} if typed else {}
        return {"value": identifier, "$ref": self.location(resource), "display": display(resource), **kind}


def schemas(type_: ResourceType, document: Document) -> list[str]:
    """Returns the URNs of the core schema and of the extensions that a document has."""
    return [CORE[type_].urn, *(key for key in document if is_urn(key))]


def display(resource: Resource) -> str:
    """Returns the name that references show: displayName, else userName."""
    document = resource.document()
    return str(document.get("displayName") or get(document, "userName") or "")


def _stringified(value: Json, *, capital: bool) -> Json:
    if isinstance(value, bool):
        return str(value) if capital else str(value).lower()
    if isinstance(value, list):
        return [_stringified(item, capital=capital) for item in value]
    if isinstance(value, dict):
        return {key: _stringified(item, capital=capital) for key, item in value.items()}
    return value


def _with_numbers(document: Document) -> Document:
    """Returns the document with its id, and those of its members and groups, as numbers where they are."""
    lists = {
        name: [{**one, "value": _number(one["value"])} for one in document[name]]
        for name in ("members", "groups")
        if document.get(name)
    }
    return {**document, "id": _number(document["id"]), **lists}


def _number(identifier: str) -> Json:
    return int(identifier) if identifier.isdecimal() else identifier
