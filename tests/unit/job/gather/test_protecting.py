"""How far an object is protected, and that taking a label off enables no removal within the window."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.knowing import Known, group, key, user

ADA, BOB = key("ada"), key("bob")
CHOSEN = {"protected": {"users": [{"selector": {"matchLabels": {"tier": "admin"}}}, {"userRef": {"name": "bob"}}]}}
DAY = 24 * 3600.0


def protected(known: Known, name: str, kind: Kind = Kind.USER) -> bool:
    return known.knowledge.desired.protecting.of(known.record(name, kind)).protected


def admin(**more: Any) -> Known:
    return Known(user("ada", labels={"tier": "admin"}), user("bob"), user("eve"), **CHOSEN, **more)


def test_by_name_and_by_label() -> None:
    known = admin()
    assert [protected(known, name) for name in ("ada", "bob", "eve")] == [True, True, False]
    assert known.knowledge.desired.protecting.users == {ADA, BOB}
    assert not protected(Known(user("ada"), group("bob"), **CHOSEN), "bob", Kind.GROUP)


@pytest.mark.parametrize(("seconds", "still"), [(0, True), (DAY - 1, True), (DAY, False)])
def test_who_was_protected_within_the_window_still_is(seconds: float, still: bool) -> None:
    known = admin(limits={"window": "24h"})
    assert protected(known, "ada")
    known.namespace.put(user("ada", labels={}, version="2"))
    known.clock.advance(seconds)
    assert protected(known, "ada") is still
    assert known.knowledge.desired.protecting.of_gone(ADA).protected is still
    assert known.knowledge.desired.protecting.of_gone(BOB).protected, "by name"
    assert not known.knowledge.desired.protecting.of_gone(key("eve")).protected


def test_the_window_counts_from_when_it_was_seen_last() -> None:
    known = admin(limits={"window": "24h"})
    protected(known, "ada")
    known.clock.advance(DAY - 1)
    protected(known, "ada")
    known.namespace.put(user("ada", labels={}, version="2"))
    known.clock.advance(DAY - 1)
    assert protected(known, "ada")


def test_a_new_connection_knows_who_was_protected() -> None:
    former, known = admin(), Known(user("ada"), **CHOSEN)
    protected(former, "ada")
    assert not protected(known, "ada")
    known.knowledge.desired.protecting.inherit(former.knowledge.desired.protecting)
    assert protected(known, "ada")


def test_a_condition_is_asked_of_each_revision() -> None:
    known = Known(user("ada", title="CEO"), protected={"users": [{"expression": "user.title == 'CEO'"}]})
    assert protected(known, "ada")
    known.namespace.put(user("ada", title="none", generation=2))
    known.clock.advance(1000 * DAY)
    assert not protected(known, "ada")
