"""A plan as the SCIM requests that carry it out, in their order: what mode Plan shows is what Apply sends.

The executor sends these very requests, and where the service wants another dialect, those that go with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.attributes.diff import apply_changes
from scim_operator.core.keys import ResourceType
from scim_operator.core.plan.parts import parts
from scim_operator.core.plan.update import after, members_after, patches, with_members
from scim_operator.core.plan.verb import Verb
from scim_operator.scim.protocol import create_request, delete_request, modify_request, replace_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.resource import Document
    from scim_operator.core.service.capabilities import Capabilities
    from scim_operator.scim.protocol import Request

NEW_ID = "id-that-the-service-gives"


def requests(plan: Plan, observed: Document | None, capabilities: Capabilities) -> Iterator[Request]:
    """Yield the requests of a plan, given what the service has (None: nothing) and can do.

    A group that is created with more members than one request takes is filled by further plans: it has an id then.
    """
    type = plan.key.kind.resource_type
    capabilities = capabilities.of(type)
    if plan.verb is Verb.CREATE:
        yield create_request(type, new_document(plan, capabilities))
    elif plan.verb is Verb.DELETE:
        yield delete_request(type, plan.id)
    elif plan.verb is not None and observed is not None:
        yield from _updates(type, plan, observed, capabilities)


def all_requests(plan: Plan, observed: Document | None, capabilities: Capabilities) -> Iterator[Request]:
    """The same, and after a create what fills the group, addressed to `NEW_ID` as its id is not known yet."""
    yield from requests(plan, observed, capabilities)
    rest = plan.member_adds[capabilities.member_chunk :]
    if plan.verb is Verb.CREATE and rest:
        created = {**new_document(plan, capabilities), "id": NEW_ID}
        filling = replace(plan, verb=Verb.UPDATE, id=NEW_ID, changes=(), member_adds=rest)
        yield from requests(filling, created, capabilities)


def new_document(plan: Plan, capabilities: Capabilities) -> Document:
    """Return the body of a create: the resource, and as many of its members as one request takes."""
    assert plan.document is not None  # noqa: S101 - what Verb.CREATE means
    first = frozenset(plan.member_adds[: capabilities.member_chunk])
    return with_members(plan.document, first, capabilities.member_form) if first else plan.document


def whole_document(type: ResourceType, plan: Plan, observed: Document, capabilities: Capabilities) -> Document:
    """Return the body of a PUT: what the service has, with the plan's changes made.

    The id is in it, which RFC 7644 section 3.5.1 has ignored and some services insist on ("User ID mismatch").
    """
    body = apply_changes(observed, plan.changes)
    if type is ResourceType.GROUP:
        body = with_members(body, members_after(observed, plan), capabilities.member_form)
    return {**body, "id": plan.id} if capabilities.put_id else body


def _updates(type: ResourceType, plan: Plan, observed: Document, capabilities: Capabilities) -> Iterator[Request]:
    for part in parts(plan):
        yield from _update(type, part, observed, capabilities)
        observed = after(observed, part, None)


def _update(type: ResourceType, plan: Plan, observed: Document, capabilities: Capabilities) -> Iterator[Request]:
    if not capabilities.patch:
        yield replace_request(type, plan.id, whole_document(type, plan, observed, capabilities))
        return
    style, chunk = capabilities.member_removal, capabilities.member_chunk
    for operations in patches(plan, observed, style, chunk, capabilities.member_form):
        yield modify_request(type, plan.id, operations)
