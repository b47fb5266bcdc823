"""How a tenant has ended, without ids and dates, so that two tenants can be compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.core.resource import ENTERPRISE_USER
from verify.tenant import NO_ONE, members, names_of, plain, ready

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from verify.world import World

AWAY = frozenset({"True NotCreated", "True Emptied", "True OutOfScope", "True Disabled", " "})
"""What manifests say whose user or group is not to be there: which of them depends on what was there before."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What manifests say at the end, and what the service holds: attributes by userName, members by displayName.

    Who is disabled counts as absent: that a user was there before must make no other difference.
    """

    reasons: dict[tuple[str, str], str]
    users: dict[str, dict[str, Any]]
    groups: dict[str, frozenset[str]]


def outcome_of(world: World) -> Outcome:
    """Return how a world that is at rest has ended."""
    active = {id: user for id, user in world.service.users.items() if user.get("active") is not False}
    present = {id: name for id, name in names_of(world).items() if id in active}
    users = {user["userName"]: _attributes(user, present) for user in active.values()}
    groups = {
        group["displayName"]: frozenset(members(group, present)) - {NO_ONE} for group in world.service.groups.values()
    }
    return Outcome(dict(_reasons(world)), users, groups)


def _reasons(world: World) -> Iterator[tuple[tuple[str, str], str]]:
    for kind in Kind:
        for name, manifest in world.manifests(kind).items():
            said = ready(manifest)
            away = manifest["spec"].get("active") is False and said.endswith(" Provisioned")
            yield (kind.value, name), "True NotCreated" if away else said


def _attributes(user: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    found = plain(user, but=("schemas",))
    enterprise = dict(found.pop(ENTERPRISE_USER, None) or {})
    manager = names.get((enterprise.pop("manager", None) or {}).get("value", ""))
    return {**found, **enterprise, **({"manager": manager} if manager else {})}


def own_name(name: str) -> str:
    """Return the person or team that a userName, a displayName or a renamed manifest of a campaign is of."""
    return re.split(r"[@. -]", name)[0]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may differ from a fresh tenant.

    touched: names whose resource may hold more than the manifest says: a person put it there, or an earlier manifest.
    additive: of groups in which others' members stay, deleted ones too, by displayName, who these may be.
    left: names of manifests whose resource was left as it was when they were deleted; it stays a member and a manager.
    unmanaged: attributes that are not mapped any more, so that what was sent before stays.
    """

    touched: frozenset[str]
    additive: Mapping[str, frozenset[str]]
    left: frozenset[str]
    unmanaged: frozenset[str]


def differences(found: Outcome, fresh: Outcome, allowed: Allowance) -> Iterator[str]:
    """Yield how a tenant differs from one that was made fresh from the same manifests."""
    for key, reason in fresh.reasons.items():
        if found.reasons.get(key) != reason and not {found.reasons.get(key), reason} <= AWAY:
            yield f"{key} says {found.reasons.get(key)!r}, made fresh {reason!r}"
    for key in found.reasons.keys() - fresh.reasons.keys():
        yield f"the manifest {key} is still there: {found.reasons[key]!r}"
    yield from _users(found, fresh, allowed)
    for name, wanted in fresh.groups.items():
        has = found.groups.get(name)
        others = allowed.additive.get(name, frozenset()) | allowed.left
        if has is None or wanted - has or {own_name(one) for one in has - wanted} - others:
            yield f"the group {name} has {sorted(has or ())}, made fresh {sorted(wanted)}"
    for name in found.groups.keys() - fresh.groups.keys():
        others = allowed.additive.get(name, frozenset())
        if {own_name(one) for one in found.groups[name]} - others and own_name(name) not in allowed.left:
            yield f"the group {name}, which no manifest describes, has {sorted(found.groups[name])}"


def _users(found: Outcome, fresh: Outcome, allowed: Allowance) -> Iterator[str]:
    for name, user in fresh.users.items():
        has = found.users.get(name)
        if has is None:
            yield f"the user {name} is missing"
            continue
        more = own_name(name) in allowed.touched
        compared = user.keys() | (frozenset() if more else has.keys())
        former = {"externalId"} if more else frozenset()  # the mark of an earlier manifest, which a service may keep
        for attribute in sorted(compared - allowed.unmanaged - former):
            stays = attribute == "manager" and own_name(has.get(attribute) or "") in allowed.left
            if has.get(attribute) != user.get(attribute) and not stays:
                yield f"{name} has {attribute} {has.get(attribute)!r}, made fresh {user.get(attribute)!r}"
    for name in found.users.keys() - fresh.users.keys():
        if own_name(name) not in allowed.left:
            yield f"the user {name} is active, and would not be if made fresh"
