"""Users at the simulated service: the strict form of what VMware documents."""

from __future__ import annotations

import pytest

from scim_operator.simulator.settings import Settings
from tests.simulator.client import ENTERPRISE, USER, WS1B, person


async def test_create_answers_the_resource_with_meta_and_location(client):
    answer = await client.post("/Users", person(title="Analyst"))
    found = answer.json
    assert answer.status == 201
    assert answer.headers["Content-Type"] == "application/scim+json"
    assert answer.headers["Location"] == found["meta"]["location"] == f"{client.sim.url}/Users/{found['id']}"
    assert found["meta"]["resourceType"] == "User"
    assert found["meta"]["version"].startswith('W/"')
    assert found["meta"]["created"] == found["meta"]["lastModified"]
    assert found["title"] == "Analyst"
    assert (await client.get(f"/Users/{found['id']}")).json == found


async def test_booleans_of_values_are_strings_and_active_is_none(client):
    found = (await client.post("/Users", person())).json
    assert found["emails"][0]["primary"] == "true"
    assert found["active"] is True


async def test_lenient_service_answers_true_booleans_and_asks_for_a_user_name_only(start):
    async with start(settings=Settings().lenient()) as client:
        found = (await client.post("/Users", {"userName": "a", "emails": [{"value": "x", "primary": True}]})).json
        assert found["emails"][0]["primary"] is True
        assert (await client.post("/Users", {"schemas": [USER]})).json["detail"].endswith("missing: userName.")


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        pytest.param({"userName": None}, ["userName"], id="absent"),
        pytest.param({"userName": ""}, ["userName"], id="empty is not enough"),
        pytest.param({"externalId": None, "active": None}, ["externalId", "active"], id="all are named"),
        pytest.param({"name": {"givenName": "Ada"}}, ["name.familyName"], id="a part of a complex attribute"),
        pytest.param({"emails": [{"type": "home", "value": "a@b.c"}]}, ["emails"], id="the type must be work"),
        pytest.param({"emails": [{"type": "work"}]}, ["emails"], id="a work mail without value"),
    ],
)
async def test_required_attributes(client, changes, lacking):
    answer = await client.post("/Users", person(**changes))
    assert (answer.status, answer.kind, answer.json["status"]) == (400, "invalidValue", "400")
    assert all(name in answer.json["detail"] for name in lacking)
    assert client.sim.users == {}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        pytest.param({"userName": "ADA@corp.example", "externalId": "2"}, 409, id="userName without case"),
        pytest.param({"userName": "b", "externalId": "identity/ada"}, 409, id="externalId"),
        pytest.param({"userName": "b", "externalId": "Identity/Ada"}, 201, id="externalId is exact in case"),
    ],
)
async def test_unique_values(client, changes, status):
    await client.create("/Users", person())
    answer = await client.post("/Users", person(**changes))
    assert answer.status == status
    assert status == 201 or answer.kind == "uniqueness"


async def test_deleted_user_frees_its_values(client):
    first = await client.create("/Users", person())
    assert (await client.call("DELETE", f"/Users/{first}")).status == 204
    assert await client.create("/Users", person()) != first


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_unknown_id_is_404(client, method):
    body = None if method in {"GET", "DELETE"} else person()
    answer = await client.call(method, "/Users/2819c223", body)
    assert (answer.status, answer.json["schemas"]) == (404, ["urn:ietf:params:scim:api:messages:2.0:Error"])


async def test_put_replaces_and_clears_what_it_omits(client):
    user = await client.create("/Users", person(title="Analyst", nickName="A"))
    answer = await client.call("PUT", f"/Users/{user}", person(title="Lead"))
    assert answer.status == 200
    assert answer.json["title"] == "Lead"
    assert "nickName" not in answer.json


async def test_put_without_external_id_keeps_it(client):
    user = await client.create("/Users", person())
    answer = await client.call("PUT", f"/Users/{user}", person(externalId=None))
    assert answer.json["externalId"] == "identity/ada"


