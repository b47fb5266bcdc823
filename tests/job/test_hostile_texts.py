"""What admission lets through on purpose does no harm where it goes: it arrives as written, or is told by field.

tests/support/hostile.py and tests/support/empties.py say what is let through, and why.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.api.urns import WS1B_USER
from scim_operator.api.user import Ws1bUser
from scim_operator.core.keys import Kind
from tests.support.empties import EMPTY, emptiable, may_be_empty
from tests.support.fields import all_fields
from tests.support.hostile import HOSTILE, admits
from tests.support.limiting import UNLIMITED
from tests.support.present import present
from tests.support.rig import rig, service_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.support.fields import Field, Manifest
    from tests.support.rig import Rig

WHOLE = ("emails", "phoneNumbers", "ims", "photos", "addresses", "entitlements", "roles", "x509Certificates")
REST = (
    *("name.formatted", "name.middleName", "name.honorificPrefix", "name.honorificSuffix"),
    *("userType", "preferredLanguage", "locale", "timezone"),
    *(f"{WS1B_USER}:{name.alias or number}" for number, name in Ws1bUser.model_fields.items()),
)
CHOSEN = ('emails[type eq "work"].value', 'phoneNumbers[type eq "work"].value')
COUNTRY = tuple(
    f'addresses[type eq "work"].{sub}' for sub in ("country", "postalCode", "region", "locality", "streetAddress")
)

WRITTEN = {name: text for name, text in HOSTILE.items() if name != "half a character"}
"""As the API server keeps them: of half a character it has made another one before it asks anybody."""
ONCE = "".join(WRITTEN[name][:12] for name in ("a header's end", "a filter's end", "NUL", "a terminal's control"))
TWICE = "".join(WRITTEN[name] for name in ("what folds into ASCII", "text that turns round", "a way out"))


@pytest.fixture
async def all_of_it() -> AsyncIterator[Rig]:
    """A rig whose job maps every attribute that a manifest can have."""
    async with rig(strict=False, string_booleans=False) as made:
        made.spec["users"] = {
            "mappings": [
                *({"target": name, "source": name} for name in (*WHOLE, *REST)),
                *({"target": name, "ignore": True} for name in (*CHOSEN, *COUNTRY)),
            ]
        }
        made.spec["service"]["profile"] = "generic"
        yield made


def person(name: str, manifest: Manifest) -> dict[str, Any]:
    """The manifest's spec as that of another person, in force now."""
    spec = copy.deepcopy(manifest["spec"])
    for field in ("notBefore", "notAfter", "manager"):
        spec.pop(field, None)
    return {**spec, "userName": f"{name}@corp.example", "externalId": f"of-{name}"}


def free_texts(kind: str) -> list[Field]:
    return [field for field in all_fields() if field.kind == kind and field.is_text and admits(field, "NUL")]


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(each)


async def test_every_free_text_arrives_as_it_is_written(all_of_it: Rig) -> None:
    """One person for each field, with the text in that field; then each gets another text, and nobody a third."""
    r, people = all_of_it, {f"p{number}": field for number, field in enumerate(free_texts("ScimUser"))}
    r.user("ada")
    for text in (ONCE, TWICE):
        for name, field in people.items():
            r.cluster.apply(Kind.USER, name, person(name, field.holding(text)))
        await (r.start() if text is ONCE else r.rest())
        await r.settle()
        there = {name: list(strings(r.at_service(name))) for name in people}
        assert [str(field) for name, field in people.items() if text not in there[name]] == []
        assert {r.reason(name) for name in (*people, "ada")} == {"Provisioned"}
    assert not [name for name in people if ONCE in strings(r.at_service(name))], "nothing stays of the first text"
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []


async def test_every_free_text_of_a_group_arrives_as_it_is_written(r: Rig) -> None:
    groups = {f"g{number}": field for number, field in enumerate(free_texts("ScimGroup")) if field.name != "expression"}
    assert groups
    for text in (ONCE, TWICE):
        for name, field in groups.items():
            spec = {**field.holding(text)["spec"], "displayName": name, "externalId": name, "members": []}
            r.cluster.apply(Kind.GROUP, name, spec)
        await (r.start() if text is ONCE else r.rest())
        await r.settle()
        assert [str(field) for name, field in groups.items() if text not in strings(r.simulator.group(name))] == []
        assert {r.reason(name, Kind.GROUP) for name in groups} == {"Provisioned"}
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []


