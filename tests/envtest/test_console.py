"""The command `ui` over a real API server, in a real browser: an approver approves, and who may only look cannot."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING

import pytest

from tests.envtest.manifests import as_yaml, config, group, user
from tests.envtest.test_commands import PROGRAM, environment
from tests.support.lists import outcome
from tests.support.surfing import opened
from tools.cluster.kubeconfig import write_kubeconfig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tools.browser.found import Browser
    from tools.cluster.controlplane import ControlPlane

DIGEST = "sha256:" + "c" * 64
HELD = ("ada", "bob")


@contextlib.asynccontextmanager
async def console(*arguments: str) -> AsyncIterator[str]:
    """Run the command; gives the address that it prints."""
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, "ui", *arguments, stdout=asyncio.subprocess.PIPE, env=environment()
    )
    assert process.stdout is not None
    try:
        address = (await process.stdout.readline()).decode().strip()
        assert address.startswith("http://127.0.0.1:"), address
        yield address
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture
def held(crds: ControlPlane, namespace: str) -> ControlPlane:
    """A config whose plan waits, for two users of three."""
    people = [user(name, namespace) for name in (*HELD, "eve")]
    vmware = config("vmware", namespace)
    vmware["spec"]["scope"] = "All"
    manifests = as_yaml(vmware, *people, group("eng", namespace, "ada"))
    crds.kubectl("apply", "--server-side", "-f", "-", input=manifests)
    for name in HELD:
        patch(crds, namespace, f"scimuser/{name}", {"status": outcome("Held", "vmware")})
    patch(crds, namespace, "provisioningconfig/vmware", {"status": {"plan": PLAN}})
    return crds


PLAN = {"held": True, "digest": DIGEST, "disables": 2, "reason": "2 users would be disabled"}


def patch(plane: ControlPlane, namespace: str, name: str, body: dict[str, object]) -> None:
    words = ("patch", name, "-n", namespace, "--subresource=status", "--type=merge", "-p", json.dumps(body))
    plane.kubectl(*words)


def approved(plane: ControlPlane, namespace: str) -> tuple[str, list[str]]:
    """The plan that is approved, and the field managers that are known for it."""
    body = json.loads(plane.kubectl("get", "scpc", "vmware", "-n", namespace, "-o", "json", "--show-managed-fields"))
    managers = [
        each["manager"]
        for each in body["metadata"]["managedFields"]
        if "f:approvedPlan" in each["fieldsV1"].get("f:spec", {})
    ]
    return body["spec"].get("approvedPlan", ""), managers


def viewer(plane: ControlPlane, namespace: str, folder: Path) -> Path:
    """The kubeconfig of an account that may look at our kinds in a namespace, and nothing else."""
    kinds = "--resource=scimusers,scimgroups,provisioningconfigs.scim-operator.io"
    plane.kubectl("create", "serviceaccount", "viewer", "-n", namespace)
    plane.kubectl("create", "role", "viewer", "-n", namespace, "--verb=get,list,watch", kinds)
    plane.kubectl(
        "create", "rolebinding", "viewer", "-n", namespace, "--role=viewer", f"--serviceaccount={namespace}:viewer"
    )
    made = folder / "viewer.kubeconfig"
    token = plane.service_account_token("viewer", namespace)
    write_kubeconfig(made, plane.url, plane.certificate, token, namespace=namespace)
    return made


async def test_an_approver_goes_from_the_overview_to_a_person_and_approves(
    held: ControlPlane, namespace: str, chromium: Browser
) -> None:
    async with (
        console("-n", namespace, f"--kubeconfig={held.kubeconfig}") as address,
        opened(chromium, address) as surfer,
    ):
        page = surfer.page
        await page.get_by_text("3 users, 1 group.").wait_for()
        await page.get_by_role("link", name="Review the plan").click()
        await page.get_by_role("heading", name="2 objects held").wait_for()
        await page.get_by_role("link", name="scimuser/ada").click()
        await page.get_by_text("in scope").first.wait_for()
        await page.get_by_role("link", name="eng").wait_for()
        assert await surfer.barriers() == []
        await surfer.open("/plan/vmware")
        await page.get_by_role("button", name="Approve this plan").click()
        await page.wait_for_url("**/plan/vmware")
        assert surfer.complaints == []
    assert approved(held, namespace) == (DIGEST, ["scim-operator-console"])


async def test_who_may_only_look_sees_it_and_cannot_approve(
    held: ControlPlane, namespace: str, chromium: Browser, tmp_path: Path
) -> None:
    kubeconfig = viewer(held, namespace, tmp_path)
    async with console(f"--kubeconfig={kubeconfig}") as address, opened(chromium, address) as surfer:
        page = surfer.page
        await page.get_by_text("3 users, 1 group.").wait_for()
        await surfer.open("/plan/vmware")
        await page.get_by_role("heading", name="2 objects held").wait_for()
        await page.get_by_role("button", name="Approve this plan").click()
        await page.get_by_text(f"You may not patch provisioningconfigs in namespace {namespace}").wait_for()
        await surfer.open("/plan/vmware")
        await page.get_by_role("button", name="Make the whole plan now").click()
        await page.get_by_text("You may not get secrets").wait_for()
    assert approved(held, namespace) == ("", [])


async def test_who_may_not_even_look_is_told_which_right_is_missing(
    held: ControlPlane, namespace: str, chromium: Browser, tmp_path: Path
) -> None:
    held.kubectl("create", "serviceaccount", "stranger", "-n", namespace)
    kubeconfig = tmp_path / "stranger.kubeconfig"
    token = held.service_account_token("stranger", namespace)
    write_kubeconfig(kubeconfig, held.url, held.certificate, token, namespace=namespace)
    async with console(f"--kubeconfig={kubeconfig}") as address, opened(chromium, address) as surfer:
        await surfer.page.get_by_text(f"You may not list provisioningconfigs in namespace {namespace}").wait_for()
        assert "ada" not in await surfer.page.content()