async def test_put_lacking_a_required_attribute_is_refused(client):
    user = await client.create("/Users", person())
    assert (await client.call("PUT", f"/Users/{user}", person(active=None))).kind == "invalidValue"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_external_id_update_is_ignored_silently_and_logged(client, method):
    user = await client.create("/Users", person())
    before = client.sim.users
    if method == "PUT":
        answer = await client.call("PUT", f"/Users/{user}", person(externalId="other"))
    else:
        answer = await client.patch(f"/Users/{user}", {"op": "replace", "path": "externalId", "value": "other"})
    assert (answer.status, answer.json["externalId"]) == (200, "identity/ada")
    assert client.sim.users == before
    entry = list(client.sim.log)[-1]
    assert entry.effect == "ignored"
    assert entry.notes == ("has an update for externalId which will be ignored",)


async def test_write_without_a_change_leaves_the_version(client):
    created = (await client.post("/Users", person())).json
    answer = await client.call("PUT", f"/Users/{created['id']}", person())
    assert answer.json["meta"] == created["meta"]
    assert list(client.sim.log)[-1].effect == "none"


async def test_read_only_attributes_in_a_body_are_passed_over(client):
    found = (await client.post("/Users", person(id="mine", meta={"version": "x"}, groups=[{"value": "g"}]))).json
    assert found["id"] != "mine"
    assert "groups" not in found


async def test_names_are_taken_without_case_and_answered_in_their_own(client):
    document = {"USERNAME" if key == "userName" else key: value for key, value in person().items()}
    assert (await client.post("/Users", document)).json["userName"] == "ada@corp.example"


async def test_entra_s_string_booleans_are_taken(client):
    assert (await client.post("/Users", person(active="False"))).json["active"] is False


async def test_null_and_empty_lists_are_not_stored(client):
    found = (await client.post("/Users", person(title=None) | {"nickName": None, "phoneNumbers": []})).json
    assert not {"nickName", "phoneNumbers"} & set(found)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        pytest.param({"schemas": []}, "invalidSyntax", id="schemas must name the core schema"),
        pytest.param({ENTERPRISE: {"department": "X"}}, "invalidSyntax", id="an extension must be in schemas"),
        pytest.param({"nickname2": "x"}, "invalidSyntax", id="unknown attribute"),
        pytest.param({"title": 5}, "invalidValue", id="a number for a string"),
        pytest.param({"active": "yes"}, "invalidValue", id="no boolean"),
        pytest.param({"emails": {"type": "work", "value": "x"}}, "invalidValue", id="no list"),
        pytest.param({"name": "Ada"}, "invalidValue", id="no object"),
        pytest.param(
            {"emails": [{"type": "work", "value": v, "primary": True} for v in "ab"]},
            "invalidValue",
            id="two primary values",
        ),
    ],
)
async def test_strict_checks(client, changes, kind):
    answer = await client.post("/Users", person(**changes))
    assert (answer.status, answer.kind) == (400, kind)


async def test_extensions_are_stored_under_their_urn_and_listed_in_schemas(client):
    sent = person(
        schemas=[USER, ENTERPRISE, WS1B, "urn:example:2.0:User"],
        **{
            ENTERPRISE.lower(): {"department": "Engineering", "manager": {"value": "7"}},
            WS1B: {"domain": "corp.example", "customAttribute5": "x"},
            "urn:example:2.0:User": {"badge": "B-17"},
        },
    )
    sent["schemas"][1] = ENTERPRISE.upper()
    found = (await client.post("/Users", sent)).json
    assert found[ENTERPRISE] == {"department": "Engineering", "manager": {"value": "7"}}
    assert found["urn:example:2.0:User"] == {"badge": "B-17"}
    assert found["schemas"] == [USER, ENTERPRISE, WS1B, "urn:example:2.0:User"]


async def test_password_is_never_returned(client):
    assert "password" not in (await client.post("/Users", person(password="p"))).json


