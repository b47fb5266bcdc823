"""Which resource is a manifest's, who else claims it, and with whom its values are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import Kind
from scim_operator.core.records.status import Reason, ServiceEntry, Verdict
from tests.support.knowing import CONFIG, Known, group, key, user

ADA, BOB, EVE = key("ada"), key("bob"), key("eve")
USER_NAME, DISPLAY_NAME = parse("userName"), parse("displayName")


def match(known: Known, name: str = "ada", kind: Kind = Kind.USER) -> Any:
    return known.knowledge.look(known.record(name, kind))[1]


def found(known: Known, name: str = "ada") -> tuple[str, str, bool]:
    """By what, which resource, and whether it is the manifest's own."""
    one = match(known, name)
    return one.by, (one.document or {}).get("id", ""), one.owned


def test_by_the_recorded_id_before_all_else() -> None:
    known = Known(user("ada"))
    known.there("1", userName="ada@corp.example")
    known.there("2", "ada")
    known.owns("ada", "1")
    assert found(known) == ("id", "1", True)
    assert match(known).candidates == {"1"}


def test_by_our_mark_and_then_by_the_matching_attributes() -> None:
    known = Known(user("ada"))
    assert found(known) == ("", "", False)
    known.there("1", userName="ADA@corp.example")
    assert found(known) == ("userName", "1", False)
    assert (match(known).shown, match(known).candidates) == ("1", {"1"})
    known.there("2", externalId="identity/ada")
    assert found(known) == ("externalId", "2", True), "our mark says whose it is"


def test_a_recorded_id_that_names_someone_else_by_now_is_not_the_manifests() -> None:
    known = Known(user("ada"))
    before = known.there("1", userName="ada@corp.example", externalId="x")
    known.owns("ada", "1", identity=known.knowledge.memory.notary.identity(Kind.USER, before))
    assert found(known) == ("id", "1", True)
    known.there("1", userName="stranger@corp.example", externalId="y")
    assert found(known) == ("id", "1", False)
    assert match(known).shown == "1"


def test_two_that_match_are_ambiguous() -> None:
    known = Known(user("ada"))
    for id in ("1", "2"):
        known.there(id, userName="ada@corp.example")
    one = match(known)
    assert (one.by, one.ambiguous, one.document, one.candidates) == ("userName", ("1", "2"), None, {"1", "2"})


def test_what_another_manifest_owns_is_its_own() -> None:
    known = Known(user("ada"), user("bob"))
    known.there("1", userName="ada@corp.example")
    known.owns("bob", "1")
    one = match(known)
    assert (one.by, one.owned, one.owner, one.candidates) == ("userName", False, BOB, frozenset())
    known.owns("ada", "1")
    assert match(known).owner == BOB, "the first who had it"
    known.owns("bob", "1", reason=Reason.RETAINED)
    assert match(known).owner is None, "it has left"


def test_who_is_to_go_is_found_by_its_mark_alone() -> None:
    known = Known(user("ada", deleting=True))
    known.there("1", userName="ada@corp.example")
    assert found(known) == ("", "", False)
    known.there("2", externalId="identity/ada")
    assert found(known) == ("externalId", "2", True)


def test_what_was_about_to_be_created_is_ours_when_it_is_just_that() -> None:
    known = Known(user("ada"))
    document = known.there("1", userName="ada@corp.example", externalId="ext")
    identity = known.knowledge.memory.notary.identity(Kind.USER, document)
    known.owns("ada", "", reason=Reason.PENDING, creating=identity)
    assert found(known) == ("userName", "1", True)
    known.there("1", userName="ada@corp.example", externalId="another")
    assert found(known) == ("userName", "1", False)


def test_what_a_status_claims_without_a_proof_is_asked_about() -> None:
    known = Known(user("ada"))
    known.there("1", userName="ada@corp.example")
    known.owns("ada", "", claimed="1")
    assert match(known).claimed
    known.owns("ada", "", claimed="2")
    assert not match(known).claimed


def test_an_earlier_revision_names_what_is_to_go() -> None:
    earlier = user("ada", userName="old@corp.example")
    known = Known(replace(user("ada", deleting=True), earlier=earlier), user("bob"))
    known.there("1", userName="old@corp.example")
    known.there("2", userName="ada@corp.example", externalId="x")
    one = match(known)
    assert ((one.document or {})["id"], one.claimed) == ("1", True)
    other = Known(replace(user("ada", deleting=True), earlier=earlier), user("bob", userName="old@corp.example"))
    other.there("1", userName="old@corp.example")
    assert match(other).document is None, "another manifest claims it now"


def contention(known: Known, name: str = "ada") -> Any:
    record = known.record(name)
    mapped, found = known.knowledge.look(record)
    return known.knowledge.identities.contention(record, mapped.attributes, found)


SAME = {"userName": "same@corp.example"}


def test_rivals_are_those_who_claim_the_same_and_owners_have_a_resource() -> None:
    known = Known(user("ada", **SAME), user("bob", **SAME), user("eve"))
    assert (contention(known).rivals, contention(known).owners) == ((BOB,), ())
    assert contention(known, "eve").rivals == ()
    known.there("2", externalId="identity/bob", **SAME)
    known.owns("bob", "2")
    assert (contention(known).rivals, contention(known).owners) == ((BOB,), (BOB,))


def test_a_value_that_another_owner_claims_is_not_changed_to() -> None:
    known = Known(user("ada", **SAME), user("bob", **SAME))
    for name, id in (("ada", "1"), ("bob", "2")):
        known.there(id, name)
        known.owns(name, id)
    assert contention(known).contested == (USER_NAME,)
    known.there("1", "ada", **SAME)
    assert contention(known).contested == (), "it has it already"
    known.there("1", "ada")
    known.owns("bob", "")
    assert contention(known).contested == (), "who owns nothing keeps no one from it"


