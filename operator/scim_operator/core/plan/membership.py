"""The members that a group should gain and lose.

| policy    | at the service, not in the manifest            | in the manifest, not at the service |
|-----------|------------------------------------------------|-------------------------------------|
| Exclusive | removed                                        | added                               |
| Additive  | removed only if we added it earlier, else kept | added                               |
| Observe   | kept                                           | not added                           |

A manifest without `members` does not manage membership at all. Who is not wanted is removed whatever becomes of those
who are still to come, unless that very member may be one of them:

| the member who is not wanted                                         | Exclusive                                  |
|----------------------------------------------------------------------|--------------------------------------------|
| is that of a manifest which has left the scope, or is gone           | removed                                    |
| may be selected by an expression that fails                          | stays, and is reported                     |
| is no other manifest's, and may be that of one of which only the     | stays, and is reported                     |
| name is known, as of a file with errors                              |                                            |
| is another manifest's                                                | removed                                    |
| is what a pending member matches, or is known by                     | stays, as it is wanted; not who left and   |
|                                                                      | is disabled, for a pending suspended one   |
| is suspended, or otherwise `frozen`                                  | stays, and is named with the reason        |
| is listed, and no pending member matches it                          | removed                                    |
| is not listed by the service, while pending members may still come   | stays, and is reported                     |
| is a stranger, while it cannot be known what a pending one matches   | stays, and is reported                     |
| is a stranger, while the service cannot be listed                    | stays, and is reported                     |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scim_operator.api.enums import MembershipPolicy
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.plan.plan import Member, in_order
from scim_operator.core.values import valueclass

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Mapping

    from scim_operator.core.resource import Document


@valueclass(frozen=True, slots=True)
class Membership:
    """The members that the manifest asks for, resolved to ids."""

    policy: MembershipPolicy
    wanted: frozenset[Member]
    pending: tuple[str, ...] = ()
    """The names of members without an id yet."""
    lacking: int = 0
    """How many of these belong at the service."""
    coming: int = 0
    """How many of those may still come by themselves: one who is refused for good, or invalid, does not."""
    awaited: frozenset[Member] = frozenset()
    """What pending members match: a listing lacked it, which does not prove it gone, or it is to be taken over."""
    unknown: tuple[str, ...] = ()
    """The names of pending members of whom it cannot be known what they match, as where an expression fails."""
    frozen: Mapping[Member, str] = field(default_factory=dict)
    """Who neither comes nor goes, such as suspended users and groups, each with the reason, in words."""
    doubt: str = ""
    """Why anyone missing may still belong here, in words, as where an expression of it or of a nested group fails."""
    obscure: str = ""
    """The name of a manifest that may belong here, and of which nothing else is known; "" where there is none."""
    in_ring: bool = False
    """Whether the group is nested in itself by way of others."""
    unlisted: bool = False
    """Whether what may be a member was not listed, so that an id that no manifest has on record may be anyone."""
    recorded: bool = False
    """Whether the service shows no members, so that those put there are kept on record under any policy."""
    unshown: bool = False
    """Whether no listing has shown a member of any group yet: those whom we added may be there unseen."""
    placed: int = 0
    """How many of those who come are only to be taken over."""


FAILING = "an expression that selects members fails"
"""Why it is unknown who belongs in a group."""
UNAPPROVED = "protected, until its removal is approved"
"""Why the groups keep a protected user who is to leave."""


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """The ids that are known, by kind.

    `ours` are owned or were, `gone` are those of them whose manifest has left the scope, or is gone, and `listed` are
    those that the service has shown.
    """

    ours: Mapping[Kind, Container[str]]
    gone: Mapping[Kind, Container[str]]
    listed: Mapping[Kind, Container[str]]


STRANGERS = Acquaintance(dict.fromkeys(Kind, ()), dict.fromkeys(Kind, ()), dict.fromkeys(Kind, ()))


EVERYONE = "*"
"""In place of the ids that we put in: all members, of a group that is Exclusive. Its policy may be another tomorrow."""


def answered_for(recorded: Container[str], present: Iterable[str]) -> frozenset[str]:
    """Return which of the members present are ours to take out, by what is on record."""
    return frozenset(id for id in present if EVERYONE in recorded or id in recorded)


def on_record(
    policy: MembershipPolicy, planned: tuple[str, ...], recorded: Collection[str], present: Collection[str]
) -> tuple[str, ...]:
    """Return for whom we answer from now on: as planned, and who was to leave and is `present` still.

    A removal that waits, as for an approval, is ours to make later. `EVERYONE` ends with the policy, whatever is done
    with the group as it changes, be it nothing: who is in it by then is ours to take out where it turns Additive, and
    who comes after that is not; where it is only observed from then on, no one is.
    """
    every = EVERYONE in planned or EVERYONE in recorded
    if every and policy is MembershipPolicy.EXCLUSIVE:
        return planned
    sure = tuple(id for id in planned if id != EVERYONE)
    if every and policy is MembershipPolicy.OBSERVE:
        return sure
    still = answered_for(recorded, present)
    return tuple(sorted({*sure, *still})) if still - set(sure) else sure


@valueclass(frozen=True, slots=True)
class MemberChanges:
    """Members to add and to remove, sorted so that equal plans look equal.

    `kept` should leave, and `withheld` should join, each with the reason why they do not.
    """

    adds: tuple[Member, ...] = ()
    removals: tuple[Member, ...] = ()
    remembered: tuple[str, ...] = ()
    kept: tuple[tuple[Member, str], ...] = ()
    withheld: tuple[tuple[Member, str], ...] = ()


def member_changes(
    membership: Membership | None,
    observed: frozenset[Member],
    *,
    added: Collection[str],
    known: Acquaintance,
) -> MemberChanges:
    """Compare. `added` are the ids that we put in, seen or unseen, and still answer for, or `EVERYONE`."""
    if membership is None or membership.policy is MembershipPolicy.OBSERVE:
        return MemberChanges()
    unseen = {Member(id) for id in added if id != EVERYONE} if membership.unshown else set[Member]()
    present = observed | unseen
    wanted, added = membership.wanted, answered_for(added, (member.id for member in present))
    absent = wanted - observed
    adds = absent - membership.frozen.keys()
    surplus = present - wanted - membership.awaited
    exclusive = membership.policy is MembershipPolicy.EXCLUSIVE
    leaving = in_order(surplus if exclusive else (member for member in surplus if member.id in added))
    why = {member: _reason(membership, member, known, foreign=exclusive) for member in leaving}
    removals = tuple(member for member in leaving if not why[member])
    kept = tuple((_named(member, membership), why[member]) for member in leaving if why[member])
    # Not by who is unseen: that someone was about to be added does not say that they were (640316).
    withheld = tuple((each, membership.frozen[each]) for each in in_order(absent) if each in membership.frozen)
    if exclusive and not membership.recorded:
        # Who should leave and stays may be a stranger: that one is not ours, should the policy change now. Who is
        # `frozen` is none, and leaves later, as does whose removal waits for an approval.
        later = {member for member, _ in kept if member in membership.frozen and member.id in added}
        ours = {member.id for member in (wanted & observed) | adds | later | set(removals)} if kept else {EVERYONE}
        return MemberChanges(in_order(adds), removals, tuple(sorted(ours)), kept, withheld)
    still = wanted | membership.awaited | membership.frozen.keys() | {member for member, _ in kept}
    remembered = (added & {member.id for member in still}) | {member.id for member in adds}
    return MemberChanges(in_order(adds), removals, tuple(sorted(remembered)), kept, withheld)


def _reason(membership: Membership, member: Member, known: Acquaintance, *, foreign: bool) -> str:
    """Return why a member who is not wanted stays, in words; "" where it goes. `foreign`: it may be a stranger."""
    if member in membership.frozen:
        return membership.frozen[member]
    if member.id in known.gone[member.type.kind]:
        return ""
    if membership.doubt:
        return membership.doubt
    ours = member.id in known.ours[member.type.kind]
    if membership.obscure and not ours:
        return f"it may be that of {membership.obscure}, whose manifest is invalid"
    if not foreign or ours:
        return ""
    return _doubt(membership, listed=member.id in known.listed[member.type.kind])


def _doubt(membership: Membership, *, listed: bool) -> str:
    """Return why a stranger may be someone who is wanted, in words; "" where it is not."""
    if membership.unlisted:
        return "the service cannot be listed, and it is on record of no manifest"
    if membership.unknown:
        return f"it may be that of {membership.unknown[0]}, whose attributes cannot be known"
    if membership.coming > membership.placed and not listed:
        return "the service does not list it, and it may be a pending member's"
    return ""


def _named(member: Member, membership: Membership) -> Member:
    """Return the member with the manifest's name, where it is known."""
    return next((each for each in membership.frozen if each == member), member)


def observed_members(document: Document, groups: Container[str], wanted: Iterable[Member] = ()) -> frozenset[Member]:
    """Return the members of a group at the service.

    Where the service gives no type for a member, it is that of the wanted member of that id, else from `groups`,
    the ids of groups that may be members: a user and a group may have the same id.
    """
    types = {member.id: member.type for member in wanted}
    return frozenset(
        Member(
            value,
            (_type(member) if "type" in member else None) or types.get(value) or _by_id(value, groups),
            display=str(member["display"]) if "display" in member else "",
        )
        for member in document.get("members") or ()
        if (value := member.get("value"))
    )


_TYPES = {type.value.lower(): type for type in ResourceType}


def _type(member: Document) -> ResourceType | None:
    """Return the type that the service gives (RFC 7643 section 4.2)."""
    return _TYPES.get(str(member["type"]).lower())


def _by_id(value: str, groups: Container[str]) -> ResourceType:
    return ResourceType.GROUP if value in groups else ResourceType.USER
