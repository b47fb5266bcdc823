"""The memory of one config: which manifest has which resource, what is believed of a status, and who is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.status import Reason, ServiceEntry, Verdict, entry_to_json
from scim_operator.job.gather.remembering import remembered
from scim_operator.job.gather.service_entries import ABOUT_TO_CREATE, Entries, recorded_members
from tests.support.knowing import CONFIG, SEAL, group, key, settings, user

if TYPE_CHECKING:
    from scim_operator.core.records.record import SourceRecord

ADA, BOB = key("ada"), key("bob")
OTHER_URL = "https://other.example/scim"
NOW = "2026-01-01T00:00:00Z"


class Memory:
    """Entries that note which resources were let go."""

    def __init__(self, **service: Any) -> None:
        self.notary = remembered(settings(service=service), {"service": {"url": service.get("url", "")}}, SEAL).notary
        self.let_go: list[tuple[Kind, str]] = []
        self.entries = Entries(self.notary, lambda kind, id: self.let_go.append((kind, id)))

    def remember(self, record: SourceRecord, id: str, reason: Reason = Reason.PROVISIONED, **more: Any) -> ServiceEntry:
        made = ServiceEntry(CONFIG.name, Verdict(reason, ""), 1, service=self.notary.service, id=id, **more)
        return self.entries.remember(record, made)


def written(name: str, entry: ServiceEntry, **more: Any) -> SourceRecord:
    """Return the manifest whose status says this."""
    others = [{"config": "another", "id": "99", "conditions": []}]
    return user(name, status={"services": [*others, entry_to_json(entry, None, NOW)]}, **more)


def test_a_resource_belongs_to_the_first_who_has_it() -> None:
    memory, ada, bob = Memory(), user("ada"), user("bob")
    memory.remember(ada, "1")
    memory.remember(bob, "1")
    entries = memory.entries
    assert (entries.owner(Kind.USER, "1"), entries.owner(Kind.GROUP, "1"), entries.owner(Kind.USER, "2")) == (
        ADA,
        None,
        None,
    )
    assert (entries.owns(ADA, "1"), entries.owns(BOB, "1")) == (True, False)
    assert (entries.known_id(ADA), entries.known_id(BOB), entries.known_id(key("eve"))) == ("1", "1", "")
    assert [each for each, _ in entries.all()] == [ADA, BOB]
    assert "1" in entries.owned_ids[Kind.USER]
    assert memory.let_go == []


def test_who_has_left_holds_nothing_and_another_may_have_it() -> None:
    memory = Memory()
    memory.remember(user("ada"), "1")
    memory.remember(user("ada"), "1", Reason.DISABLED)
    assert (memory.entries.owner(Kind.USER, "1"), memory.entries.holder(Kind.USER, "1")) == (ADA, None)
    assert memory.let_go == [(Kind.USER, "1")]
    memory.remember(user("bob"), "1")
    assert memory.entries.holder(Kind.USER, "1") == BOB


def test_who_takes_another_resource_lets_the_first_go() -> None:
    memory = Memory()
    memory.remember(user("ada"), "1")
    memory.remember(user("ada"), "2")
    entries = memory.entries
    assert (entries.owner(Kind.USER, "1"), entries.owner(Kind.USER, "2")) == (None, ADA)
    assert (entries.former[Kind.USER], entries.former[Kind.GROUP]) == ({"1"}, set())
    assert memory.let_go == [(Kind.USER, "1")]
    memory.remember(user("ada"), "2", Reason.REJECTED)
    assert memory.let_go == [(Kind.USER, "1")], "it has it still"


def test_a_manifest_that_is_gone_is_forgotten_with_its_resource() -> None:
    memory = Memory()
    memory.remember(user("ada"), "1")
    memory.remember(user("bob"), "")
    for _ in range(2):
        memory.entries.forget(ADA)
        memory.entries.forget(BOB)
    assert (memory.entries.known(ADA), memory.entries.owner(Kind.USER, "1")) == (None, None)
    assert memory.let_go == [(Kind.USER, "1")]
    assert memory.entries.former[Kind.USER] == {"1"}


def test_an_id_that_the_service_does_not_know_is_forgotten_alone() -> None:
    memory, ada = Memory(), user("ada")
    memory.remember(ada, "1", identity="x", applied=("title",))
    memory.entries.forget_id(ada)
    entry = memory.entries.of(ada)
    assert entry is not None
    assert (entry.id, entry.identity, entry.applied) == ("", "", ("title",))
    lost = entry.lost
    assert lost is not None, "but for what was on record of it"
    assert (lost.id, lost.identity, lost.applied) == ("1", "x", ("title",))
    memory.entries.forget_id(user("eve"))
    assert memory.entries.known(key("eve")) is None


def test_another_manifest_of_the_name_has_nothing_of_the_one_before() -> None:
    memory = Memory()
    memory.remember(user("ada"), "1")
    assert memory.entries.of(user("ada", generation=2)) is not None
    assert memory.entries.of(user("ada", uid="another")) is None
    assert memory.entries.owner(Kind.USER, "1") is None


def test_what_the_config_is_done_with_is_not_read_again() -> None:
    memory = Memory()
    ada = written("ada", memory.remember(user("ada"), "1"))
    entries = Memory().entries
    assert not entries.parted(ada)
    entries.part(ada)
    assert (entries.of(ada), entries.parted(ada), entries.is_done_with(ada)) == (None, True, True)


def test_what_was_edited_since_the_config_was_done_with_it_is_read_again() -> None:
    """What was decided on is not what is asked for now, and the finalizer stays for it (campaign 560120)."""
    memory = Memory()
    ada = written("ada", memory.remember(user("ada"), "1"))
    entries = Memory().entries
    entries.part(ada)
    edited = replace(ada, generation=ada.generation + 1)
    assert not entries.parted(edited)
    assert not entries.is_done_with(edited)
    known = entries.of(edited)
    assert known is not None
    assert known.id == "1"
    entries.forget(ADA)
    entries.part(edited)
    assert (entries.of(edited), entries.parted(edited), entries.parted(ada)) == (None, True, True)


@pytest.mark.parametrize(
    ("id", "claimed", "done"), [("1", "", False), ("", "9", False), ("", "", True)], ids=["id", "claim", "nothing"]
)
def test_a_config_is_done_with_what_has_no_resource(id: str, claimed: str, done: bool) -> None:
    memory, ada = Memory(), user("ada")
    memory.remember(ada, id, claimed=claimed)
    assert memory.entries.is_done_with(ada) is done
    assert memory.entries.is_done_with(user("eve"))
    memory.entries.elsewhere[ADA] = replace(memory.remember(user("bob"), "7"), id="8")
    assert not memory.entries.is_done_with(ada), "another operator has a resource of it on record"


def test_a_status_of_ours_is_believed_and_one_that_was_changed_is_not() -> None:
    memory = Memory()
    signed = memory.remember(user("ada"), "1", identity="x", applied=("title",), members=("7",))
    fresh = Memory()
    assert fresh.entries.of(written("ada", signed)) == signed
    assert (fresh.entries.unproven, fresh.entries.owner(Kind.USER, "1")) == (0, ADA)
    forged = Memory()
    found = forged.entries.of(written("bob", signed))
    assert found is not None
    assert (found.id, found.applied, found.members) == ("", (), ())
    assert found.claimed == "1", "it is only asked whether the access that this names is to end"
    assert forged.entries.unproven == 1
    assert forged.entries.of(written("eve", replace(signed, id="2"))) is not None
    assert forged.entries.unproven == 2


def test_an_id_of_another_service_is_not_ours() -> None:
    memory = Memory()
    ada = written("ada", memory.remember(user("ada"), "1", applied=("title",)))
    elsewhere = Memory(url=OTHER_URL)
    found = elsewhere.entries.of(ada)
    assert found is not None
    assert (found.id, found.claimed, found.applied) == ("", "", ("title",))


def test_what_was_about_to_be_created_is_known_by_the_annotation_until_there_is_a_status() -> None:
    memory = Memory()
    announced = memory.notary.announcement(ADA, "uid-of-ada", "some-identity")
    ada = user("ada", annotations={"scim-operator.io/creating": announced})
    entry = memory.entries.of(ada)
    assert entry is not None
    assert (entry.creating, entry.verdict) == ("some-identity", Verdict(Reason.PENDING, ABOUT_TO_CREATE))
    assert (entry.id, entry.service, entry.generation) == ("", memory.notary.service, 1)
    bob = user("bob", annotations={"scim-operator.io/creating": announced})
    assert (memory.entries.of(bob), memory.entries.unproven) == (None, 1)
    assert memory.entries.of(user("eve", annotations={"scim-operator.io/creating": "another x y"})) is None
    assert memory.entries.unproven == 1, "it is another config's"


def test_a_new_connection_takes_over_the_memory() -> None:
    former, memory = Memory(), Memory()
    former.remember(user("ada"), "1")
    former.remember(user("bob"), "2")
    former.remember(user("bob"), "3")
    former.entries.part(user("eve"))
    former.entries.elsewhere[ADA] = "9"
    memory.entries.adopt(former.entries)
    assert memory.entries.owner(Kind.USER, "1") == ADA
    assert memory.entries.known_id(BOB) == "3"
    assert memory.entries.former[Kind.USER] == {"2"}
    assert memory.entries.parted(user("eve"))
    assert memory.entries.elsewhere == {ADA: "9"}, "another operator has put that on record"


def test_the_members_that_we_put_into_a_group() -> None:
    memory, team = Memory(), group("team")
    memory.remember(team, "g", members=("7", "*", "8"))
    memory.remember(user("ada"), "g", members=("9",))
    assert recorded_members(memory.entries, SEAL, "g") == ("7", "8")
    assert recorded_members(memory.entries, SEAL, "h") == ()
    assert memory.entries.owner(Kind.GROUP, "g") == ObjectKey(Kind.GROUP, "identity", "team")
