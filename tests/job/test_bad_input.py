"""Input that only run time can judge: told where it belongs, with the field; the rest goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from tests.support.rig import Rig


def clause(operator: str, value: str, attribute: str = "title") -> dict[str, Any]:
    """The rules of users with one scoping filter."""
    return {"filters": [{"title": "F", "clauses": [{"attribute": attribute, "operator": operator, "value": value}]}]}


INVALID: list[Any] = [
    pytest.param("users", clause("REGEX MATCH", "("), "spec.users.filters", id="a pattern that does not compile"),
    pytest.param("users", clause("EQUALS", "x", "emails[type"), "filters", id="a path that is none"),
    pytest.param("users", {"mappings": [{"target": "name..x", "source": "title"}]}, "mappings", id="a target"),
    pytest.param("users", {"mappings": [{"target": "meta", "source": "title"}]}, "meta", id="what the service sets"),
    pytest.param(
        "groups", {"mappings": [{"target": "members", "constant": "x"}]}, "members", id="members as a mapping"
    ),
]


@pytest.mark.parametrize(("kind", "rules", "named"), INVALID)
async def test_an_invalid_config_is_stalled_and_names_the_field(
    r: Rig, kind: str, rules: dict[str, Any], named: str
) -> None:
    r.user("ada")
    r.spec[kind] = rules
    await r.start()
    await r.until(lambda: r.condition("Stalled") == ("True", "InvalidSpec"))
    ready = next(c for c in r.status["conditions"] if c["type"] == "Ready")
    assert (ready["status"], ready["reason"]) == ("False", "InvalidSpec")
    assert named in ready["message"]
    assert list(r.entries()) == []
    await r.configure(**{kind: {}})
    await r.settle()
    assert r.condition("Stalled") == ("", "")
    assert r.condition("Ready") == ("True", "Provisioned")


async def test_a_config_that_becomes_invalid_keeps_what_it_holds(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    mark = r.mark()
    await r.configure(users=clause("REGEX MATCH", "("))
    await r.until(lambda: r.condition("Stalled")[0] == "True")
    r.cluster.delete(Kind.USER, "ada")
    assert r.cluster.get(Kind.USER, "ada") is not None
    assert r.writes(mark) == []
    await r.configure(users={})
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)


async def test_a_missing_required_attribute_is_reported_on_that_object_alone(r: Rig) -> None:
    r.user("ada")
    r.user("charles", emails=[])
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Provisioned"
    assert r.cluster.ready(Kind.USER, "charles") == ("False", "InvalidSpec")
    assert "emails" in r.message("charles")
    assert r.status["totals"]["users"]["failed"] == 1
    assert r.condition("Ready") == ("False", "ObjectsFailed")
    mark, writes = r.mark(), r.cluster.writes
    await r.sweep()
    assert r.writes(mark) == []
    assert r.cluster.writes == writes
    r.user("charles")
    await r.rest()
    assert r.reason("charles") == "Provisioned"


async def test_an_extension_that_nests_too_deep_is_said_and_can_be_deleted(r: Rig) -> None:
    """An API server takes it, and orjson does not write it: unread, its manifest could never be deleted."""
    nested: Any = 1
    for _ in range(300):
        nested = [nested]
    r.user("ada")
    await r.start()
    await r.settle()
    r.user("ada", title="New", extensions={"urn:example:2.0:User": {"badge": nested}})
    r.user("bob")
    await r.until(lambda: r.reason("ada") == "InvalidSpec" and r.reason("bob") == "Provisioned")
    assert "spec.extensions: a value nests deeper" in r.message("ada")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert (r.at_service("ada") or {})["active"] is False


async def test_a_rejected_object_is_parked_until_it_changes(r: Rig) -> None:
    r.simulator.faults.add("multi-value=refused")
    two = [{"type": "work", "value": "a@x.example"}, {"type": "home", "value": "b@x.example"}]
    r.spec["users"] = {
        "mappings": [
            {"target": "emails", "source": "emails"},
            {"target": 'emails[type eq "work"].value', "ignore": True},
        ]
    }
    r.user("ada")
    r.user("charles", emails=two)
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Provisioned"
    assert r.cluster.ready(Kind.USER, "charles") == ("False", "Rejected")
    await r.sweep()
    mark, writes = r.mark(), r.cluster.writes
    await r.sweep()
    assert [e.method for e in r.entries(mark)] == ["GET", "GET", "GET"], "the probe and two listings: it is parked"
    assert r.cluster.writes == writes
    r.user("charles", emails=two[:1])
    await r.rest()
    assert r.reason("charles") == "Provisioned"


async def test_a_rejected_change_is_parked_until_it_changes(r: Rig) -> None:
    r.user("ada")
    r.user("charles")
    await r.start()
    await r.settle()
    r.simulator.faults.add(f"status=400:invalidValue;method=PATCH;path=/Users/{r.id_of('ada')}")
    r.user("ada", title="Refused")
    r.user("charles", title="Taken")
    await r.rest()
    assert r.reason("ada") == "Rejected"
    assert r.reason("charles") == "Provisioned"
    await r.sweep()
    mark, writes = r.mark(), r.cluster.writes
    await r.sweep()
    assert r.writes(mark) == []
    assert r.cluster.writes == writes
    r.simulator.faults.clear()
    r.user("ada", title="Fine")
    await r.rest()
    assert r.reason("ada") == "Provisioned"


async def test_a_rename_to_a_name_that_is_taken_waits_for_it(r: Rig) -> None:
    """A chain of renames in one merge: charles takes ada's name, ada another one."""
    r.user("ada")
    r.user("charles")
    await r.start()
    await r.settle()
    ada, charles = r.id_of("ada"), r.id_of("charles")
    r.user("charles", userName="ada@corp.example")
    await r.rest()
    r.user("ada", userName="countess@corp.example")
    await r.until(lambda: r.reason("ada") == r.reason("charles") == "Provisioned")
    assert r.id_of("countess") == ada
    assert r.id_of("ada") == charles


async def test_a_name_taken_by_a_stranger_is_retried_when_the_stranger_has_gone(r: Rig) -> None:
    (stranger,), _ = r.simulator.seed(
        [{"userName": "taken@corp.example", "externalId": "x", "active": True, "displayName": "S"}]
    )
    r.user("ada")
    await r.start()
    await r.settle()
    r.user("ada", userName="taken@corp.example")
    await r.rest()
    assert r.reason("ada") == "Rejected"
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []
    r.by_hand("DELETE", f"/Users/{stranger}")
    await r.sweep()
    assert r.reason("ada") == "Provisioned"
    assert r.at_service("taken") is not None


async def test_one_object_that_is_forbidden_does_not_end_the_connection(r: Rig) -> None:
    r.user("ada")
    r.user("charles")
    await r.start()
    await r.settle()
    r.simulator.faults.add(f"status=403;method=PATCH;path=/Users/{r.id_of('ada')}")
    r.user("ada", title="New")
    r.user("charles", title="New")
    await r.until(lambda: r.reason("ada") == "Rejected")
    await r.rest()
    assert r.reason("charles") == "Provisioned"
    assert r.condition("Connected")[0] == "True"
