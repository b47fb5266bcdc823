"""A service that says what is not so: whose a resource is, what it has done, and that all is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from scim_operator.core.keys import Kind
from scim_operator.scim.protocol import Response
from tests.support.liar import Liar, says
from tests.support.rig import Rig, rig, service_group, service_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.scim.protocol import Request

ROOT = "root@corp.example"
ERROR = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "403", "detail": "no"}


def root(r: Rig) -> dict[str, Any]:
    found = r.simulator.user(ROOT)
    assert found is not None, "somebody renamed root"
    return dict(found)


def creates(request: Request, name: str) -> bool:
    body = request.body or {}
    return request.method == "POST" and name in (body.get("userName"), body.get("displayName"))


ANSWERS: dict[str, Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]] = {
    "another's document": lambda _, other: other,
    "another's id": lambda made, other: {**made, "id": other["id"]},
    "another's id alone": lambda _, other: {"id": other["id"]},
    "another's document under the new id": lambda made, other: {**other, "id": made["id"]},
}


@pytest.mark.parametrize("external_id", [None, "8d9e4a52-0000-4000-8000-000000000001"], ids=["mark", "given"])
@pytest.mark.parametrize("answer", ANSWERS)
async def test_a_create_answered_with_another_person_makes_no_one_ours(answer, external_id) -> None:
    async with rig(haste=20) as r:
        r.by_hand("POST", "/Users", service_user("root"))
        before = root(r)

        async def lie(request: Request, real: Any) -> Response:
            reported = await real()
            made = orjson.loads(reported.body) if reported.body else {}
            return says(ANSWERS[answer](made, root(r)), 201) if creates(request, "ada@corp.example") else reported

        r.user("ada", **({"externalId": external_id} if external_id else {}))
        r.group("all", ["ada"])
        await r.start(Liar(lie))  # type: ignore[arg-type]
        await r.until(lambda: r.members("all") == {"ada"})
        assert r.entry("ada")["id"] == r.id_of("ada")
        r.user("ada", title="Chief", **({"externalId": external_id} if external_id else {}))
        await r.until(lambda: (r.at_service("ada") or {}).get("title") == "Chief")
        r.cluster.delete(Kind.USER, "ada")
        await r.until(lambda: (r.at_service("ada") or {}).get("active") is False)
        assert {**root(r), "meta": None, "groups": None} == {**before, "meta": None, "groups": None}


async def test_a_create_that_was_not_made_and_names_another_is_refused() -> None:
    async with rig(haste=20) as r:
        r.by_hand("POST", "/Users", service_user("root"))

        async def lie(request: Request, real: Any) -> Response:
            return says(root(r), 201) if creates(request, "ada@corp.example") else await real()

        r.user("ada")
        r.group("all", ["ada"])
        await r.start(Liar(lie))  # type: ignore[arg-type]
        await r.until(lambda: r.reason("ada") == "Rejected")
        assert "another one" in r.message("ada")
        await r.until(lambda: r.condition("Ready") == ("False", "ObjectsFailed"))
        assert r.members("all") == set()
        assert "id" not in r.entry("ada")


async def test_a_group_that_is_created_as_the_administrators_stays_apart() -> None:
    async with rig(haste=20) as r:
        someone = r.by_hand("POST", "/Users", service_user("root"))
        admins = r.by_hand("POST", "/Groups", service_group("admins", [someone["id"]]))

        async def lie(request: Request, real: Any) -> Response:
            reported = await real()
            return says(admins, 201) if creates(request, "all") else reported

        r.user("ada")
        r.group("all", ["ada"])
        await r.start(Liar(lie))  # type: ignore[arg-type]
        await r.until(lambda: r.members("all") == {"ada"})
        await r.until(lambda: r.reason("all", Kind.GROUP) == "Provisioned")
        assert r.entry("all", Kind.GROUP)["id"] == r.group_id("all") != admins["id"]
        assert r.members("admins") == {"root"}


async def test_two_creates_answered_with_one_id_are_two() -> None:
    async with rig(haste=20) as r:
        first: list[str] = []

        async def lie(request: Request, real: Any) -> Response:
            reported = await real()
            if request.method != "POST" or request.path != "/Users":
                return reported
            made = orjson.loads(reported.body)
            first.append(made["id"])
            return says({**made, "id": first[0]}, 201)

        for name in ("ada", "grace"):
            r.user(name)
        r.group("all", ["ada", "grace"])
        await r.start(Liar(lie))  # type: ignore[arg-type]
        await r.until(lambda: r.members("all") == {"ada", "grace"})
        assert {r.entry(name)["id"] for name in ("ada", "grace")} == {r.id_of("ada"), r.id_of("grace")}


DISABLES = {
    "nothing": Response(204, {}, b""),
    "an error that reports success": says(ERROR),
}


@pytest.mark.parametrize("answer", DISABLES)
async def test_access_that_does_not_end_is_reported(answer) -> None:
    async with rig(haste=20) as r:
        r.user("ada")
        r.group("all", ["ada"])
        liar = Liar()
        await r.start(liar)  # type: ignore[arg-type]
        await r.settle()

        async def lie(request: Request, real: Any) -> Response:
            return DISABLES[answer] if request.method in ("PATCH", "PUT") else await real()

        liar.lie = lie
        r.cluster.delete(Kind.USER, "ada")
        await r.until(lambda: r.condition("Ready")[0] == "False")
        await r.until(lambda: r.reason("ada") in ("Rejected", "Retrying"))
        assert r.cluster.get(Kind.USER, "ada") is not None
        liar.lie = Liar().lie
        await r.annotate_config(**{"scim-operator.io/reconcile-requested-at": "now"})
        await r.until(lambda: (r.at_service("ada") or {}).get("active") is False)


async def test_an_error_that_reports_success_is_no_resource() -> None:
    async with rig(haste=20) as r:
        r.user("ada")
        liar = Liar()
        await r.start(liar)  # type: ignore[arg-type]
        await r.settle()
        mark, known = r.mark(), r.entry("ada")

        async def lie(request: Request, real: Any) -> Response:
            return says(ERROR) if request.names_resource else await real()

        liar.lie = lie
        r.user("ada", title="Chief")
        await r.until(lambda: r.reason("ada") == "Retrying")
        assert "is an error" in r.message("ada")
        liar.lie = Liar().lie
        await r.until(lambda: (r.at_service("ada") or {}).get("title") == "Chief", 30)
        await r.until(lambda: r.reason("ada") == "Provisioned")
        assert r.entry("ada")["id"] == known["id"]
        assert {entry.split(" /")[0] for entry in r.writes(mark)} == {"PATCH"}
