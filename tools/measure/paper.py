"""A tenant in sync that exists on paper only: manifests, statuses and resources, each made when it is asked for.

So the memory of a process that follows such a tenant is the operator's own. Statuses carry the operator's proofs, and
a sweep over the tenant has nothing to write.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.core.keys import Kind, ObjectKey, ResourceType
from scim_operator.core.records.record import FINALIZER
from scim_operator.core.records.status import Reason, ServiceEntry, Verdict, entry_to_json
from scim_operator.core.resource import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from scim_operator.core.seal import Seal
from scim_operator.job.base.settings import settings_of
from scim_operator.job.gather.remembering import remembered
from scim_operator.scim.protocol import Response
from tools.measure.people import GROUP_SIZE, group, user

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scim_operator.core.ownership.proofs import Notary
    from scim_operator.core.resource import Document
    from scim_operator.scim.protocol import Request

NAMESPACE = "large"
URL = "https://tenant.example/usergroup/t/CUSTOMER/scim/v2"
KEY = b"the operator's key, over restarts"
THEN = "2026-01-01T00:00:00Z"
HOLDS = "The service holds it as mapped."
APPLIED = {
    Kind.USER: (
        *("userName", "active", "externalId", 'emails[type eq "work"].value', "name.givenName", "name.familyName"),
        *(f"{ENTERPRISE_USER}:department", "title", "displayName"),
    ),
    Kind.GROUP: ("displayName", "externalId"),
}
"""What the operator owns of each resource, in the order in which it writes that."""


@dataclass(frozen=True)
class Tenant:
    """So many users, and groups of twenty of them each."""

    users: int
    groups: int

    @property
    def config(self) -> dict[str, Any]:
        """Return the config, as the operator has left it."""
        metadata = {"namespace": NAMESPACE, "name": "vmware", "uid": named("config", 0), "generation": 1}
        service = {
            "url": URL,
            "auth": {"bearer": {"secretRef": {"name": "vmware-scim", "key": "token"}}},
            "budget": {"requestsPerSecond": 1000, "concurrency": 16},
        }
        spec = {"service": service, "scope": "All", "users": {"externalId": "Generated"}, "interval": "24h"}
        return {"metadata": metadata, "spec": spec, "status": {"service": {"url": URL}}}

    @cached_property
    def _notary(self) -> Notary:
        return remembered(settings_of(self.config), self.config["status"], Seal(KEY)).notary

    def count(self, kind: Kind) -> int:
        """Return how many objects of a kind there are."""
        return self.users if kind is Kind.USER else self.groups

    def manifests(self, kind: Kind) -> Iterator[bytes]:
        """Yield the manifests of a kind as the API server sends them."""
        for number in range(self.count(kind)):
            yield orjson.dumps(self._manifest(kind, number))

    def _manifest(self, kind: Kind, number: int) -> dict[str, Any]:
        body = user(number, NAMESPACE) if kind is Kind.USER else group(number, self.users, NAMESPACE)
        added = {"uid": named(f"uid of {kind}", number), "generation": 1, "resourceVersion": str(1_000_000 + number)}
        metadata = {**body["metadata"], **added, "finalizers": [FINALIZER], "creationTimestamp": THEN}
        return {**body, "metadata": metadata, "status": self._status(kind, number)}

    def _status(self, kind: Kind, number: int) -> dict[str, Any]:
        document, name = self.resource(kind.resource_type, number), name_of(kind, number)
        entry = ServiceEntry(
            config=self._notary.config.name,
            verdict=Verdict(Reason.PROVISIONED, HOLDS),
            generation=1,
            service=self._notary.service,
            id=document["id"],
            applied=APPLIED[kind],
            members=("*",) if kind is Kind.GROUP else (),
            identity=self._notary.identity(kind, document),
        )
        body = entry_to_json(self._notary.signed(ObjectKey(kind, NAMESPACE, name), entry), None, THEN)
        return {"observedGeneration": 1, "conditions": body["conditions"], "services": [body]}

    def resource(self, type: ResourceType, number: int) -> Document:
        """Return a resource as the service lists it."""
        return self._user(number) if type is ResourceType.USER else self._group(number)

    def _user(self, number: int) -> Document:
        spec, id = user(number, NAMESPACE)["spec"], named("User", number)
        groups = [each for each in (number // GROUP_SIZE,) if each < self.groups]
        return {
            "schemas": [CORE_USER, ENTERPRISE_USER],
            "id": id,
            "userName": spec["userName"],
            "active": True,
            "externalId": f"{NAMESPACE}/{name_of(Kind.USER, number)}",
            "emails": [{"type": "work", "value": spec["userName"]}],
            "name": spec["name"],
            ENTERPRISE_USER: spec["enterprise"],
            "title": spec["title"],
            "displayName": spec["displayName"],
            "groups": [{**_reference("Group", each), "display": f"Group {each}", "type": "direct"} for each in groups],
            "meta": _meta("User", number),
        }

    def _group(self, number: int) -> Document:
        spec = group(number, self.users, NAMESPACE)["spec"]
        numbers = [int(each["userRef"]["name"].rpartition("-")[2]) for each in spec["members"]]
        return {
            "schemas": [CORE_GROUP],
            "id": named("Group", number),
            "displayName": spec["displayName"],
            "externalId": f"{NAMESPACE}/{name_of(Kind.GROUP, number)}",
            "members": [{**_reference("User", each), "display": f"User Number {each}"} for each in numbers],
            "meta": _meta("Group", number),
        }


def name_of(kind: Kind, number: int) -> str:
    """Return the name of a manifest."""
    return f"user-{number:05}" if kind is Kind.USER else f"group-{number:05}"


def named(what: str, number: int) -> str:
    """Return an id that looks like chance."""
    return str(uuid.UUID(bytes=hashlib.sha256(f"{what} {number}".encode()).digest()[:16]))


def _reference(type: str, number: int) -> dict[str, str]:
    id = named(type, number)
    return {"value": id, "$ref": f"{URL}/{type}s/{id}"}


def _meta(type: str, number: int) -> dict[str, str]:
    at = f"2026-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.407Z"
    location = f"{URL}/{type}s/{named(type, number)}"
    return {"resourceType": type, "created": at, "lastModified": at, "location": location, "version": 'W/"1"'}


class PaperService:
    """The transport to the tenant's service: it lists, and takes nothing. `writes` counts what was to be taken."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self.writes = 0

    async def send(self, request: Request, headers: Mapping[str, str]) -> Response:
        """See `scim.transport.Transport.send`."""
        query = dict(request.query)
        if not request.reads:
            self.writes += 1
            return Response(501, {}, b"")
        if "filter" in query or request.names_resource:
            return _page([], 0, 1)
        start, count = int(query["startIndex"]), int(query["count"])
        total = self._tenant.count(request.type.kind)
        numbers = range(start - 1, min(start - 1 + count, total))
        return _page([self._tenant.resource(request.type, number) for number in numbers], total, start)

    async def close(self) -> None:
        """Give nothing back: nothing is held."""


def _page(resources: list[Document], total: int, start: int) -> Response:
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }
    return Response(200, {"content-type": "application/scim+json"}, orjson.dumps(body))
