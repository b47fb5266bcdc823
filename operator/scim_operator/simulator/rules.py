"""Checks of a resource before the service stores it, and changes to its values on the way in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.messages import Document, Json, Refusal
from scim_operator.simulator.schema import ResourceType

if TYPE_CHECKING:
    from scim_operator.simulator.drafts import Draft
    from scim_operator.simulator.store import Resource, Store

_REQUIRED = {
    ResourceType.USER: ("userName", "externalId", "name.givenName", "name.familyName", "active"),
    ResourceType.GROUP: ("displayName", "externalId"),
}
_RFC_REQUIRED = {ResourceType.USER: ("userName",), ResourceType.GROUP: ("displayName",)}
_UNIQUE = {ResourceType.USER: ("userName", "externalId"), ResourceType.GROUP: ("displayName", "externalId")}
_WORK_MAIL = 'emails[type eq "work"].value'


def is_required(type_: ResourceType, key: str, *, strict: bool) -> bool:
    """Returns whether the attribute of that path in lower case is required."""
    return key in {name.lower() for name in (_REQUIRED if strict else _RFC_REQUIRED)[type_]}


def missing(type_: ResourceType, document: Document, *, strict: bool) -> list[str]:
    """Returns the required attributes that a document lacks or has empty."""
    names = (_REQUIRED if strict else _RFC_REQUIRED)[type_]
    found = [name for name in names if _at(document, name) in (None, "")]
    if strict and type_ is ResourceType.USER and not _has_work_mail(document):
        found.append(_WORK_MAIL)
    return found


def _at(document: Document, name: str) -> Json:
    first, _, sub = name.partition(".")
    value = document.get(first)
    return value.get(sub) if sub and isinstance(value, dict) else (None if sub else value)


def _has_work_mail(document: Document) -> bool:
    emails = document.get("emails", ())
    return any(str(email.get("type", "")).lower() == "work" and email.get("value") for email in emails)


def require(draft: Draft) -> None:
    """Raises Refusal 400 invalidValue that names every required attribute that is missing."""
    more = draft.request.hit(FaultName.REQUIRED) or ""
    lacking = missing(draft.type, draft.document, strict=draft.strict)
    lacking += [name for name in filter(None, more.split(",")) if _at(draft.document, name) in (None, "", [])]
    if lacking:
        raise Refusal(400, f"Required attributes are missing: {', '.join(lacking)}.", "invalidValue")


def require_unique(draft: Draft, store: Store, own_id: str) -> None:
    """Raises Refusal 409 uniqueness when another resource has a value that only one can have."""
    for name in _UNIQUE[draft.type]:
        value = draft.document.get(name)
        others = store.of(draft.type).find(name.lower(), value) if isinstance(value, str) else None
        taken = any(other.id != own_id for other in others or ())
        if taken and not draft.request.suffers(FaultName.DUPLICATE_ALLOWED):
            raise Refusal(409, f"Another {draft.type.value} has this {name}.", "uniqueness")
    more = draft.request.hit(FaultName.UNIQUE_ATTRIBUTE)
    wanted = _texts(draft.document, more) if more else set()
    rest = store.of(draft.type).ordered() if wanted else ()
    if more and any(other.id != own_id and wanted & _texts(other.document(), more) for other in rest):
        raise Refusal(409, f"Another {draft.type.value} has this {more}.", "uniqueness")


def _texts(document: Document, name: str) -> set[str]:
    """Returns the texts of an attribute of the resource or of an extension, without regard to case."""
    holders = (document, *(value for value in document.values() if isinstance(value, dict)))
    found = [value for holder in holders for value in _listed(holder.get(name))]
    texts = (value.get("value") if isinstance(value, dict) else value for value in found)
    return {text.casefold() for text in texts if isinstance(text, str)}


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def require_members(draft: Draft, store: Store, *, nested: bool) -> None:
    """Raises Refusal for members that do not exist or cannot be members, and for too many of them."""
    _check_cap(draft)
    for member in draft.members.gained:
        resource = store.any(member)
        if resource is None or (resource.type is ResourceType.GROUP and not nested):
            raise Refusal(400, f"The member {member} is no User here.", "invalidValue")
        if _is_inactive(resource) and draft.request.suffers(FaultName.INACTIVE_MEMBER):
            raise Refusal(400, f"The member {member} is not active.", "invalidValue")
        _refuse_young(draft, store, resource)
    size = draft.request.hit(FaultName.GROUP_SIZE) if draft.type is ResourceType.GROUP else None
    if size is not None and len(draft.members) > int(size):
        raise Refusal(413, f"A group has at most {size} members.", "tooMany")


def _refuse_young(draft: Draft, store: Store, member: Resource) -> None:
    youth = draft.request.hit(FaultName.YOUNG_MEMBER)
    if youth is None:
        return
    age, _, status = youth.partition(":")
    if member.born > store.clock() - int(age) / 1000:
        raise Refusal(int(status or 400), "A member is not known.", "invalidValue")


def _check_cap(draft: Draft) -> None:
    cap = draft.request.hit(FaultName.MEMBER_CAP) if draft.named else None
    if cap is None:
        return
    number, _, status = cap.partition(":")
    if draft.named > int(number):
        raise Refusal(int(status or 400), f"A request names at most {number} members.", "tooMany")


def _is_inactive(resource: Resource) -> bool:
    return resource.type is ResourceType.USER and resource.document().get("active") is False


def settle(draft: Draft) -> None:
    """Changes the values as the faults say: several values, other formats. Raises Refusal."""
    several = [name for name, value in draft.document.items() if isinstance(value, list) and len(value) > 1]
    style = draft.request.hit(FaultName.MULTI_VALUE) if several else None
    if style == "refused":
        raise Refusal(400, f"Only one value is supported for {', '.join(several)}.", "invalidValue")
    if style == "work-only":
        _keep_work(draft.document, several)
    reformat = draft.request.hit(FaultName.REFORMAT)
    if reformat:
        draft.document.update(_reformatted(draft.document, reformat))


def _keep_work(document: Document, names: list[str]) -> None:
    for name in names:
        work = [item for item in document[name] if isinstance(item, dict) and item.get("type") == "work"]
        document[name] = (work or document[name])[:1]


def _reformatted(document: Document, how: str) -> Document:
    if how == "lower":
        return {"userName": document["userName"].lower()} if "userName" in document else {}
    if how == "trim":
        return {name: value.strip() for name, value in document.items() if isinstance(value, str)}
    numbers = document.get("phoneNumbers", [])
    bare = [{**number, "value": str(number.get("value", "")).replace(" ", "")} for number in numbers]
    return {"phoneNumbers": bare} if bare else {}


def keep_immutable(draft: Draft, old: Document, *, external_id: bool) -> None:
    """Puts back what an update cannot change, without an error, and notes it."""
    if external_id and "externalId" in old:
        _put_back(draft, old, "externalId")
    ignored = draft.request.hit(FaultName.IGNORED_ATTRIBUTE)
    if ignored:
        _put_back(draft, old, ignored)


def refuse_changes(draft: Draft, old: Document) -> None:
    """Raises Refusal when an update changes an attribute that the service lets no one change."""
    name, _, how = (draft.request.hit(FaultName.REFUSED_ATTRIBUTE) or "").partition(":")
    status, _, kind = how.partition(":")
    if name and draft.document.get(name) != old.get(name):
        raise Refusal(int(status or 400), f"The attribute {name} cannot have this value.", kind or "invalidValue")


def _put_back(draft: Draft, old: Document, name: str) -> None:
    if draft.document.get(name) == old.get(name):
        return
    draft.notes.append(f"has an update for {name} which will be ignored")
    if name in old:
        draft.document[name] = old[name]
    else:
        draft.document.pop(name, None)