async def test_an_empty_value_arrives_as_no_value(all_of_it: Rig) -> None:
    r, empty = all_of_it, [field for field in emptiable() if field.kind == "ScimUser" and may_be_empty(field)]
    people = {f"p{number}": field for number, field in enumerate(empty)}
    r.user("ada")
    for name, field in people.items():
        r.cluster.apply(Kind.USER, name, person(name, field.holding(EMPTY[field.type])))
    await r.start()
    await r.settle()
    assert {str(field): r.reason(name) for name, field in people.items() if r.reason(name) != "Provisioned"} == {}
    whole = {name: field.path[0] for name, field in people.items() if len(field.path) == 1}
    assert [each for name, each in whole.items() if (r.at_service(name) or {}).get(each)] == []
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []


async def test_a_hostile_identifier_finds_its_own_resource_and_no_other(r: Rig) -> None:
    """The answers to the creations were lost, say: the service has them, and the job has to ask for them."""
    r.spec["users"] = {"adoption": "IfUnowned"}
    (identifier,) = (field for field in all_fields() if str(field) == "ScimUser.spec.externalId")
    texts = [text for name, text in WRITTEN.items() if admits(identifier, name)]
    people = {f"p{number}": text for number, text in enumerate(texts)}
    r.user("ada")
    r.user("charles", title=texts[0])
    await r.start()
    await r.settle()
    mark = r.mark()
    created, _ = r.simulator.seed([service_user(name, userName=text, externalId=text) for name, text in people.items()])
    for name, text in people.items():
        r.user(name, userName=text, externalId=text)
    await r.rest()
    assert {name: r.reason(name) for name in people if r.reason(name) != "Provisioned"} == {}
    assert [r.entry(name)["id"] for name in people] == created
    assert len(r.simulator.users) == len(texts) + 2, "nobody is there twice"
    filters = [entry.query["filter"] for entry in r.entries(mark) if "filter" in entry.query]
    for filter in filters:  # one comparison, to the end
        attribute, _, compared = filter.partition(" eq ")
        assert attribute in ("externalId", "userName")
        assert json.loads(compared) in texts
    assert {json.loads(filter.partition(" eq ")[2]) for filter in filters} == set(texts)


async def test_a_hostile_name_of_a_group_is_one(r: Rig) -> None:
    (identifier,) = (field for field in all_fields() if str(field) == "ScimGroup.spec.displayName")
    groups = {f"g{number}": text for number, (name, text) in enumerate(WRITTEN.items()) if admits(identifier, name)}
    r.spec |= {"groups": {"whenDeleted": "Delete"}, "limits": UNLIMITED}
    r.user("ada")
    for name, text in groups.items():
        r.group(name, ["ada"], displayName=text, externalId=text)
    r.group("everybody", ["ada"])
    await r.start()
    await r.settle()
    assert {r.reason(name, Kind.GROUP) for name in (*groups, "everybody")} == {"Provisioned"}
    assert {text: r.members(text) for text in groups.values()} == {text: {"ada"} for text in groups.values()}
    for name in groups:
        r.cluster.delete(Kind.GROUP, name)
    await r.until(lambda: all(r.cluster.get(Kind.GROUP, name) is None for name in groups))
    assert [r.members("everybody"), len(r.simulator.groups)] == [{"ada"}, 1]


FOLDED = [
    ("\u212aelvin", "kelvin"),
    ("\u017fam", "sam"),
    ("stra\u00dfe", "strasse"),
    ("\ufb01n", "fin"),
    ("\u0131da", "ida"),
]


