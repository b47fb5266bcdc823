"""`ui` over several namespaces of a real API server, in a real browser: what is of which, and what is hidden."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.envtest.manifests import as_yaml, config, group, user
from tests.envtest.test_commands import PROGRAM, environment
from tests.envtest.test_console import approved, console, patch, viewer
from tests.support.surfing import opened

if TYPE_CHECKING:
    from pathlib import Path

    from tools.browser.found import Browser
    from tools.cluster.controlplane import ControlPlane

DIGEST = "sha256:" + "d" * 64


@pytest.fixture
def other(crds: ControlPlane, namespace: str) -> str:
    """A second namespace; both have an ada, in groups of their own, and a config of the same name."""
    made = f"{namespace}-b"
    crds.create_namespace(made)
    for place, name in ((namespace, "eng"), (made, "law")):
        vmware = config("vmware", place)
        manifests = as_yaml(vmware, user("ada", place), group(name, place, "ada"))
        crds.kubectl("apply", "--server-side", "-f", "-", input=manifests)
    plan = {"held": True, "digest": DIGEST, "disables": 1, "reason": "1 user would be disabled"}
    patch(crds, made, "provisioningconfig/vmware", {"status": {"plan": plan}})
    return made


async def test_each_object_has_its_namespace_and_lists_are_filtered_by_it(
    crds: ControlPlane, namespace: str, other: str, chromium: Browser
) -> None:
    words = ("-n", namespace, "-n", other, f"--kubeconfig={crds.kubeconfig}")
    async with console(*words) as address, opened(chromium, address) as surfer:
        page = surfer.page
        await page.get_by_text("2 users, 2 groups.").wait_for()
        await page.get_by_role("heading", name=f"{other}/vmware").wait_for()
        assert await surfer.barriers() == []
        await surfer.open("/people")
        await page.get_by_label("Search", exact=True).press_sequentially("ada")
        await page.get_by_text("2 objects found.").wait_for()
        assert await surfer.barriers() == []
        await surfer.picture("namespaces")
        await page.get_by_label("Namespace").select_option(other)
        await page.get_by_text("1 object found.").wait_for()
        await page.get_by_role("link", name="ada").click()
        await page.get_by_role("link", name="law").click()
        await page.get_by_text("1 member").wait_for()
        assert await page.get_by_role("link", name="eng").count() == 0
        await surfer.open("/access")
        await page.get_by_text("2 groups found.").wait_for()
        assert surfer.complaints == []


async def test_an_approval_goes_to_the_config_of_its_namespace(
    crds: ControlPlane, namespace: str, other: str, chromium: Browser
) -> None:
    words = ("-n", namespace, "-n", other, f"--kubeconfig={crds.kubeconfig}")
    async with console(*words) as address, opened(chromium, address) as surfer:
        await surfer.page.get_by_role("link", name="Review the plan").click()
        await surfer.page.get_by_role("button", name="Approve this plan").click()
        await surfer.page.wait_for_url(f"**/plan/vmware?namespace={other}")
    assert approved(crds, other)[0] == DIGEST
    assert approved(crds, namespace)[0] == ""


async def test_all_namespaces_are_shown_to_who_may_read_all(
    crds: ControlPlane, namespace: str, other: str, chromium: Browser
) -> None:
    async with console("-A", f"--kubeconfig={crds.kubeconfig}") as address, opened(chromium, address) as surfer:
        for place in (namespace, other):
            await surfer.open(f"/people?q=ada&namespace={place}")
            await surfer.page.get_by_text("1 object found.").wait_for()
        assert "All namespaces at" in await surfer.page.content()


async def test_what_may_not_be_read_is_said_and_the_rest_is_shown(
    crds: ControlPlane, namespace: str, other: str, chromium: Browser, tmp_path: Path
) -> None:
    kubeconfig = viewer(crds, namespace, tmp_path)
    words = ("-n", namespace, "-n", other, f"--kubeconfig={kubeconfig}")
    async with console(*words) as address, opened(chromium, address) as surfer:
        refusal = f"Not shown: {other}. You may not list provisioningconfigs in namespace {other}"
        await surfer.page.get_by_text(refusal).wait_for()
        await surfer.page.get_by_text("1 user, 1 group.").wait_for()
        await surfer.open("/people")
        await surfer.page.get_by_text(refusal).wait_for()
        await surfer.open(f"/people/user/ada?namespace={other}")
        await surfer.page.get_by_text(f"You may not get scimusers in namespace {other}").wait_for()
        assert await surfer.barriers() == []


async def test_of_all_namespaces_those_are_shown_that_one_may_read(
    crds: ControlPlane, namespace: str, other: str, chromium: Browser, tmp_path: Path
) -> None:
    kubeconfig = viewer(crds, namespace, tmp_path)
    crds.kubectl("create", "clusterrole", f"{namespace}-list", "--verb=list", "--resource=namespaces")
    account = f"--serviceaccount={namespace}:viewer"
    crds.kubectl("create", "clusterrolebinding", f"{namespace}-list", f"--clusterrole={namespace}-list", account)
    async with console("-A", f"--kubeconfig={kubeconfig}") as address, opened(chromium, address) as surfer:
        await surfer.page.get_by_text("1 user, 1 group.").wait_for()
        await surfer.page.get_by_text("Not shown: ").wait_for()


async def test_who_may_read_no_list_of_namespaces_is_asked_to_name_them(
    crds: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    kubeconfig = viewer(crds, namespace, tmp_path)
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, "ui", "-A", f"--kubeconfig={kubeconfig}", stderr=asyncio.subprocess.PIPE, env=environment()
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert "name those that you may read, each with --namespace" in said.decode()
