"""Live imports from identity providers: every page, one host, and no secret anywhere else. Real HTTP on loopback."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.local.checks import check
from scim_operator.local.manifests import collect
from tests.support.clouds import ADA, GROUPS, PEOPLE, REALM, person
from tests.support.identity_provider import SECRET, TOKEN, Provider, graph, okta, provider, realm

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


async def entra(p: Provider, folder: Path, *options: str, secret: str = SECRET) -> Result:
    """Import from a provider that answers as Graph and as its token endpoint."""
    (folder / "secret").write_text(f"{secret}\n")
    words = ["--tenant=corp.example", "--client-id=app", f"--client-secret-file={folder / 'secret'}"]
    return await run(folder, "entra", *words, f"--graph-url={p.url}/v1.0", f"--login-url={p.url}", *options)


async def run(folder: Path, source: str, *words: str, insecure: bool = True) -> Result:
    environment = {"SCIM_OPERATOR_ALLOW_INSECURE_SERVICES": "true" if insecure else "false"}
    arguments = ["import", source, str(folder / "out"), *words]
    result = await asyncio.to_thread(CliRunner().invoke, main, arguments, env=environment)
    assert SECRET not in result.output
    assert TOKEN not in result.output
    return result


def specs(folder: Path) -> dict[str, dict[str, Any]]:
    found = collect([folder / "out"])
    assert [each.as_text() for each in check(found)] == []
    return {each.name: each.body["spec"] for each in found.manifests}


async def test_all_of_a_tenant(tmp_path: Path) -> None:
    async with provider() as p:
        graph(p)
        result = await entra(p, tmp_path)
        assert result.exit_code == 0, result.output
        found = specs(tmp_path)
        assert set(found) == {"ada-corp.example", "bob-corp.example", "ops", "dev"}
        assert found["ada-corp.example"]["externalId"] == ADA
        assert found["ada-corp.example"]["manager"] == {"userRef": {"name": "bob-corp.example"}}
        assert found["ops"]["members"] == [{"groupRef": {"name": "dev"}}, {"userRef": {"name": "ada-corp.example"}}]
        assert found["dev"]["members"] == []
        [asked] = p.tokens
        assert asked["scope"] == f"{p.url}/.default"
        assert asked["grant_type"] == "client_credentials"
        assert "accountEnabled" in p.asked[0]
        assert "manager" in p.asked[0]


async def test_later_is_waited_for(tmp_path: Path) -> None:
    async with provider() as p:
        graph(p)
        busy = lambda _: web.Response(status=429, headers={"Retry-After": "0"})  # noqa: E731
        p.says("/v1.0/groups", busy, busy, {"value": GROUPS})
        result = await entra(p, tmp_path)
        assert result.exit_code == 0, result.output
        assert sum(path.startswith("/v1.0/groups?") for path in p.asked) == 3


async def test_a_token_goes_to_no_other_host(tmp_path: Path) -> None:
    """Whatever the next page is said to be: another port, a name that begins alike, another path, a redirect."""
    async with provider() as p, provider() as other:
        links = [
            f"{other.url}/v1.0/users?$skiptoken=a",
            f"{p.url}@evil.example/v1.0/users",
            f"{p.url}/v1.0.evil.example/users",
            f"{p.url}/v2/users",
            f"{p.url}/v1.0/../v2/users",
            f"{p.url}/v1.0/%2E%2e/v2/users",
            f"{p.url}/v1.0/users/..",
            f"{p.url}/v1.0/..\\v2/users",
            f"{p.url}/v1.0/%252e%252e/v2/users",
            f"{p.url}/v1.0/users?a b=c",
            f"{p.url}/v1.0/users#x",
            "//evil.example/v1.0/users",
            "ftp://evil.example",
        ]
        for link in links:
            graph(p)
            p.says("/v1.0/users", {"value": PEOPLE[:1], "@odata.nextLink": link})
            result = await entra(p, tmp_path)
            assert result.exit_code == 1, link
            assert "names a next page outside of the URL" in result.stderr, link
            assert not (tmp_path / "out").exists()
        p.says("/v1.0/users", lambda _: web.Response(status=302, headers={"Location": f"{other.url}/v1.0/users"}))
        assert (await entra(p, tmp_path)).exit_code == 1
        assert (other.asked, other.tokens, other.seen) == ([], [], [])


@pytest.mark.parametrize("kind", ["the same link", "new links without anyone new"])
async def test_a_listing_without_an_end_is_refused(tmp_path: Path, kind: str) -> None:
    async with provider() as p:
        graph(p)

        def endless(request: web.Request) -> web.Response:
            number = 0 if kind == "the same link" else len(p.asked)
            return web.json_response(
                {"value": PEOPLE[:1], "@odata.nextLink": f"{p.url}/v1.0/users?$skiptoken={number}"}
            )

        p.says("/v1.0/users", endless)
        result = await entra(p, tmp_path)
        assert result.exit_code == 1
        assert "the listing has no end; nothing is imported" in result.stderr
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"value": 7}, "a page is no list"),
        ([], "there is no one to import"),
        ({"value": [7]}, "object 1 is no JSON object"),
        ({"value": [{"id": ["x"]}]}, "its id is a list"),
        ({"value": [], "@odata.nextLink": 7}, "@odata.nextLink is no text"),
        (lambda _: web.Response(text="{"), "has answered what cannot be read"),
        (lambda _: web.Response(text="<html>"), "has answered what cannot be read"),
        (lambda _: web.Response(status=403), "refuses to show this (403): the credentials need the application"),
        (lambda _: web.Response(status=404), "answered 404"),
        (lambda _: web.Response(body=b"[" * 100_000), "cannot be read"),
        (lambda _: web.Response(body=b" " * (33 << 20)), "larger than 32 MiB"),
        ({"value": [person("1", userPrincipalName="a\x00b")]}, "userName"),
    ],
)
async def test_a_hostile_or_broken_answer_writes_nothing(tmp_path: Path, answer: Any, sentence: str) -> None:
    async with provider() as p:
        graph(p)
        p.says("/v1.0/users", answer)
        p.says("/v1.0/groups", {"value": []})
        result = await entra(p, tmp_path)
        assert result.exit_code == 1, result.output
        assert sentence in result.stderr
        assert not (tmp_path / "out").exists()


async def test_a_wrong_secret_is_said_by_its_option(tmp_path: Path) -> None:
    async with provider() as p:
        graph(p)
        result = await entra(p, tmp_path, secret="wrong-secret")
        assert result.exit_code == 1
        assert "refuses the client: check --client-id, the secret in --client-secret-file" in result.stderr
        assert "wrong-secret" not in result.output
        assert p.asked == []


async def test_https_alone_unless_it_is_a_test(tmp_path: Path) -> None:
    async with provider() as p:
        (tmp_path / "secret").write_text(SECRET)
        words = ["--tenant=t", "--client-id=app", f"--client-secret-file={tmp_path / 'secret'}"]
        result = await run(tmp_path, "entra", *words, f"--graph-url={p.url}", f"--login-url={p.url}", insecure=False)
        assert result.exit_code == 1
        assert "must begin with https://" in result.stderr
        assert (p.asked, p.tokens) == ([], [])


@pytest.mark.parametrize(
    "words", [("--tenant=../x", "--client-id=a"), ("--tenant=t",), ("--tenant=t", "--client-id=a")]
)
async def test_what_a_live_import_needs(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert (await run(tmp_path, "entra", *words)).exit_code == 2


async def test_okta_is_followed_by_its_link_header(tmp_path: Path) -> None:
    async with provider() as p:
        (tmp_path / "token").write_text(TOKEN)
        okta(p)
        result = await run(tmp_path, "okta", f"--url={p.url}", f"--token-file={tmp_path / 'token'}")
        assert result.exit_code == 0, result.output
        assert set(specs(tmp_path)) == {"ada-corp.example", "bob-corp.example", "ops"}
        assert specs(tmp_path)["ops"]["members"] == [{"userRef": {"name": "ada-corp.example"}}]
        assert set(p.seen) == {f"SSWS {TOKEN}"}


async def keycloak(p: Provider, folder: Path) -> Result:
    (folder / "secret").write_text(SECRET)
    words = [f"--url={p.url}", "--realm=acme", "--client-id=reader", f"--client-secret-file={folder / 'secret'}"]
    return await run(folder, "keycloak", *words)


async def test_all_of_a_realm(tmp_path: Path) -> None:
    async with provider() as p:
        many = [{"id": f"u{number}", "username": f"u{number}", "enabled": True} for number in range(150)]
        realm(p, [*REALM["users"][:1], *many], 151)
        result = await keycloak(p, tmp_path)
        assert result.exit_code == 0, result.output
        found = specs(tmp_path)
        assert len(found) == 153
        groups = {each["displayName"]: each["members"] for each in found.values() if "displayName" in each}
        assert groups["staff/dev"] == [{"userRef": {"name": "ada"}}]
        assert [next(iter(each)) for each in groups["staff"]] == ["groupRef"]
        assert "briefRepresentation=false" in p.asked[0]


async def test_a_realm_that_has_others_than_it_lists_is_refused(tmp_path: Path) -> None:
    async with provider() as p:
        realm(p, REALM["users"], 3)
        result = await keycloak(p, tmp_path)
        assert result.exit_code == 1
        assert "the listing has 2 users and the realm has others" in result.stderr
        assert not (tmp_path / "out").exists()


async def test_groups_that_contain_each_other_are_refused(tmp_path: Path) -> None:
    async with provider() as p:
        realm(p, REALM["users"], 2)
        children = "/admin/realms/acme/groups/g1/children"
        p.says(
            f"{children}?briefRepresentation=false&first=0&max=100", [{"id": "g1", "name": "staff", "subGroupCount": 1}]
        )
        p.says(children, [])
        result = await keycloak(p, tmp_path)
        assert result.exit_code == 1
        assert "group g1 stands twice in the tree" in result.stderr
