"""Explaining one object: each step as it is, nothing listed, nothing written, nothing sensitive shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from scim_operator.core.keys import Kind
from tests.support.explaining import explained, step
from tests.support.rig import service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig


SECRET = "4711-secret"


async def test_a_new_user_is_explained_before_anything_is_sent(r: Rig) -> None:
    r.user("ada", title="Analyst")
    reported = await explained(r, Kind.USER, "ada")
    assert [each.name for each in reported.steps] == [
        "Import",
        "Config",
        "Connection",
        "Scope",
        "Match",
        "Mapping",
        "Plan",
        "Requests",
        "Guard",
        "Last outcome",
    ]
    assert step(reported, "Match").outcome == "nothing at the service"
    assert "title = 'Analyst' (source): differs" in step(reported, "Mapping").details
    assert step(reported, "Plan").outcome == "Create (Provisioned)"
    [request] = step(reported, "Requests").details
    assert request.startswith("POST /Users {")
    assert reported.conclusion.startswith(
        "Create would be sent once the operator has taken up the ProvisioningConfig. "
    )


async def test_each_clause_is_reported(r: Rig) -> None:
    clauses = [
        {"attribute": "title", "operator": "EQUALS", "value": "Analyst"},
        {"attribute": "userType", "operator": "IS NOT NULL"},
    ]
    r.spec["users"] = {"filters": [{"title": "Analysts", "clauses": clauses}], "expression": "user.active"}
    r.user("ada", title="Analyst")
    scope = step(await explained(r, Kind.USER, "ada"), "Scope")
    assert scope.outcome == "out of scope (FilteredOut)"
    assert scope.details[1:] == (
        "no  filter 'Analysts'",
        "  yes title EQUALS Analyst",
        "  no  userType IS NOT NULL (the attribute has no value)",
        "yes spec.users.expression",
    )


async def test_an_edit_shows_what_differs_and_the_request(r: Rig) -> None:
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    await r.stop()
    r.user("ada", title="Countess")
    reported = await explained(r, Kind.USER, "ada")
    assert "by id: ours" in step(reported, "Match").outcome
    assert "title = 'Countess' (source): differs; the service has 'Analyst'" in step(reported, "Mapping").details
    assert "title: 'Analyst' -> 'Countess'" in step(reported, "Plan").details
    [request] = step(reported, "Requests").details
    assert request.startswith(f"PATCH /Users/{r.id_of('ada')} ")
    assert '"path":"title"' in request
    assert step(reported, "Last outcome").outcome == "Provisioned (of generation 1)"


async def test_a_match_of_nobodys_and_an_ambiguous_one(r: Rig) -> None:
    r.simulator.seed([service_user("ada")])
    r.user("ada")
    reported = await explained(r, Kind.USER, "ada")
    assert "by userName: no one's, and taken over by approval alone" in step(reported, "Match").outcome
    taking = f"Taking over the resource {r.id_of('ada')} (it matches by userName; changing nothing)"
    assert reported.conclusion.startswith(f"{taking} would come after approval")
    assert step(reported, "Guard").outcome == "held"
    r.simulator.seed([service_user("adele", displayName="Ada"), service_user("adam", displayName="Ada")])
    r.spec["users"] = {"matching": ["displayName", "externalId", "userName"]}
    r.user("ada", displayName="Ada")
    reported = await explained(r, Kind.USER, "ada")
    match = step(reported, "Match")
    assert match.outcome == "several resources, by displayName"
    assert "displayName: 2 at the service" in match.details
    assert {r.id_of("adele"), r.id_of("adam")} <= set(match.details)
    assert step(reported, "Plan").outcome == "nothing to send (Ambiguous)"
    assert reported.conclusion.startswith(
        "Nothing would be sent: Several resources at the service match by displayName"
    )


async def test_what_is_sensitive_is_not_shown(r: Rig) -> None:
    mapping = {"target": "nickName", "source": "nickName", "sensitive": True}
    r.spec["users"] = {"mappings": [mapping]}
    r.user("ada", nickName=SECRET)
    reported = await explained(r, Kind.USER, "ada", most=0)
    assert SECRET not in str(reported)
    assert "nickName = [Redact] (source): differs" in step(reported, "Mapping").details
    await r.start()
    await r.settle()
    await r.stop()
    r.user("ada", nickName=f"{SECRET}-2")
    assert SECRET not in str(await explained(r, Kind.USER, "ada", most=0))


@pytest.mark.parametrize("patch", [True, False], ids=["PATCH", "PUT"])
@pytest.mark.parametrize(
    ("target", "spec"),
    [
        ("nickName", {"nickName": SECRET}),
        ("name.middleName", {"name": {"givenName": "Ada", "familyName": "Example", "middleName": SECRET}}),
        ('phoneNumbers[type eq "mobile"]', {"phoneNumbers": [{"type": "mobile", "value": SECRET}]}),
        ("entitlements", {"entitlements": [{"value": SECRET}]}),
    ],
    ids=["simple", "part", "element", "list"],
)
async def test_a_request_shows_nothing_sensitive_that_it_carries_along(
    r: Rig, target: str, spec: dict[str, Any], patch: bool
) -> None:
    """A create and a PUT have the whole resource in their bodies."""
    r.spec["service"] = {**r.spec["service"], "profile": "generic", "capabilities": {"patch": patch}}
    mappings = [{"target": target, "source": target, "sensitive": True}]
    mappings += [{"target": f'phoneNumbers[type eq "{type}"].value', "ignore": True} for type in ("work", "mobile")]
    r.spec["users"] = {"mappings": mappings}
    r.user("ada", **spec)
    requests = step(await explained(r, Kind.USER, "ada", most=0), "Requests")
    assert "[Redact]" in str(requests.details)
    assert SECRET not in str(requests.details)
    await r.start()
    await r.settle()
    await r.stop()
    r.user("ada", title="Countess", **spec)
    reported = await explained(r, Kind.USER, "ada", most=0)
    [request] = step(reported, "Requests").details
    assert request.startswith("PATCH" if patch else "PUT")
    assert "Countess" in request
    assert SECRET not in str(reported)
    spec_after = orjson.loads(orjson.dumps(spec).replace(SECRET.encode(), b"4711-secret-2"))
    r.user("ada", **spec_after)
    reported = await explained(r, Kind.USER, "ada", most=0)
    assert "[Redact]" in str(step(reported, "Requests").details)
    assert SECRET not in str(reported)


async def test_who_leaves_is_explained_with_the_limits(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    await r.stop()
    r.spec["scope"] = "Assigned"
    r.spec["limits"] = {"disables": {"percent": 0, "min": 0, "max": 0}}
    reported = await explained(r, Kind.USER, "ada")
    assert step(reported, "Plan").outcome == "Disable (Disabled)"
    assert step(reported, "Guard").outcome == "held"
    assert reported.conclusion.startswith("Disable would be sent after approval. Not assigned")


async def test_a_disabled_and_a_deleted_user_are_explained_too(r: Rig) -> None:
    r.user("ada", active=False)
    r.user("charles")
    await r.start()
    await r.settle()
    await r.stop()
    reported = await explained(r, Kind.USER, "ada")
    assert "active is false" in step(reported, "Import").details
    assert reported.conclusion.startswith("Nothing would be sent: active is false")
    r.cluster.delete(Kind.USER, "charles")
    reported = await explained(r, Kind.USER, "charles")
    assert "it is being deleted" in step(reported, "Import").details
    assert step(reported, "Plan").outcome == "Disable (Disabled)"


async def test_a_group_of_any_size_is_explained(r: Rig) -> None:
    names = [f"user-{number}" for number in range(60)]
    for name in names:
        r.user(name)
    r.group("everyone", names[:50])
    await r.start()
    await r.settle()
    await r.stop()
    r.group("everyone", names[5:])
    reported = await explained(r, Kind.GROUP, "everyone", most=5)
    plan = step(reported, "Plan")
    assert plan.outcome == "Update (Provisioned)"
    assert plan.details[-1] == "and 11 more"
    whole = step(await explained(r, Kind.GROUP, "everyone", most=0), "Plan")
    assert sum(line.startswith("+ member") for line in whole.details) == 10
    assert sum(line.startswith("- member") for line in whole.details) == 5


async def test_an_expression_that_fails_is_reported(r: Rig) -> None:
    r.spec["users"] = {"mappings": [{"target": "displayName", "expression": "string(int(user.title))"}]}
    r.user("ada", title="ten")
    reported: Any = await explained(r, Kind.USER, "ada")
    assert step(reported, "Mapping").outcome == "an expression fails"
    assert step(reported, "Plan").outcome == "nothing to send (InvalidSpec)"


async def test_in_mode_plan_the_conclusion_says_so(r: Rig) -> None:
    r.spec["mode"] = "Plan"
    r.user("ada")
    await r.start()
    await r.settle()
    await r.stop()
    reported = await explained(r, Kind.USER, "ada")
    assert reported.conclusion.startswith("Create would be sent once spec.mode is Apply.")