def test_claims_follow_the_manifests() -> None:
    known = Known(user("ada", **SAME), user("bob", **SAME), user("eve"))
    identities = known.knowledge.identities
    known.namespace.put(user("bob", generation=2))
    assert identities.claim(known.record("bob")) == {ADA}
    assert identities.claim(known.record("bob")) == set()
    assert contention(known).rivals == ()
    known.namespace.put(user("bob", generation=3, **SAME))
    assert identities.claim(known.record("bob")) == {ADA}
    known.namespace.put(user("bob", generation=4, deleting=True, **SAME))
    assert identities.claim(known.record("bob")) == {ADA}, "who leaves claims nothing"
    assert contention(known).rivals == ()


def test_who_has_the_matching_values() -> None:
    known = Known(user("ada"), user("bob"))
    known.there("1", userName="ada@corp.example")
    known.there("2", userName="Ada@corp.example")
    known.there("3", userName="bob@corp.example")
    identities, ada = known.knowledge.identities, known.record("ada")
    assert identities.holders(ada, "") == ("1", "2")
    assert identities.holders(ada, "2") == ("1",)


def circle(**more: Any) -> Known:
    """Ada is to have bob's name, bob is to have eve's, and eve ada's; the service has refused each."""
    names = {"ada": "bob", "bob": "eve", "eve": "ada"}
    known = Known(*(user(name, userName=f"{wanted}@corp.example") for name, wanted in names.items()), **more)
    for number, name in enumerate(names):
        known.there(str(number), name)
        known.owns(name, str(number))
    return known


def refused(known: Known, *names: str) -> None:
    for name in names:
        record = known.record(name)
        known.knowledge.swaps.refused(record, known.knowledge.plan(record))


def blocked(known: Known, name: str = "ada") -> Any:
    return known.knowledge.facts(known.record(name)).exchanges.blocked


def test_no_one_waits_for_a_value_that_was_not_refused() -> None:
    known = circle()
    assert blocked(known) == ()
    refused(known, "ada")
    [one] = blocked(known)
    assert (one.path, one.holder, one.ring) == (USER_NAME, BOB, ())
    known.knowledge.swaps.forget(ADA)
    assert blocked(known) == ()


def test_who_go_round_in_a_circle_are_named_from_each_on() -> None:
    known = circle()
    refused(known, "ada", "bob", "eve")
    assert blocked(known)[0].ring == (ADA, BOB, EVE)
    assert blocked(known, "bob")[0].ring == (BOB, EVE, ADA)


@pytest.mark.parametrize("change", [{"suspend": True}, {"deleting": True}, {"userName": "bob@corp.example"}])
def test_who_does_not_give_a_value_up_is_not_waited_for(change: dict[str, Any]) -> None:
    known = circle()
    refused(known, "ada")
    known.namespace.put(user("bob", generation=2, **{"userName": "new@corp.example", **change}))
    assert blocked(known) == ()


def test_which_resources_have_a_value() -> None:
    known = circle()
    having = known.knowledge.swaps.having
    assert having(Kind.USER, [(USER_NAME, "bob@corp.example")]) == {("userName", "1")}
    assert having(Kind.USER, [(parse("title"), "x"), (USER_NAME, None), (USER_NAME, "no-one")]) == set()
    assert having(Kind.GROUP, [(USER_NAME, "bob@corp.example")]) == set()


def test_groups_are_found_by_their_display_name() -> None:
    known = Known(group("team"), group("crew"))
    known.there("g", displayName="Team")
    known.there("g", "", Kind.GROUP, displayName="Team")
    assert match(known, "team", Kind.GROUP).by == str(DISPLAY_NAME)
    assert match(known, "crew", Kind.GROUP).document is None


def noted(known: Known, id: str, name: str = "ada") -> None:
    """Another operator has put this on record of a manifest."""
    other = ServiceEntry(CONFIG.name, Verdict(Reason.PROVISIONED, ""), 1, id=id, identity="y")
    known.knowledge.entries.elsewhere[key(name)] = other


def entry(known: Known) -> tuple[str, str]:
    """The id of what is on record, and of what the service has lost."""
    one = known.knowledge.identities.entry(known.record("ada"))
    assert one is not None
    return one.id, one.lost.id if one.lost is not None else ""


def test_what_another_operator_has_on_record_counts_once_nothing_is_on_record_here() -> None:
    known = Known(user("ada"))
    known.owns("ada", "1")
    noted(known, "7")
    assert entry(known) == ("1", ""), "while ours is there, for all that is known"
    known.owns("ada", "1", reason=Reason.RETRYING)
    known.knowledge.entries.forget_id(known.record("ada"))
    assert entry(known) == ("7", "")
    assert known.knowledge.entries.owner(Kind.USER, "7") == ADA
    known.knowledge.entries.forget_id(known.record("ada"))
    assert entry(known) == ("", "7"), "it is asked for once"


def test_what_another_operator_has_on_record_is_not_taken_from_its_owner_here() -> None:
    known = Known(user("ada"), user("bob"))
    known.owns("bob", "7")
    known.owns("ada", "", reason=Reason.RETRYING)
    noted(known, "7")
    assert entry(known) == ("", "")
    assert known.knowledge.entries.owner(Kind.USER, "7") == BOB
    known.owns("bob", "8")
    assert entry(known) == ("", ""), "nor once that one is done with it"
