"""Objects at rest: a plan of "nothing" that holds until something moves that it stands on (ADR 0029).

Only the plain case rests: what is ours by the id on record, in scope, as mapped, and waits for nothing. What a plan of
it stands on is the manifest, its entry, the resource, what others claim, its managers and members, and the `Ground` of
the config; each of these says when it moves (`job/gather/rest.py`). All else is planned in each sweep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from scim_operator.core.decision.claims import NONE
from scim_operator.core.records.status import Reason

if TYPE_CHECKING:
    from collections.abc import Hashable
    from collections.abc import Set as AbstractSet

    from scim_operator.core.decision.facts import Facts, Rules
    from scim_operator.core.keys import Kind, ObjectKey
    from scim_operator.core.plan.membership import Membership
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.resource import Document


@dataclass(frozen=True, slots=True)
class Ground:
    """What every plan of a config stands on. Where any of it is otherwise, all objects are planned again."""

    unread: AbstractSet[object]
    """The resource types that could not be listed."""
    shows_members: bool
    nests: bool
    """Whether the service takes groups as members."""
    learned: tuple[Hashable, ...]
    """The attributes by which resources can be found besides."""
    terminating: AbstractSet[Kind]
    suspended: AbstractSet[ObjectKey]
    invalid: AbstractSet[ObjectKey]
    doubtful: AbstractSet[str]
    """The groups of which some members are unknown."""


def may_rest(rules: Rules) -> bool:
    """Return whether objects of a kind rest at all: not where a plan asks the clock, chance, or what is free."""
    mappings = [each.expression for each in rules.mappings if each.expression is not None]
    varies = any(each.varies or each.selects for each in mappings)
    scoped = rules.scoping.expression is not None and rules.scoping.expression.varies
    return rules.enabled and not (varies or scoped or rules.transfer_to)


def rests(facts: Facts, plan: Plan, holders: tuple[str, ...]) -> bool:
    """Return whether the same is planned until something moves. `holders` are the ids of what carries its mark."""
    record, entry, match = facts.record, facts.entry, facts.match
    if plan.acts or plan.toward or plan.verdict.reason is not Reason.PROVISIONED or plan.pending or entry is None:
        return False
    ours = match.owned and match.by == "id" and facts.scope.in_scope and not facts.scope.undecided
    still = not (record.window or record.deleting or record.suspended or record.invalid or record.earlier)
    waits = facts.fault or facts.awaits or facts.exchanges.blocked or facts.exchanges.astray
    alone = facts.contention == NONE and set(holders) <= {plan.id}
    keeps = any(form.kept for form in entry.reformatted)
    return ours and still and not waits and alone and not keeps and _is_plain(facts.membership)


def _is_plain(membership: Membership | None) -> bool:
    """Return whether a group has all its members, and nothing about them is in doubt."""
    if membership is None:
        return True
    coming = membership.pending or membership.awaited or membership.unknown or membership.coming
    doubt = membership.doubt or membership.obscure or membership.in_ring
    return not (coming or doubt or membership.recorded or membership.unshown or membership.unlisted)


def is_alike(one: Document, other: Document) -> bool:
    """Return whether a plan sees no difference.

    When a resource was written, in which groups a user is and in which order a group's members come is in no plan.
    """
    return _seen(one) == _seen(other)


_UNSEEN = ("lastModified", "version")


def _seen(document: Document) -> Document:
    seen = {name: value for name, value in document.items() if name != "groups"}
    if meta := document.get("meta"):
        seen["meta"] = {name: value for name, value in meta.items() if name not in _UNSEEN}
    if members := document.get("members"):
        seen["members"] = sorted(orjson.dumps(member, option=orjson.OPT_SORT_KEYS) for member in members)
    return seen
