"""An update as PATCH operations, and what the service holds after it. Pure; `job.apply.executor` sends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scim_operator.core.attributes.diff import apply_changes, operations
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.plan.membership import observed_members
from scim_operator.core.plan.plan import in_order
from scim_operator.core.resource import PatchOperation, PatchVerb
from scim_operator.core.service.capabilities import MemberForm, MemberRemoval

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scim_operator.core.plan.plan import Member, Plan
    from scim_operator.core.resource import Document


def patches(
    plan: Plan, observed: Document, style: MemberRemoval, chunk: int, form: MemberForm = MemberForm.VALUE
) -> Iterator[tuple[PatchOperation, ...]]:
    """Return the requests of an update, none of which is empty: who leaves comes first.

    One request, unless more members come and go than `chunk`: services count both against their limit.
    """
    attributes, leaving = operations(plan.changes, observed), len(plan.member_removals)
    moving = (*plan.member_removals, *plan.member_adds)
    for start in range(0, max(len(moving), 1), chunk):
        removed = _removals(moving[start : min(start + chunk, leaving)], style)
        added = _adds(moving[max(start, leaving) : start + chunk], form)
        if request := (*(attributes if start == 0 else ()), *removed, *added):
            yield request


def _member(member: Member, form: MemberForm = MemberForm.VALUE) -> Document:
    # `type` and `display` are optional (RFC 7643 section 4.2), and strict services refuse what they do not expect: only
    # groups say their type, unless the service has refused that.
    value = {"value": member.id}
    if form is not MemberForm.VALUE or member.type is ResourceType.GROUP:
        value["type"] = member.type.value
    if form is MemberForm.NAMED and member.display:
        value["display"] = member.display
    return value


def _adds(members: Sequence[Member], form: MemberForm) -> tuple[PatchOperation, ...]:
    listed = [_member(member, form) for member in members]
    return (PatchOperation(PatchVerb.ADD, "members", listed),) if listed else ()


def _removals(members: Sequence[Member], style: MemberRemoval) -> tuple[PatchOperation, ...]:
    if style is MemberRemoval.VALUE_LIST and members:
        return (PatchOperation(PatchVerb.REMOVE, "members", [{"value": member.id} for member in members]),)
    return tuple(PatchOperation(PatchVerb.REMOVE, f"members[value eq {json.dumps(member.id)}]") for member in members)


def members_after(document: Document, plan: Plan) -> frozenset[Member]:
    """Return the members of a group once the plan is carried out."""
    return observed_members({"members": _kept(document, plan)}, ()) | frozenset(plan.member_adds)


def _kept(document: Document, plan: Plan) -> list[Document]:
    """Return the members that the plan leaves in a group, as they are shown."""
    gone = {member.id for member in plan.member_removals}
    return [each for each in document.get("members") or () if each.get("value") and each["value"] not in gone]


def with_members(document: Document, members: frozenset[Member], form: MemberForm = MemberForm.VALUE) -> Document:
    """Return the group with exactly these members, whatever its answer left out."""
    return {**document, "members": [_member(member, form) for member in in_order(members)]}


def after(observed: Document, plan: Plan, answer: Document | None) -> Document:
    """Return what the service holds after an update: its answer, or where it gave none, what we asked for."""
    kept: Document = {name: observed[name] for name in ("id", "groups") if name in observed}
    if meta := observed.get("meta"):
        # The version has changed to an unknown one: a request with the old one would only be refused.
        kept["meta"] = {name: value for name, value in meta.items() if name != "version"}
    # There may be many thousands of members, and the plan has them: they are not copied with the rest.
    rest = {name: value for name, value in observed.items() if name != "members"}
    document = answer if answer and tells(answer) else {**apply_changes(rest, plan.changes), **kept}
    return {**document, "members": _shown_after(observed, plan)} if plan.key.kind is Kind.GROUP else document


def _shown_after(observed: Document, plan: Plan) -> list[Document]:
    """Return the members that a group shows once the plan is carried out: most stay as they are shown."""
    kept, coming = _kept(observed, plan), {member.id for member in plan.member_adds}
    there = observed_members({"members": [each for each in kept if each["value"] in coming]}, (), plan.member_adds)
    return kept + [_member(member) for member in in_order(plan.member_adds) if member not in there]


def tells(answer: Document | None) -> bool:
    """Return whether the answer to a write shows the resource."""
    return bool(answer and answer.get("id"))


def lost_members(plan: Plan, expected: Document, actual: Document) -> tuple[Member, ...]:
    """Return whom a group lacks that the plan neither adds nor removes, although they were there right before."""
    lost = member_ids(expected) - {member.id for member in plan.member_adds} - member_ids(actual)
    return in_order(member for member in observed_members(expected, ()) if member.id in lost) if lost else ()


def is_dialect(plan: Plan, wanted: frozenset[str], found: frozenset[str]) -> bool:
    """Return whether a group is not as wanted because the service did not obey, and not through someone else."""
    added = {member.id for member in plan.member_adds}
    removed = {member.id for member in plan.member_removals}
    kept = wanted - added
    return bool(added - found or removed & found or (kept and not kept & found))


def version_of(document: Document) -> str | None:
    """Return the version (ETag) that the document gives, None without one."""
    version = (document.get("meta") or {}).get("version")
    return version if isinstance(version, str) else None


def member_ids(document: Document) -> frozenset[str]:
    """Return the ids of a group's members."""
    return frozenset(value for member in document.get("members") or () if (value := member.get("value")))
