"""Chance, candidates and choices: the same for one record each time, and each value for one record alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import parse
from scim_operator.core.decision.facts import Match
from scim_operator.core.keys import ResourceType
from scim_operator.job.gather.candidates import Candidates
from scim_operator.job.gather.chance import Chance
from tests.support.knowing import Known, key, user

if TYPE_CHECKING:
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.gather.choices import Choices

ADA, BOB = key("ada"), key("bob")
NICK, TITLE = parse("nickName"), parse("title")


def test_chance_is_the_same_for_a_record_each_time_and_another_for_each_record_and_session() -> None:
    def drawn(secret: bytes, uid: str) -> list[int]:
        below = Chance(secret).of(uid)
        return [below(1000) for _ in range(20)]

    assert drawn(b"s", "ada") == drawn(b"s", "ada")
    assert drawn(b"s", "ada") != drawn(b"s", "bob")
    assert drawn(b"s", "ada") != drawn(b"t", "ada")
    assert len(set(drawn(b"s", "ada"))) > 10
    assert {Chance(b"s").of(str(number))(3) for number in range(60)} == {0, 1, 2}


class Looked:
    """Candidates whose manifests match what a test says."""

    def __init__(self, *records: SourceRecord) -> None:
        self.matches = {ADA: Match({"id": "7"}, "userName", candidates=frozenset({"7"}))}
        self.looked: list[str] = []
        self.candidates = Candidates(Known(*records).namespace, self._look)

    def _look(self, record: SourceRecord) -> None:
        self.looked.append(record.key.name)
        self.candidates.note(record.key, self.matches.get(record.key, Match()), known=True)


def test_a_manifest_is_looked_at_once_until_it_changes() -> None:
    bench = Looked(user("ada"), user("bob"))
    assert bench.candidates.of(ADA) == bench.candidates.of(ADA) == {"7"}
    assert bench.candidates.of(BOB) == frozenset()
    assert bench.looked == ["ada", "bob"]
    bench.candidates.forget(ADA)
    assert bench.candidates.of(ADA) == {"7"}
    assert bench.looked == ["ada", "bob", "ada"]
    assert bench.candidates.of(key("gone")) == frozenset(), "of no manifest there is nothing to look at"


def test_what_a_manifest_matches_is_unknown_while_its_attributes_are() -> None:
    bench = Looked(user("ada"))
    bench.candidates.note(ADA, Match(), known=False)
    assert bench.candidates.of(ADA) is None
    bench.candidates.note(ADA, bench.matches[ADA], known=False)
    assert bench.candidates.of(ADA) == {"7"}, "what it was found by counts"
    bench.candidates.note(ADA, Match({"id": "7"}, "id", owned=True), known=True)
    bench.matches.clear()
    assert bench.candidates.of(ADA) == frozenset(), "its own resource is no candidate"
    bench.candidates.note(ADA, Match({"id": "7"}, "userName", owned=True, candidates=frozenset({"7"})), known=True)
    assert bench.candidates.of(ADA) == {"7"}, "only a recorded id says whose it is"


def choosing(*records: SourceRecord) -> Choices:
    expression = "SelectUniqueValue(user.name.givenName, user.name.givenName + '2')"
    mappings = [{"target": "nickName", "expression": expression, "apply": "OnCreate"}]
    return Known(*records, users={"mappings": mappings}).knowledge.desired.mappers[ResourceType.USER].choices


def test_each_value_is_for_one_record() -> None:
    ada, other = user("ada"), user("bob", name={"givenName": "Ada", "familyName": "B"})
    choices = choosing(ada, other)
    assert choices
    assert choices.candidates(ada) == [(NICK, "Ada"), (NICK, "Ada2")]
    assert choices.choose(ada, choices.candidates(ada), frozenset())
    assert choices.candidates(other) == [(NICK, "Ada2")]
    assert choices.is_taken(BOB, NICK, "ada"), "in any case of letters"
    assert not choices.is_taken(ADA, NICK, "Ada")
    assert not choices.is_taken(BOB, TITLE, "Ada")
    choices.release(ADA)
    choices.release(ADA)
    assert choices.candidates(other) == [(NICK, "Ada"), (NICK, "Ada2")]


def test_what_the_service_has_is_taken_for_all() -> None:
    ada = user("ada")
    choices = choosing(ada)
    assert choices.choose(ada, choices.candidates(ada), frozenset({(NICK, "Ada")}))
    assert (choices.is_taken(ADA, NICK, "Ada"), choices.is_taken(ADA, NICK, "Ada2")) == (True, False)
    assert choices.is_taken(BOB, NICK, "Ada2"), "ada has chosen it"
    assert not choices.is_taken(BOB, NICK, "Ada"), "ada has only been told of it"
    assert not choices.choose(ada, choices.candidates(ada), frozenset({(NICK, "Ada")})), "no news"
    assert choices.choose(ada, choices.candidates(ada), frozenset())


def test_each_revision_asks_once() -> None:
    ada = user("ada")
    choices = choosing(ada)
    assert choices.is_due(ada)
    choices.choose(ada, choices.candidates(ada), frozenset())
    assert not choices.is_due(ada)
    assert choices.is_due(user("ada", generation=2))
    assert choices.is_due(user("ada", uid="another"))
    assert not Known().knowledge.desired.mappers[ResourceType.USER].choices.is_due(ada), "there is nothing to choose"
