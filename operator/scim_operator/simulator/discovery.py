"""ServiceProviderConfig, ResourceTypes and Schemas (RFC 7643 section 5), which VMware Identity Service lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.listing import LIST_URN
from scim_operator.simulator.messages import Document, Json, Refusal, Reply, Request
from scim_operator.simulator.schema import CORE, EXTENSIONS, Attribute, ResourceType, Schema

if TYPE_CHECKING:
    from scim_operator.simulator.settings import Settings

DISCOVERY = {"ServiceProviderConfig", "ResourceTypes", "Schemas"}
_CORE = "urn:ietf:params:scim:schemas:core:2.0"


def discovered(name: str, id: str, request: Request, settings: Settings) -> Reply:
    """Returns the answer of a discovery endpoint, or one entry of it; raises Refusal 404, 405, and 501 by a fault."""
    style = request.hit(FaultName.DISCOVERY) or ("complete" if settings.discovery else "")
    if not style:
        raise Refusal(404, "There is no such endpoint.")
    if style == "501":
        raise Refusal(501, "Discovery is not implemented.")
    if request.method != "GET":
        raise Refusal(405, "Use GET here.")
    if name == "ServiceProviderConfig":
        if id:
            raise Refusal(404, "There is no such endpoint.")
        return Reply(200, orjson.dumps(_provider(style, settings)))
    resources = [_type(type_) for type_ in ResourceType] if name == "ResourceTypes" else _schemas(style)
    return Reply(200, orjson.dumps(_one(resources, id) if id else _list(resources, style)))


def _one(resources: list[Document], id: str) -> Document:
    """Returns the entry of that id (RFC 7644 section 4)."""
    found = [each for each in resources if each["id"].lower() == id.lower()]
    if not found:
        raise Refusal(404, "There is none of this id.")
    return found[0]


def _provider(style: str, settings: Settings) -> Document:
    patch = settings.patch_status is None and style != "no-patch"
    payload = settings.bulk_payload if settings.bulk else 0
    bulk = {"supported": bool(settings.bulk), "maxOperations": settings.bulk, "maxPayloadSize": payload}
    config: Document = {
        "schemas": [f"{_CORE}:ServiceProviderConfig"],
        "patch": {"supported": patch},
        "bulk": {"supported": False} if style == "incomplete" else bulk,
        "filter": {"supported": True, "maxResults": settings.page_cap},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": settings.etag},
        "authenticationSchemes": [
            {"type": "oauthbearertoken", "name": "OAuth Bearer Token", "description": "The token of the sync client"}
        ],
    }
    if style == "null":
        config.update(bulk=None, sort=None, documentationUri=None)
    return config


def _list(resources: list[Document], style: str) -> Json:
    if style == "array":
        return resources
    total = len(resources)
    return {
        "schemas": [LIST_URN],
        "totalResults": total,
        "startIndex": 1,
        "itemsPerPage": total,
        "Resources": resources,
    }


def _type(type_: ResourceType) -> Document:
    extensions = [{"schema": schema.urn, "required": False} for schema in EXTENSIONS[type_].values()]
    return {
        "schemas": [f"{_CORE}:ResourceType"],
        "id": type_.value,
        "name": type_.value,
        "endpoint": f"/{type_.endpoint}",
        "schema": CORE[type_].urn,
        "schemaExtensions": extensions,
    }


def _schemas(style: str) -> list[Document]:
    known = [*CORE.values(), *(schema for group in EXTENSIONS.values() for schema in group.values())]
    return [_schema(schema, style) for schema in known]


def _schema(schema: Schema, style: str) -> Document:
    attributes = [_attribute(attribute, schema.urn) for attribute in schema.attributes.values()]
    name = "".join(part[:1].upper() + part[1:] for part in schema.urn.split(":") if part in _PARTS)
    named = {"id": schema.urn, "name": name, "description": None if style == "null" else name}
    return {"schemas": [f"{_CORE}:Schema"], **named, "attributes": attributes}


_PARTS = ("enterprise", "ws1b", "User", "Group")
"""The parts of a URN that make the name of a schema, which is no other's."""


def _attribute(attribute: Attribute, of: str) -> Document:
    """Returns what a schema says of an attribute of that URN, or of another attribute (RFC 7643 section 7)."""
    kind = "complex" if attribute.subs else _TYPES.get(attribute.name, attribute.kind.value)
    subs = {"subAttributes": [_attribute(sub, attribute.name) for sub in attribute.subs.values()]}
    return {
        "name": attribute.name,
        "type": kind,
        "multiValued": attribute.multi,
        "required": _REQUIRED.get(of) == attribute.name,
        "caseExact": attribute.exact,
        "mutability": _mutability(attribute, of),
        "returned": "never" if attribute.never_returned else "always" if attribute.name == "id" else "default",
        "uniqueness": "server" if attribute.name in _UNIQUE else "none",
        **({"referenceTypes": _REFERENCES.get(of, ["external"])} if kind == "reference" else {}),
        **(subs if attribute.subs else {}),
    }


_TYPES = {"$ref": "reference", "created": "dateTime", "lastModified": "dateTime"}
_OF_MEMBERS = frozenset({"display", "type"})
"""Sub-attributes of members that follow from the member."""
_REQUIRED = {f"{_CORE}:User": "userName", f"{_CORE}:Group": "displayName"}
_UNIQUE = frozenset({"id", "userName"})
_REFERENCES = {"members": ["User", "Group"], "groups": ["Group"], "manager": ["User"]}


def _mutability(attribute: Attribute, of: str) -> str:
    if attribute.read_only or (of == "members" and attribute.name in _OF_MEMBERS):
        return "readOnly"
    return "writeOnly" if attribute.never_returned else "readWrite"