@pytest.mark.parametrize(("one", "other"), FOLDED, ids=[ascii(other) for _, other in FOLDED])
async def test_a_name_that_folds_into_another_is_another_or_is_reported(r: Rig, one: str, other: str) -> None:
    """Whoever folds as Unicode does takes the two for one; what must not be is that one person gets the other's."""
    r.user("first", userName=f"{one}@corp.example")
    r.user("second", userName=f"{other}@corp.example")
    r.user("ada")
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Provisioned"
    reported = {name: r.reason(name) for name in ("first", "second")}
    owners = {each["externalId"]: each["userName"] for each in r.simulator.users.values()}
    for name, written in (("first", one), ("second", other)):
        if reported[name] == "Provisioned":
            assert owners[f"identity/{name}"] == f"{written}@corp.example"
        else:
            assert "userName" in r.message(name), reported
            assert f"identity/{name}" not in owners


BOMB = "[0,1,2,3,4,5,6,7,8,9]"
for _variable in "abcdefg":
    BOMB = f"[0,1,2,3,4,5,6,7,8,9].map({_variable}, {BOMB})"


async def test_an_expression_that_explodes_is_reported_and_stops_no_one_else(r: Rig) -> None:
    r.spec["users"] = {
        "mappings": [{"target": "nickName", "expression": f'user.title == "bomb" ? string({BOMB}.size()) : "ok"'}]
    }
    r.user("ada")
    r.user("charles", title="bomb")
    r.group("everybody", ["ada", "charles"])
    r.cluster.apply(Kind.GROUP, "bomb", {"displayName": "bomb", "members": [{"expression": f"{BOMB}.size() > 0"}]})
    await r.start()
    await r.settle()
    assert (r.reason("ada"), r.reason("charles")) == ("Provisioned", "InvalidSpec")
    assert "nickName" in r.message("charles")
    assert r.reason("bomb", Kind.GROUP) == "InvalidSpec"
    assert "spec.members" in r.message("bomb", Kind.GROUP)
    assert r.members("everybody") == {"ada"}


async def test_a_scope_that_explodes_for_one_is_reported_on_that_one(r: Rig) -> None:
    r.spec["users"] = {"expression": f'user.title != "bomb" || {BOMB}.size() > 0'}
    r.user("ada")
    r.user("charles", title="bomb")
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Provisioned"
    assert r.reason("charles") == "InvalidSpec"
    assert "spec.users.expression" in r.message("charles")


async def test_a_pattern_that_backtracks_elsewhere_is_linear_here(r: Rig) -> None:
    clause = {"attribute": "title", "operator": "NOT REGEX MATCH", "value": "^(a+)+$"}
    r.spec["users"] = {
        "filters": [{"title": "a\r\nb", "clauses": [clause]}],
        "expression": 'true || "a".matches("(a+)+$")',
    }
    r.user("ada", title="a" * 1023 + "!")
    r.user("charles", title="a" * 1024)
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Provisioned"
    assert r.at_service("charles") is None


async def test_a_constant_is_sent_as_it_is_written_whatever_it_is(r: Rig) -> None:
    for name, text in WRITTEN.items():
        r.spec["users"] = {"mappings": [{"target": "nickName", "constant": text}]}
        r.user("ada")
        await (r.configure() if r.running else r.start())
        await r.settle()
        assert present(r.at_service("ada"))["nickName"] == text, name
        assert r.reason("ada") == "Provisioned"


async def test_a_clause_and_an_expression_compare_the_whole_text(r: Rig) -> None:
    """Not with what stands before a NUL, nor without what cannot be seen, nor folded."""
    for name, text in WRITTEN.items():
        clause = {"attribute": "title", "operator": "EQUALS", "value": text}
        listed = {"attribute": "title", "operator": "IN", "values": [text]}
        condition = f"user.title == {json.dumps(text)} && user.title.size() == {len(text)}"
        r.spec["users"] = {"filters": [{"title": text, "clauses": [clause, listed]}], "expression": condition}
        r.user("ada", title=text)
        r.user("charles", title=text[:-1])
        r.user("grace", title=text + "x")
        await (r.configure() if r.running else r.start())
        await r.settle()
        assert r.reason("ada") == "Provisioned", name
        assert (r.at_service("charles"), r.at_service("grace")) == (None, None), name
