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
from tests.chart.test_rights_at_work import HOME, installed
from tests.envtest.test_commands import PROGRAM, environment
from tests.support.operating import CONFIG, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.chart.conftest import Helm
    from tests.chart.test_people import Place
    from tools.cluster.controlplane import ControlPlane

HERE = f"--namespace={OURS}"
NEVER = (
    "get pods/exec",
    "create pods/exec",
    "get secrets",
    "list secrets",
    "create leases.coordination.k8s.io",
    "patch leases.coordination.k8s.io",
    "update provisioningconfigs.scim-operator.io",
)
"""What no one of the people below may do, be it where the people are or where the operator is."""
APPROVING = "patch provisioningconfigs.scim-operator.io"


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
        plane.create_namespace(namespace)
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
    await a_viewer_sees_what_waits_and_cannot_approve(place)
    await answered_at_a_prompt(place)
    await answered_in_the_pages(place)
    await the_help_desk_gets_no_further(place)
    await approvers_approve(place)
    assert place.run.witness.refused == set()


def nobody_has_more_than_the_role(place: Place) -> None:
    for who in ("helen", "vera", "abe"):
        may = place.may_do(who, [*NEVER, APPROVING], [OURS, HOME])
        assert may == ({(APPROVING, OURS)} if who == "abe" else set()), who


async def answered_at_a_prompt(place: Place) -> None:
    assert "active is false" in await said(place, "explain", "scimuser/bob", HERE, f"--config={CONFIG}")
    assert "scimuser/bob" in await said(place, "logs", HERE, WITH, "--action=disable", "--since=12h")
    waits = await said(place, "status", CONFIG, HERE)
    assert re.search(r"scimuser/cyd +Disable +active", waits)
    assert "1 disables; held: spec.approval.policy is Manual" in waits
    inside = await said(place, "explain", "scimgroup/engineering", HERE, f"--config={CONFIG}")
    assert "scimuser/ada: by userRef" in inside
    access = await said(place, "access", "--from-cluster", "--group=engineering", HERE, WITH, "--output=json")
    [row] = json.loads(access)["access"]
    proof = row["provisioned"]
    assert (row["user"]["name"], row["state"], proof["action"], proof["status"]) == (
        "ada",
        "Access",
        "create",
        "success",
    )
    assert proof["date"].startswith("20")


async def said(place: Place, *words: str) -> str:
    """What a command answers the help desk."""
    answer = await place.asks("helen", *words)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


async def answered_in_the_pages(place: Place) -> None:
    async with pages(place, "helen") as browser:
        await until(lambda: is_read(browser), "users and groups are read")
        why = await browser.get(f"/people/user/bob/why?config={CONFIG}")
        assert "active is false" in why
        disabled = await browser.get("/log?asked=yes&user=bob")
        assert re.search(r"scimuser/bob .*disable .*success .*active: true → false", disabled), disabled
        waits = await browser.get(f"/plan/{CONFIG}")
        assert "1 to disable" in waits
        assert "scimuser/cyd cyd@corp.example Disable waits for approval" in waits
        assert "User Called Way ada ada@corp.example direct" in await browser.get("/people/group/engineering")
        since = await browser.get("/log?asked=yes&group=engineering")
        assert re.search(r"20\d\d-\S+Z scimgroup/engineering .* members: \(none\) → scimuser/ada", since), since


async def is_read(browser: Browser) -> bool:
    return "3 users, 1 group" in await browser.get("/")


async def the_help_desk_gets_no_further(place: Place) -> None:
    """No page and no command hands it what it may not read itself."""
    async with pages(place, "helen") as browser:
        form = await browser.form(f"/plan/{CONFIG}", f"/plan/{CONFIG}/make")
        assert f"You may not get configmaps in namespace {OURS}" in await browser.post(f"/plan/{CONFIG}/make", form)
        form = await browser.form(f"/plan/{CONFIG}", f"/plan/{CONFIG}/approve")
        refused = await browser.post(f"/plan/{CONFIG}/approve", form)
        assert f"You may not patch provisioningconfigs in namespace {OURS}" in refused
    tested = await place.asks("helen", "test-connection", CONFIG, HERE)
    assert tested.returncode == 1, tested.stdout
    assert f"You may not get secrets in namespace {OURS}" in tested.stderr


async def a_viewer_sees_what_waits_and_cannot_approve(place: Place) -> None:
    async with pages(place, "vera") as browser:
        assert await held(place) in await browser.get(f"/plan/{CONFIG}")
        form = await browser.form(f"/plan/{CONFIG}", f"/plan/{CONFIG}/approve")
        refused = await browser.post(f"/plan/{CONFIG}/approve", form)
        assert f"You may not patch provisioningconfigs in namespace {OURS}" in refused
        assert f"You may not list pods in namespace {HOME}" in await browser.get("/log?asked=yes")
    members = await place.asks("vera", "access", "--from-cluster", "--group=engineering", HERE, WITH)
    assert members.returncode == 0, members.stderr
    assert "ada" in members.stdout
    assert "Not known: since when." in members.stdout
    assert "approvedPlan" not in (await place.ours.get(CONFIGS, CONFIG))["spec"]


async def approvers_approve(place: Place) -> None:
    """One plan in the page, where that of before is not approved any more, and one at a prompt."""
    async with pages(place, "abe") as browser:
        stale = await browser.form(f"/plan/{CONFIG}", f"/plan/{CONFIG}/approve")
        await place.ours.edit(USERS, "ada", spec={"title": "Countess"})
        await until(lambda: is_another(place, stale["digest"]), "the plan has grown")
        assert "The plan has changed since the page was loaded" in await browser.post(f"/plan/{CONFIG}/approve", stale)
        assert not place.ours.has_user("cyd", active=False)
        await browser.post(f"/plan/{CONFIG}/approve", await browser.form(f"/plan/{CONFIG}", f"/plan/{CONFIG}/approve"))
    await until(lambda: place.ours.has_user("cyd", active=False), "what was approved is done")
    await until(lambda: place.ours.has_user("ada", title="Countess"), "and all of it")
    await until(lambda: is_idle(place), "the status says so")
    await place.ours.edit(USERS, "ada", spec={"title": "Duchess"})
    await until(lambda: held(place), "the next plan waits")
    status = await place.asks("abe", "status", CONFIG, HERE)
    [digest] = set(re.findall(r"set spec.approvedPlan to (sha256:[0-9a-f]+)$", status.stdout, re.MULTILINE))
    patch = json.dumps({"spec": {"approvedPlan": digest}})
    words = ("patch", "provisioningconfig", CONFIG, HERE, "--type=merge", f"--patch={patch}")
    assert not await asyncio.to_thread(place.may, "vera", *words)
    assert await asyncio.to_thread(place.may, "abe", *words)
    await until(lambda: place.ours.has_user("ada", title="Duchess"), "what was approved at a prompt is done")


async def is_idle(place: Place) -> bool:
    return not await held(place)


async def is_another(place: Place, digest: str) -> bool:
    return await held(place) not in ("", digest)