@pytest.mark.parametrize("scheme", ["Bearer", "HZN", "bearer"])
async def test_authorization_schemes(client, scheme):
    answer = await client.call("GET", "/Users", headers={"Authorization": f"{scheme} {client.sim.token}"})
    assert answer.status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param("", id="none"),
        pytest.param("Bearer wrong", id="wrong token"),
        pytest.param("Basic {token}", id="wrong scheme"),
    ],
)
async def test_unauthorized_is_not_a_scim_error(client, authorization):
    headers = {"Authorization": authorization.format(token=client.sim.token)}
    answer = await client.call("GET", "/Users", headers=headers)
    assert answer.status == 401
    assert answer.json == {"errors": [{"code": "401", "message": "Unauthorized"}]}


@pytest.mark.parametrize(
    "path",
    [
        "/ServiceProviderConfig",
        "/Schemas",
        "/ResourceTypes",
        "/Bulk",
        "/",
        "/Users/",
        "//Users",
        "/users",
        "/scim/v2/Users",
        "/Users/a/b",
    ],
)
async def test_everything_else_is_404(client, path):
    assert (await client.get(path)).status == 404


async def test_outside_of_the_base_path_a_page_answers(client):
    answer = await client.get(client.sim.url.removesuffix("/v2") + "/Users")
    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/scim+json", 201),
        ("application/json; charset=utf-8", 201),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
async def test_content_types(client, content_type, status):
    answer = await client.call("POST", "/Users", person(), headers={"Content-Type": content_type})
    assert answer.status == status


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff"])
async def test_a_body_that_is_no_object_is_invalid_syntax(client, body):
    answer = await client.post("/Users", body)
    assert (answer.status, answer.kind) == (400, "invalidSyntax")


@pytest.mark.parametrize(("method", "path"), [("PUT", "/Users"), ("DELETE", "/Groups"), ("POST", "/Users/{id}")])
async def test_method_that_does_not_fit(client, method, path):
    user = await client.create("/Users", person())
    answer = await client.call(method, path.format(id=user), person() if method != "DELETE" else None)
    assert answer.status == 405


@pytest.mark.parametrize("status", [405, 501])
async def test_put_only_service(start, status):
    async with start(settings=Settings(patch_status=status)) as client:
        user = await client.create("/Users", person())
        assert (await client.patch(f"/Users/{user}", {"op": "remove", "path": "title"})).status == status
        assert (await client.call("PUT", f"/Users/{user}", person(title="x"))).status == 200


async def test_if_match_where_versions_are_honoured(start):
    async with start(settings=Settings(etag=True)) as client:
        created = await client.post("/Users", person())
        path, version = f"/Users/{created.id}", created.headers["ETag"]
        assert version == created.json["meta"]["version"]
        first = await client.call("PUT", path, person(title="x"), {"If-Match": version})
        late = await client.call("PUT", path, person(title="y"), {"If-Match": version})
        assert (first.status, late.status) == (200, 412)
        assert (await client.call("DELETE", path, headers={"If-Match": "*"})).status == 204


async def test_if_match_is_passed_over_by_default(client):
    user = await client.create("/Users", person())
    answer = await client.call("PUT", f"/Users/{user}", person(title="x"), {"If-Match": 'W/"99"'})
    assert answer.status == 200
    assert "ETag" not in answer.headers


async def test_me(start):
    async with start(settings=Settings(me="ada@corp.example")) as client:
        assert (await client.get("/Me")).status == 404
        user = await client.create("/Users", person())
        assert (await client.get("/Me")).id == user


async def test_discovery_can_be_switched_on(start):
    async with start(settings=Settings(discovery=True, etag=True, page_cap=7)) as client:
        config = (await client.get("/ServiceProviderConfig")).json
        assert config["patch"]["supported"] is True
        assert config["etag"]["supported"] is True
        assert config["filter"]["maxResults"] == 7
        schemas = (await client.get("/Schemas")).json["Resources"]
        assert {schema["id"] for schema in schemas} >= {USER, ENTERPRISE, WS1B}
        types = (await client.get("/ResourceTypes")).json["Resources"]
        assert [one["endpoint"] for one in types] == ["/Users", "/Groups"]
