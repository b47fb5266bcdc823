"""App roles from assignments: what expressions see of them, and what comes and goes at the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from tests.support.rig import Rig


def assigned(r: Rig, expression: str, *assignments: dict[str, Any], **mapping: Any) -> None:
    r.spec["scope"] = "Assigned"
    r.spec["assignments"] = list(assignments)
    r.spec["users"] = {"mappings": [{"target": "roles", "expression": expression, **mapping}]}


def roles(r: Rig, name: str) -> list[str]:
    return sorted(each["value"] for each in (r.at_service(name) or {}).get("roles", ()))


ASSERTIVE = "AssertiveAppRoleAssignmentsComplex(roles)"


async def test_roles_come_by_user_by_group_and_by_label(r: Rig) -> None:
    r.user("ada", labels={"tier": "prod"})
    r.user("charles")
    r.group("compilers", ["ada"])
    r.group("engineering", ["@compilers"])
    assigned(
        r,
        ASSERTIVE,
        {"userRef": {"name": "ada"}, "roles": ["owner"]},
        {"groupRef": {"name": "engineering"}, "roles": ["reader", "owner"]},
        {"userSelector": {"matchLabels": {"tier": "prod"}}, "roles": ["oncall"]},
        {"userRef": {"name": "charles"}},
    )
    await r.start()
    await r.settle()
    assert roles(r, "ada") == ["oncall", "owner", "reader"], "nested groups count, and each role once"
    assert roles(r, "charles") == []
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []


async def test_a_role_that_is_revoked_goes_without_a_sweep(r: Rig) -> None:
    r.user("ada")
    r.group("engineering", ["ada"])
    entries = [
        {"userRef": {"name": "ada"}, "roles": ["reader"]},
        {"groupRef": {"name": "engineering"}, "roles": ["dev"]},
    ]
    assigned(r, ASSERTIVE, *entries)
    await r.start()
    await r.settle()
    assert roles(r, "ada") == ["dev", "reader"]
    r.group("engineering", [])
    await r.until(lambda: roles(r, "ada") == ["reader"])
    r.group("engineering", ["ada"])
    await r.until(lambda: roles(r, "ada") == ["dev", "reader"])


async def test_a_label_gives_a_role_and_takes_it(r: Rig) -> None:
    r.user("ada")
    selector = {"userSelector": {"matchLabels": {"tier": "prod"}}, "roles": ["oncall"]}
    assigned(r, ASSERTIVE, {"userRef": {"name": "ada"}}, selector)
    await r.start()
    await r.settle()
    r.user("ada", labels={"tier": "prod"})
    await r.until(lambda: roles(r, "ada") == ["oncall"])
    r.user("ada")
    await r.until(lambda: roles(r, "ada") == [])


async def test_the_other_function_only_adds(r: Rig) -> None:
    r.user("ada")
    adding = "AppRoleAssignmentsComplex(roles)"
    assigned(r, adding, {"userRef": {"name": "ada"}, "roles": ["reader"]}, apply="AddOnly")
    await r.start()
    await r.settle()
    await r.configure(assignments=[{"userRef": {"name": "ada"}, "roles": ["writer"]}])
    await r.settle()
    assert roles(r, "ada") == ["reader", "writer"]


async def test_a_single_role_is_a_text_and_several_are_an_error_of_that_user(r: Rig) -> None:
    r.user("ada")
    r.user("charles")
    r.spec["scope"] = "Assigned"
    r.spec["assignments"] = [
        {"userRef": {"name": "ada"}, "roles": ["admin"]},
        {"userRef": {"name": "charles"}, "roles": ["admin", "reader"]},
    ]
    single = {"target": 'roles[primary eq "True"].value', "expression": "SingleAppRoleAssignment(roles)"}
    r.spec["users"] = {"mappings": [single]}
    await r.start()
    await r.settle()
    assert roles(r, "ada") == ["admin"]
    assert r.cluster.ready(Kind.USER, "charles") == ("False", "InvalidSpec")


async def test_scope_may_go_by_role(r: Rig) -> None:
    r.user("ada")
    r.user("charles")
    entries = [{"userRef": {"name": "ada"}, "roles": ["admin"]}, {"userRef": {"name": "charles"}}]
    assigned(r, ASSERTIVE, *entries)
    r.spec["users"]["expression"] = '"admin" in roles'
    await r.start()
    await r.settle()
    assert r.at_service("ada") is not None
    assert r.at_service("charles") is None, "Entra's required role"
