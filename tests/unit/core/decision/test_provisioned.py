"""What a status says once all is sent: what is still missing is named, and is never Ready."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scim_operator.api.enums import MembershipPolicy
from scim_operator.core.decision.facts import Awaited, Facts
from scim_operator.core.decision.provisioned import provisioned
from scim_operator.core.plan.membership import MemberChanges, Membership
from scim_operator.core.plan.plan import Member
from scim_operator.core.records.status import Reason
from tests.support.deciding import EVE, THERE, Case, facts_of, rules

FACTS = facts_of(Case("", None, Reason.PROVISIONED, THERE, owned=True), rules())
AS_MAPPED = "The service holds it as mapped"
RING = " It is nested in itself by way of its members: all groups of such a ring have the same members."


def group(**membership: object) -> Facts:
    return replace(FACTS, membership=Membership(MembershipPolicy.EXCLUSIVE, frozenset(), **membership))


def members(*names: str) -> tuple:
    return tuple((Member(str(n), name=name), "suspended") for n, name in enumerate(names))


WHOLE, LESS = Reason.PROVISIONED, Reason.INCOMPLETE
SAID = [
    (FACTS, MemberChanges(), WHOLE, f"{AS_MAPPED}."),
    (group(), MemberChanges(), WHOLE, f"{AS_MAPPED}."),
    (
        replace(FACTS, awaits=Awaited(EVE, belongs=True, ids=None)),
        MemberChanges(),
        LESS,
        f"{AS_MAPPED}; its manager scimuser/eve is still to be provisioned.",
    ),
    (
        replace(FACTS, awaits=Awaited(EVE, belongs=False, ids=None)),
        MemberChanges(),
        WHOLE,
        f"{AS_MAPPED}; its manager scimuser/eve is still to be provisioned.",
    ),
    (group(pending=("a",), lacking=1), MemberChanges(), LESS, f"{AS_MAPPED}; still to be provisioned: 1 member."),
    (group(pending=("a", "b")), MemberChanges(), WHOLE, f"{AS_MAPPED}; still to be provisioned: 2 members."),
    (
        group(pending=("a", "b"), lacking=2, placed=1),
        MemberChanges(),
        LESS,
        f"{AS_MAPPED}; still to be provisioned: 2 members, of which 1 waits to be taken over.",
    ),
    (
        group(pending=("a", "b"), lacking=2, placed=2),
        MemberChanges(),
        LESS,
        f"{AS_MAPPED}; still to be provisioned: 2 members, of which 2 wait to be taken over.",
    ),
    (group(), MemberChanges(kept=members("eve")), LESS, f"{AS_MAPPED}; still in it: eve (suspended)."),
    (
        group(),
        MemberChanges(kept=members(""), withheld=members("bob")),
        LESS,
        f"{AS_MAPPED}; still in it: one whom no manifest names (suspended); not in it yet: bob (suspended).",
    ),
    (
        group(),
        MemberChanges(withheld=members(*"abcde")),
        LESS,
        f"{AS_MAPPED}; not in it yet: {', '.join(f'{name} (suspended)' for name in 'abcde')}.",
    ),
    (
        group(),
        MemberChanges(withheld=members(*"abcdefg")),
        LESS,
        f"{AS_MAPPED}; not in it yet: {', '.join(f'{name} (suspended)' for name in 'abcde')} and 2 more.",
    ),
    (
        group(recorded=True),
        MemberChanges(),
        WHOLE,
        f"{AS_MAPPED}; members that it does not show are taken to be as sent.",
    ),
    (group(in_ring=True), MemberChanges(), WHOLE, f"{AS_MAPPED}.{RING}"),
]


@pytest.mark.parametrize(("facts", "changes", "reason", "message"), SAID, ids=[message[30:80] for *_, message in SAID])
def test_what_is_said(facts: Facts, changes: MemberChanges, reason: Reason, message: str) -> None:
    verdict = provisioned(facts, changes)
    assert (verdict.reason, verdict.message) == (reason, message)
