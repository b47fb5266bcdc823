"""What the help desk asks, answered at a prompt and in the pages, by rights that give away no Secret; and who approves.

The rights are the chart's, the API server is real, and the operator is at work. The kubelet alone is a stand-in.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from html import unescape
from typing import TYPE_CHECKING

import aiohttp
import pytest

from scim_operator.kube.resources import CONFIGS, USERS
from tests.chart.test_people import OURS, WITH, introduce, working
from tests.chart.test_rights_at_work import installed
from tests.envtest.test_commands import PROGRAM, environment
from tests.support.operating import CONFIG, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.chart.conftest import Helm
    from tests.chart.test_people import Place
    from tools.cluster.controlplane import ControlPlane

HERE = f"--namespace={OURS}"
MAY = {
    "helen": {"get pods/exec": False, "create pods/exec": False, "get secrets": False, "list secrets": False},
    "vera": {"get secrets": False, "patch provisioningconfigs.scim-operator.io": False},
    "abe": {"get secrets": False, "create pods/exec": False, "patch provisioningconfigs.scim-operator.io": True},
}


class Browser:
    """What a browser without script gets of the console of one of the people."""

    def __init__(self, address: str, session: aiohttp.ClientSession) -> None:
        self.base, _, self._token = address.partition("/?token=")
        self._session = session

    async def enter(self) -> None:
        await self.get(f"/?token={self._token}")

    async def get(self, path: str) -> str:
        """The words of a page."""
        async with self._session.get(f"{self.base}{path}") as answer:
            return words(await answer.text())

    async def form(self, path: str, action: str) -> dict[str, str]:
        """The hidden fields of the form of a page that goes to `action`."""
        async with self._session.get(f"{self.base}{path}") as answer:
            [found] = re.findall(rf'<form[^>]*action="{action}".*?</form>', await answer.text(), re.DOTALL)
        return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', found))

    async def post(self, path: str, fields: dict[str, str]) -> str:
        """The words of what follows a form that is sent."""
        async with self._session.post(f"{self.base}{path}", data=fields, headers={"Origin": self.base}) as answer:
            return words(await answer.text())


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


@contextlib.asynccontextmanager
async def pages(place: Place, who: str) -> AsyncIterator[Browser]:
    """The console of one of the people, over their own kubeconfig."""
    options = ("ui", HERE, WITH, f"--kubeconfig={place.account(who)}")
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, *options, stdout=asyncio.subprocess.PIPE, env=environment()
    )
    assert process.stdout is not None
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address, and not of a name
    try:
        address = (await process.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            browser = Browser(address, session)
            await browser.enter()
            yield browser
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture
async def place(helm: Helm, private_api_server: ControlPlane, tmp_path: Path) -> AsyncIterator[Place]:
    """Bob was disabled, and what would disable Ada and Cyd waits for an approval."""
    plane = private_api_server
    for namespace in (OURS, "partners"):
        plane.kubectl("create", "namespace", namespace)
    with installed(helm, plane, f"watchNamespaces={{{OURS},partners}}"):
        await asyncio.to_thread(introduce, plane)
        async with working(plane, tmp_path) as made:
            for name in ("bob", "cyd"):
                await made.ours.user(name)
                await until(lambda name=name: made.ours.has_user(name), f"{name} is provisioned")
            await made.ours.edit(USERS, "bob", spec={"active": False})
            await until(lambda: made.ours.has_user("bob", active=False), "Bob is disabled")
            await made.ours.edit(CONFIGS, CONFIG, spec={"approval": {"policy": "Manual"}})
            await made.ours.edit(USERS, "cyd", spec={"active": False})
            await until(lambda: held(made), "the plan waits")
            yield made


async def held(place: Place) -> str:
    """The digest of the plan that waits, "" for none."""
    plan = (await place.ours.get(CONFIGS, CONFIG)).get("status", {}).get("plan", {})
    return str(plan["digest"]) if plan.get("held") else ""


async def test_the_help_desk_is_answered_and_an_approver_approves(place: Place) -> None:
    await asyncio.to_thread(nobody_has_more_than_the_role, place)
    await answered_at_a_prompt(place)
    await answered_in_the_pages(place)
    await a_viewer_sees_what_waits_and_cannot_approve(place)
    await an_approver_approves(place)
    assert place.run.witness.refused == set()


def nobody_has_more_than_the_role(place: Place) -> None:
    for who, asked in MAY.items():
        for question, answer in asked.items():
            namespaces = (OURS, "identity") if "provisioningconfigs" not in question else (OURS,)
            for namespace in namespaces:
                verb, resource = question.split()
                given = place.may_do(who, verb, resource, namespace)
                assert given is answer, (who, question, namespace)


async def answered_at_a_prompt(place: Place) -> None:
    why = await said(place, "explain", "scimuser/bob", HERE, f"--config={CONFIG}")
    gone = await said(place, "logs", HERE, WITH, "--action=disable", "--since=12h")
    assert "scimuser/bob" in gone
    waits = await said(place, "status", CONFIG, HERE)
    assert "scimuser/cyd" in waits
    inside = await said(place, "explain", "scimgroup/engineering", HERE, f"--config={CONFIG}")
    assert "scimuser/ada: by userRef" in inside
    access = await said(place, "access", "--from-cluster", "--group=engineering", HERE, WITH, "--output=json")
    [row] = json.loads(access)["access"]
    assert (row["user"]["name"], row["state"], row["provisioned"]["status"]) == ("ada", "Access", "success")
    assert row["provisioned"]["date"]


async def said(place: Place, *words: str) -> str:
    answer = await place.asks("helen", *words)
    print(words, answer.stdout, answer.stderr)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


async def answered_in_the_pages(place: Place) -> None:
    async with pages(place, "helen") as browser:
        await until(lambda: is_read(browser), "users and groups are read")
        print(await browser.get(f"/people/user/bob/why?config={CONFIG}"))
        print(await browser.get("/log?asked=yes&user=bob"))
        print(await browser.get(f"/plan/{CONFIG}"))
        print(await browser.get("/people/group/engineering"))
        print(await browser.get("/log?asked=yes&group=engineering"))


async def is_read(browser: Browser) -> bool:
    return "3 users, 1 group" in await browser.get("/")


async def a_viewer_sees_what_waits_and_cannot_approve(place: Place) -> None:
    digest = await held(place)
    async with pages(place, "vera") as browser:
        shown = await browser.get(f"/plan/{CONFIG}")
        assert digest in shown
        form = await browser.form(f"/plan/{CONFIG}", f"/plan/{CONFIG}/approve")
        refused = await browser.post(f"/plan/{CONFIG}/approve", form)
        assert f"You may not patch provisioningconfigs in namespace {OURS}" in refused
    assert "approvedPlan" not in (await place.ours.get(CONFIGS, CONFIG))["spec"]


async def an_approver_approves(place: Place) -> None:
    async with pages(place, "abe") as browser:
        form = await browser.form(f"/plan/{CONFIG}", f"/plan/{CONFIG}/approve")
        await browser.post(f"/plan/{CONFIG}/approve", form)
    await until(lambda: place.ours.has_user("cyd", active=False), "what was approved is done")
