"""The manifests of a namespace: what changes, what that means, and when dates take effect."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.wording import rfc3339
from scim_operator.job.gather.namespace import Change, Namespace, Namespaces, advance, namespace_of
from scim_operator.job.gather.placement import Placement
from tests.scim.virtual import EPOCH, VirtualClock
from tests.support.knowing import group, key, user

if TYPE_CHECKING:
    from scim_operator.core.records.record import SourceRecord

ADA, BOB = key("ada"), key("bob")


class Heard:
    """A namespace, and what its listeners heard."""

    def __init__(self, *records: SourceRecord) -> None:
        self.clock = VirtualClock()
        self.namespace = Namespace(self.clock.now)
        for record in records:
            self.namespace.put(record)
        self.changes: list[Change] = []
        self.unlisten = self.namespace.listen(self.changes.append)

    @property
    def names(self) -> list[str]:
        return [change.key.name for change in self.changes]


def at(seconds: float) -> str:
    return rfc3339(EPOCH + timedelta(seconds=seconds))


def test_each_change_is_heard_with_the_groups_that_it_touches() -> None:
    heard = Heard(group("team", members=[{"userSelector": {"matchLabels": {"a": "b"}}}]), group("crew"))
    ada = user("ada", labels={"a": "b"})
    heard.namespace.put(ada)
    heard.namespace.put(ada)
    heard.namespace.drop(ADA, "another")
    heard.namespace.drop(ADA, "uid-of-ada")
    heard.namespace.drop(ADA, "uid-of-ada")
    assert [(each.before, each.after, each.groups) for each in heard.changes] == [
        (None, ada, {"team"}),
        (ada, None, {"team"}),
    ]
    heard.unlisten()
    heard.namespace.put(ada)
    assert len(heard.changes) == 2


def test_a_complete_list_drops_what_it_lacks() -> None:
    heard = Heard(user("ada"), user("bob"), group("ada"))
    assert not heard.namespace.is_synced
    heard.namespace.replace(Kind.USER, [user("bob"), user("eve")])
    assert heard.names == ["ada", "eve"]
    assert [record.key.name for record in heard.namespace.records(Kind.USER)] == ["bob", "eve"]
    assert (heard.namespace.count(Kind.USER), heard.namespace.count(Kind.GROUP)) == (2, 1)
    assert not heard.namespace.is_synced
    heard.namespace.replace(Kind.GROUP, [])
    assert heard.namespace.is_synced
    assert heard.namespace.all_records() == list(heard.namespace.records(Kind.USER))


LATER = {"version": "2"}


@pytest.mark.parametrize(
    ("after", "means", "request_"),
    [
        (user("ada", **LATER), False, False),
        (user("ada", status={"x": 1}, **LATER), False, False),
        (user("ada", finalized=True, **LATER), False, False),
        (user("ada", generation=2), True, False),
        (user("ada", uid="another", **LATER), True, False),
        (user("ada", labels={"a": "b"}, **LATER), True, False),
        (user("ada", deleting=True, **LATER), True, False),
        (user("ada", annotations={"scim-operator.io/reconcile-requested-at": "now"}, **LATER), True, True),
        (user("ada", annotations={"any.example/other": "now"}, **LATER), False, False),
    ],
)
def test_what_is_more_than_a_write_to_the_status(after: SourceRecord, means: bool, request_: bool) -> None:
    heard = Heard(user("ada"))
    heard.namespace.put(after)
    [change] = heard.changes
    assert (change.means_something, change.is_request) == (means, request_)


def test_a_new_manifest_and_one_that_is_gone_mean_something_and_are_no_request() -> None:
    asked = user("ada", annotations={"scim-operator.io/reconcile-requested-at": "now"})
    for change in (Change(None, asked, frozenset()), Change(asked, None, frozenset())):
        assert (change.means_something, change.is_request) == (True, False)
    assert Change(asked, asked, frozenset(), due=True).means_something
    assert not Change(asked, asked, frozenset()).means_something


def test_the_suspended() -> None:
    heard = Heard(user("ada", suspend=True), user("bob"), group("team", suspend=True))
    assert heard.namespace.suspended == {ADA, key("team", Kind.GROUP)}
    heard.namespace.put(user("ada", generation=2))
    heard.namespace.drop(key("team", Kind.GROUP), "uid-of-team")
    assert heard.namespace.suspended == frozenset()


async def test_dates_take_effect_when_they_come_and_not_before() -> None:
    heard = Heard(user("ada", notBefore=at(10), notAfter=at(30)), user("bob", notAfter=at(20)), user("eve"))
    assert heard.namespace.next_turn == EPOCH + timedelta(seconds=10)
    seen = []
    for _ in range(4):
        await heard.clock.run(advance(heard.namespace, heard.clock))
        seen.append((heard.names[sum(len(names) for names, _ in seen) :], heard.namespace.is_due))
        heard.clock.advance(10)
    assert seen == [([], False), (["ada"], False), (["bob"], False), (["ada"], False)]
    assert heard.namespace.next_turn is None
    assert all(change.due and change.before is change.after for change in heard.changes)


async def test_a_member_who_comes_for_a_while() -> None:
    member = {"userRef": {"name": "ada"}, "notBefore": at(10), "notAfter": at(20)}
    heard = Heard(user("ada"), group("team", members=[member]))
    users = []
    for _ in range(3):
        await heard.clock.run(advance(heard.namespace, heard.clock))
        users.append(set(heard.namespace.topology.effective_users("team")))
        heard.clock.advance(10)
    assert users == [set(), {"ada"}, set()]
    assert heard.names == ["team", "team"]


def test_a_manifest_that_cannot_be_placed_is_a_fault_of_its_own() -> None:
    heard = Heard()
    broken: Any = user("ada")
    object.__setattr__(broken, "window", "no window")
    heard.namespace.put(group("team"))
    heard.namespace.put(broken)
    heard.namespace.put(user("bob"))
    assert set(heard.namespace.faults) == {ADA}
    assert heard.changes[1].groups == frozenset()
    heard.namespace.put(user("ada", generation=2))
    assert heard.namespace.faults == {}
    heard.namespace.put(user("eve"))


@pytest.mark.parametrize("kind", [Kind.USER, Kind.GROUP])
def test_a_fault_ends_with_an_edit_and_not_with_our_own_write_to_the_status(kind: Kind) -> None:
    heard, broken = Heard(), {"manager": {"userRef": {"name": ["ada"]}}}
    if kind is Kind.GROUP:
        broken = {"members": [{"userRef": {"name": ["ada"]}}]}
    make = user if kind is Kind.USER else group
    for version in (1, 2, 3):
        heard.namespace.put(make("ada", version=version, **broken))
        assert set(heard.namespace.faults) == {key("ada", kind)}
    heard.namespace.put(make("ada", generation=2, version=4))
    assert heard.namespace.faults == {}


class Breaking:
    """The documents of users, which cannot be read for now."""

    broken = True

    def document(self, _name: str) -> dict[str, Any]:
        if self.broken:
            raise ZeroDivisionError
        return {"title": "Analyst"}


def test_what_was_in_the_way_of_placing_a_manifest_may_be_gone_without_an_edit_of_it() -> None:
    documents, ada = Breaking(), user("ada")
    placement = Placement(documents.document, VirtualClock().now, 100)
    placement.put(group("team", members=[{"expression": 'user.title == "Analyst"'}]))
    for _ in range(2):
        assert placement.put(ada, ada if placement.faults else None) == set()
        assert set(placement.faults) == {ADA}
    documents.broken = False
    assert placement.put(ada, ada) == {"team"}
    assert placement.faults == {}


def test_namespaces_are_made_on_first_sight_and_kept_apart() -> None:
    namespaces = Namespaces()
    one = namespaces.namespace("identity")
    assert namespaces.namespace("identity") is one
    assert namespaces.namespace("payroll") is not one
    namespaces.put(user("ada"))
    assert namespaces.get(ADA) is not None
    assert not namespaces.is_synced("identity")
    for kind in Kind:
        namespaces.replace(kind, "identity", [user("bob")] if kind is Kind.USER else [])
    assert (namespaces.get(ADA), namespaces.get(BOB) is None) == (None, False)
    assert (namespaces.is_synced("identity"), namespaces.is_synced("payroll")) == (True, False)
    namespaces.drop(BOB, "uid-of-bob")
    assert namespaces.get(BOB) is None


def test_a_namespace_of_records_is_complete() -> None:
    made = namespace_of([group("team", "ada"), user("ada")])
    assert made.is_synced
    assert [record.key.kind for record in made.all_records()] == [Kind.USER, Kind.GROUP]
    assert made.topology.groups_of("ada") == {"team"}
