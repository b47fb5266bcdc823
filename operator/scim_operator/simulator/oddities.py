"""What some services insist on, or lose, when a resource is written: faults that no RFC has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.documents import get
from scim_operator.simulator.messages import Document, Json, Refusal
from scim_operator.simulator.schema import ResourceType

if TYPE_CHECKING:
    from scim_operator.simulator.drafts import Draft
    from scim_operator.simulator.store import Resource

_KEPT = frozenset({"username", "externalid", "active", "name", "emails"})


def check_put_id(resource: Resource, draft: Draft, body: Document) -> None:
    """Raises Refusal where a PUT has to carry the id, or must not."""
    how, given = draft.request.hit(FaultName.PUT_ID), get(body, "id")
    if how == "required" and given != resource.id:
        raise Refusal(400, "User ID mismatch.", "invalidValue")
    if how == "refused" and given is not None:
        raise Refusal(400, "id is readOnly.", "mutability")


def check_members(draft: Draft, value: Json) -> None:
    """Raises Refusal for new members that say too little of themselves."""
    how = draft.request.hit(FaultName.MEMBER_FORM) if value else None
    wanted = {None: (), "typed": ("type",), "named": ("type", "display")}[how]
    listed = value if isinstance(value, list) else [value]
    for each in listed:
        if any(not get(each, name) for name in wanted):
            raise Refusal(400, f"A member needs {' and '.join(wanted)}.", "invalidValue")


def check_patched(draft: Draft, names: frozenset[str]) -> None:
    """Raises Refusal where PATCH is for one attribute only; drops what a careless service does not keep."""
    only = draft.request.hit(FaultName.PATCH_LIMITED)
    if only is not None and names - {only.lower()}:
        raise Refusal(400, f"PATCH changes {only} only.", "invalidPath")
    if draft.type is ResourceType.USER and draft.request.suffers(FaultName.DROPPED_ATTRIBUTES):
        for name in [name for name in draft.document if name.lower() not in names | _KEPT]:
            del draft.document[name]


def lose_members(draft: Draft, old: Document) -> None:
    """Takes the members out of a group that gets another attribute, where the service does."""
    changed = draft.type is ResourceType.GROUP and draft.document != old
    if changed and draft.request.suffers(FaultName.LOST_MEMBERS):
        draft.members.clear()


def patched_names(body: Document) -> frozenset[str]:
    """Returns the attributes that the operations of a PATCH name, in lower case."""
    operations = [each for each in get(body, "Operations") or () if isinstance(each, dict)]
    paths = [str(get(each, "path") or "") for each in operations]
    keys = [key for each in operations if isinstance(value := get(each, "value"), dict) for key in value]
    named = [path for path in paths if path] + [key for key in keys if not all(paths)]
    return frozenset(map(_attribute, named))


def _attribute(path: str) -> str:
    lower = path.lower()
    return lower if lower.startswith("urn:") else lower.split("[")[0].split(".")[0]
