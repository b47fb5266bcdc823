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


def discovered(name: str, request: Request, settings: Settings) -> Reply:
    """Returns the answer of a discovery endpoint; raises Refusal 404 where there is none, 501 by a fault."""
    style = request.hit(FaultName.DISCOVERY) or ("complete" if settings.discovery else "")
    if not style:
        raise Refusal(404, "There is no such endpoint.")
    if style == "501":
        raise Refusal(501, "Discovery is not implemented.")
    if request.method != "GET":
        raise Refusal(405, "Use GET here.")
    document = _provider(style, settings) if name == "ServiceProviderConfig" else _list(name, style)
    return Reply(200, orjson.dumps(document))


def _provider(style: str, settings: Settings) -> Document:
    patch = settings.patch_status is None and style != "no-patch"
    bulk = {"supported": False, "maxOperations": 0, "maxPayloadSize": 0}
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


def _list(name: str, style: str) -> Json:
    resources = [_type(type_) for type_ in ResourceType] if name == "ResourceTypes" else _schemas(style)
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
    attributes = [_attribute(attribute) for attribute in schema.attributes.values()]
    description = None if style == "null" else schema.urn.rpartition(":")[2]
    return {"schemas": [f"{_CORE}:Schema"], "id": schema.urn, "description": description, "attributes": attributes}


def _attribute(attribute: Attribute) -> Document:
    kind = "complex" if attribute.subs else attribute.kind.value
    subs = {"subAttributes": [_attribute(sub) for sub in attribute.subs.values()]} if attribute.subs else {}
    return {
        "name": attribute.name,
        "type": kind,
        "multiValued": attribute.multi,
        "caseExact": attribute.exact,
        "mutability": "readOnly" if attribute.read_only else "readWrite",
        **subs,
    }
