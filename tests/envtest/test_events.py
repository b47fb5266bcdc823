"""Events on a real API server: counted, combined, and never in the way of each other."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
from scim_operator.kube.events import BURST, COMBINED, SIMILAR, EventPoster
from tests.envtest.manifests import until
from tests.envtest.proxy import Answer, FaultProxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scim_operator.kube.client import KubeClient
    from tools.cluster.controlplane import ControlPlane


class PostBox:
    """An EventPoster with a clock of its own, and what it left at the API server."""

    def __init__(self, client: KubeClient, plane: ControlPlane, namespace: str) -> None:
        self.now = 1000.0
        self.poster = EventPoster(client, lambda about: f"uid-of-{about.name}", clock=lambda: self.now)
        self._plane = plane
        self._namespace = namespace

    async def events(self) -> list[dict[str, Any]]:
        await self.poster.drain()
        listed = await asyncio.to_thread(self._plane.kubectl, "get", "events", "-n", self._namespace, "-o", "json")
        return list(json.loads(listed)["items"])


@pytest.fixture
async def post_box(client: KubeClient, crds: ControlPlane, namespace: str) -> AsyncIterator[PostBox]:
    box = PostBox(client, crds, namespace)
    task = asyncio.create_task(box.poster.run())
    yield box
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_an_event_stands_under_its_object(post_box: PostBox, namespace: str) -> None:
    about = ObjectKey(Kind.USER, namespace, "ada")
    post_box.poster.post(about, warning=True, reason="Conflict", message="Two manifests have this userName.")
    [event] = await post_box.events()
    assert event["involvedObject"]["kind"] == "ScimUser"
    assert event["involvedObject"]["uid"] == "uid-of-ada"
    assert (event["type"], event["reason"], event["count"]) == ("Warning", "Conflict", 1)


async def test_a_repeated_event_is_counted_and_sent_again_after_the_interval(post_box: PostBox, namespace: str) -> None:
    about = ConfigKey(namespace, "vmware")
    for _ in range(5):
        post_box.poster.post(about, warning=False, reason="Swept", message="Nothing to do.")
    [event] = await post_box.events()
    assert event["count"] == 1, "within the interval the API server hears of it once"
    post_box.now += 301
    post_box.poster.post(about, warning=False, reason="Swept", message="Nothing to do.")
    [event] = await post_box.events()
    assert event["count"] == 6, "then it hears of all"


async def test_one_object_cannot_flood_the_namespace(post_box: PostBox, namespace: str) -> None:
    """Of many digests in a row the first ten are told one by one; the others are one Event, which has the last."""
    about = ConfigKey(namespace, "vmware")
    for number in range(100):
        post_box.poster.post(about, warning=True, reason="ApprovalRequired", message=f"{number}")
    events = await post_box.events()
    assert len(events) == SIMILAR + 1
    post_box.now += 301
    post_box.poster.post(about, warning=True, reason="ApprovalRequired", message="100")
    (combined,) = [each for each in await post_box.events() if each["message"].startswith(COMBINED)]
    assert (combined["count"], combined["message"]) == (91, f"{COMBINED}100")
    post_box.now += 601
    post_box.poster.post(about, warning=True, reason="ApprovalRequired", message="101")
    assert "101" in {each["message"] for each in await post_box.events()}, "later they are told one by one again"


async def test_what_is_said_often_hides_no_other_reason(post_box: PostBox, namespace: str) -> None:
    about = ConfigKey(namespace, "vmware")
    for number in range(2 * int(BURST)):
        post_box.now += 301
        post_box.poster.post(about, warning=True, reason="ApprovalRequired", message=f"{number}")
    post_box.poster.post(about, warning=False, reason="Connected", message="The service answers again.")
    assert "Connected" in {each["reason"] for each in await post_box.events()}


async def test_an_event_that_cannot_be_posted_harms_no_one(
    proxied: KubeClient, proxy: FaultProxy, namespace: str
) -> None:
    poster = EventPoster(proxied, lambda _: "uid")
    task = asyncio.create_task(poster.run())
    proxy.faults.append(Answer("POST", 403))
    poster.post(ConfigKey(namespace, "vmware"), warning=True, reason="Lost", message="Refused.")
    poster.post(ConfigKey(namespace, "vmware"), warning=True, reason="Kept", message="Taken.")
    await poster.drain()
    assert proxy.seen == ["POST", "POST"]
    task.cancel()
    await until(task.done, "the end of the poster")
