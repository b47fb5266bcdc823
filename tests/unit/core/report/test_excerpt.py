"""The beginning of a plan: bounded, the gravest first, in whatever order the plans come, and without a value."""

from __future__ import annotations

import random
from dataclasses import replace

import orjson

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import MISSING, parse
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.report.excerpt import MOST, excerpt, excerpt_to_json, with_plan


def plan(name: str, verb: Verb | None, kind: Kind = Kind.USER) -> Plan:
    return Plan(ObjectKey(kind, "identity", name), Verdict(Reason.PROVISIONED, ""), verb, id="1")


UPDATE = replace(plan("ada", Verb.UPDATE), changes=(AttributeChange(parse("title"), MISSING, "Countess"),))
REMOVAL = replace(plan("engineering", Verb.UPDATE, Kind.GROUP), member_removals=(Member("7"),), coming=2)


def test_the_gravest_come_first_in_whatever_order_they_are_found() -> None:
    grave = [
        plan("zoe", Verb.DELETE),
        plan("bob", Verb.DISABLE),
        REMOVAL,
        UPDATE,
        plan("abe", Verb.CREATE),
        plan("abel", Verb.CREATE),
    ]
    for seed in range(10):
        shuffled = random.Random(seed).sample(grave, len(grave))
        assert excerpt(shuffled) == tuple(grave)


def test_what_sends_nothing_is_not_shown() -> None:
    assert excerpt([plan("ada", None)]) == ()


def test_it_is_bounded_and_keeps_the_gravest() -> None:
    creates = [plan(f"user-{number:03}", Verb.CREATE) for number in range(3 * MOST)]
    shown = excerpt([*reversed(creates), plan("zoe", Verb.DISABLE)])
    assert shown == (plan("zoe", Verb.DISABLE), *creates[: MOST - 1])
    assert with_plan(shown, plan("zzz", Verb.CREATE)) == shown
    many = tuple(AttributeChange(parse(f"x{number}"), MISSING, "") for number in range(2 * MOST))
    [body] = excerpt_to_json([replace(UPDATE, changes=many)])
    assert len(body["attributes"]) == MOST


def test_it_names_attributes_and_counts_members_without_a_value() -> None:
    bodies = excerpt_to_json(excerpt([UPDATE, REMOVAL]))
    assert bodies == [
        {"object": "scimgroup/engineering", "verb": "Update", "attributes": [], "memberAdds": 2, "memberRemovals": 1},
        {"object": "scimuser/ada", "verb": "Update", "attributes": ["title"], "memberAdds": 0, "memberRemovals": 0},
    ]
    assert b"Countess" not in orjson.dumps(bodies)
