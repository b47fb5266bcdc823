"""Who gets into the console: only the browser of who started it, and only from its own pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scim_operator.console.directory import DirectorySource
from scim_operator.console.gate import HEADERS, POLICY
from scim_operator.local.manifests import collect
from tests.support.visitor import Visitor, visiting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[2]
PAGES = ("/", "/live", "/people", "/people/results", "/people/user/ada", "/plan", "/plan/vmware", "/access", "/log")
POSTS = ("/people/user/ada/why", "/plan/vmware/make", "/plan/vmware/approve")


def quickstart() -> DirectorySource:
    return DirectorySource(collect([ROOT / "examples" / "quickstart"]))


@pytest.fixture
async def stranger() -> AsyncIterator[Visitor]:
    async with visiting(quickstart(), enters=False) as visitor:
        yield visitor


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting(quickstart()) as visitor:
        yield visitor


async def test_without_the_token_nothing_is_shown(stranger: Visitor) -> None:
    for path in (*PAGES, "/static/console.css", "/events", "/nowhere"):
        answer = await stranger.get(path)
        assert answer.status == 401, path
        assert "ada" not in answer.text
    for path in POSTS:
        assert (await stranger.submit(path)).status == 401, path


async def test_the_token_is_exchanged_for_a_cookie_that_no_script_and_no_other_site_uses(stranger: Visitor) -> None:
    answer = await stranger.enter()
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert stranger.gate.token not in cookie
    assert str(stranger.gate.port) in cookie.partition("=")[0], "two consoles of one browser have a cookie each"
    assert (await stranger.get("/")).status == 200


@pytest.mark.parametrize("token", ["", "x", "\u00e9", "0" * 10_000])
async def test_a_wrong_token_lets_no_one_in(stranger: Visitor, token: str) -> None:
    answer = await stranger.get(f"/?token={token}")
    assert answer.status in {400, 403}
    assert "Set-Cookie" not in answer.headers
    assert (await stranger.get("/")).status == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", "127.0.0.2:{port}", ""]
)
async def test_another_name_for_loopback_is_refused(visitor: Visitor, host: str) -> None:
    """A site whose name is made to point to 127.0.0.1 (DNS rebinding) sends its own name in Host."""
    answer = await visitor.get("/people", Host=host.format(port=visitor.gate.port))
    assert answer.status in {400, 403}
    assert "ada" not in answer.text


async def test_the_names_of_loopback_are_served(visitor: Visitor) -> None:
    for name in ("127.0.0.1", "localhost", "LOCALHOST", "[::1]"):
        answer = await visitor.get(f"/?token={visitor.gate.token}", Host=f"{name}:{visitor.gate.port}")
        assert answer.status == 303, name


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1"])
async def test_what_comes_from_another_origin_is_refused(visitor: Visitor, origin: str) -> None:
    given = origin.format(port=visitor.gate.port)
    assert (await visitor.get("/people", Origin=given)).status == 403
    for path in POSTS:
        answer = await visitor.post(path, {"csrf": visitor.gate.csrf}, Origin=given)
        assert answer.status == 403, path


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_what_a_browser_says_comes_from_another_site_is_refused(visitor: Visitor, site: str) -> None:
    assert (await visitor.get("/people", Sec_Fetch_Site=site)).status == 403
    assert (await visitor.get(f"/?token={visitor.gate.token}", Sec_Fetch_Site=site)).status == 403


async def test_a_form_without_origin_or_without_the_secret_changes_nothing(visitor: Visitor) -> None:
    for path in POSTS:
        assert (await visitor.post(path, {"csrf": visitor.gate.csrf})).status == 403, path
        assert (await visitor.post(path, {}, Origin=visitor.base)).status == 403, path
        assert (await visitor.post(path, {"csrf": "x"}, Origin=visitor.base)).status == 403, path


async def test_every_answer_has_the_headers(visitor: Visitor) -> None:
    paths = (*PAGES, "/static/htmx.min.js", "/static/..%2fgate.py", "/nowhere", "/people/user/absent", "/?token=x")
    for path in paths:
        answer = await visitor.get(path)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
    assert "unsafe" not in POLICY
    assert (await visitor.get("/", Host="evil.example")).headers["Content-Security-Policy"] == POLICY


async def test_no_page_has_script_or_style_within(visitor: Visitor) -> None:
    for path in PAGES:
        for tag, attributes in (await visitor.get(path)).elements:
            assert tag != "style", path
            assert tag != "script" or (attributes.get("src") or "").startswith("/static/"), path
            assert not any(name.startswith("on") or name == "style" for name in attributes), (path, tag)


@pytest.mark.parametrize("path", ["/static/../gate.py", "/static/..%2fgate.py", "/static/console.css%00", "/static/x"])
async def test_nothing_else_of_the_disk_is_served(visitor: Visitor, path: str) -> None:
    assert (await visitor.get(path)).status in {400, 404}
