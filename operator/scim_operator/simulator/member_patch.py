"""PATCH of a group's members, in steps of the size of the change, with the faults that services show there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.documents import matches
from scim_operator.simulator.drafts import Draft, member_ids
from scim_operator.simulator.messages import Json, Refusal
from scim_operator.simulator.oddities import check_members

if TYPE_CHECKING:
    from scim_operator.simulator.names import Filter, Path


def patch_members(draft: Draft, verb: str, path: Path, value: Json) -> None:
    """Applies one operation on `members`; raises Refusal."""
    if path.sub is not None or (path.where and verb != "remove"):
        raise Refusal(400, "A member is added or removed as a whole.", "mutability")
    if path.where:
        _remove_selected(draft, path.where)
    elif verb == "remove":
        _remove_listed(draft, value)
    elif verb == "add":
        check_members(draft, value)
        _add(draft, _named(draft, value))
    else:
        _replace(draft, _named(draft, value))


def _named(draft: Draft, value: Json) -> list[str]:
    ids = member_ids(value if value is not None else [])
    draft.named += len(ids)
    return ids


def _add(draft: Draft, ids: list[str]) -> None:
    fault = draft.request.hit(FaultName.MEMBER_ADD)
    if fault == "fails" and any(identifier in draft.members for identifier in ids):
        raise Refusal(500, "A member is there already.")
    if fault == "replaces":
        draft.members.replace(ids)
    else:
        draft.members.add(ids, copies=fault == "duplicates")


def _replace(draft: Draft, ids: list[str]) -> None:
    if not ids:
        refuse_empty(draft)
    draft.members.replace(ids)


def refuse_empty(draft: Draft) -> None:
    """Raises Refusal where the service does not take an empty list of members."""
    if draft.request.suffers(FaultName.EMPTY_MEMBERS):
        raise Refusal(400, "The list of members cannot be empty.", "invalidValue")


def _remove_selected(draft: Draft, where: Filter) -> None:
    chosen = _selected(draft, where)
    draft.named += len(chosen)
    if not _spoilt(draft, FaultName.MEMBER_REMOVAL):
        draft.members.remove(chosen)


def _remove_listed(draft: Draft, value: Json) -> None:
    if value is None or value == []:
        refuse_empty(draft)
        draft.members.clear()
        return
    ids = _named(draft, value)
    if not _spoilt(draft, FaultName.MEMBER_LIST_REMOVAL):
        draft.members.remove(ids)


def _spoilt(draft: Draft, name: FaultName) -> bool:
    """Returns whether a fault makes something else of the removal; raises Refusal where it is refused."""
    fault = draft.request.hit(name)
    if fault == "refused":
        raise Refusal(400, "The path of this removal is not supported.", "invalidPath")
    if fault == "clears":
        draft.members.clear()
    return fault is not None


def _selected(draft: Draft, where: Filter) -> list[str]:
    first = where[0]
    if len(where) == 1 and first.path.key == "value":
        return [first.value] if first.value in draft.members else []
    return [member for member in draft.members if matches({"value": member, "display": draft.display(member)}, where)]
