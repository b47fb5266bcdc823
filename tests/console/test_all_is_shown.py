"""What the pages show is complete: a held plan of 5,000, among 100,000 objects, beside what the API server has."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING

from scim_operator.console.cluster import ClusterSource, Commands
from scim_operator.console.directory import DirectorySource
from scim_operator.console.pages.saved import saved_page
from scim_operator.console.reach import Reach
from scim_operator.local.manifests import collect_texts
from tests.console.test_pages_of_a_cluster import DIGEST, explained, logged, planned
from tests.support.lists import NAMESPACE, Lists, config, group, user
from tests.support.visitor import Answer, Visitor, visiting
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

USERS, HELD, GROUPS = 99_000, 5_000, 1_000


def crowd() -> Lists:
    """A namespace of 100,000 objects, of which 5,000 wait for an approval."""
    lists = Lists()
    lists.put("provisioningconfigs", [config(plan={"held": True, "digest": DIGEST, "disables": HELD})])
    lists.put("scimusers", (user(each, "Held" if each < HELD else "Provisioned") for each in range(USERS)))
    members = ([{"userRef": {"name": f"user-{each * 99 + at:06}"}} for at in range(99)] for each in range(GROUPS))
    lists.put("scimgroups", (group(f"group-{each:04}", *named) for each, named in enumerate(members)))
    return lists


@asynccontextmanager
async def over(lists: Lists) -> AsyncIterator[Visitor]:
    async with lists.running() as client:
        source = ClusterSource(client, Reach((NAMESPACE,)), "Namespace identity", Commands(explained, planned, logged))
        async with source.running(), visiting(source) as visitor:
            await until(lambda: not source.reading, "the first list", limit=600)
            yield visitor


async def parts(visitor: Visitor, path: str, most: int) -> AsyncIterator[Answer]:
    """All parts of a list, one after the other, as the links lead."""
    for number in count():
        answer = await visitor.get(f"{path}begin={number * most}")
        yield answer
        if "Later" not in answer.seen:
            return


async def test_a_held_plan_of_5000_among_100000_objects_is_shown_whole() -> None:
    lists = crowd()
    wanted = {name for name, each in lists.objects["scimusers"].items() if "Held" in str(each["status"])}
    async with over(lists) as visitor:
        listed = [
            name
            async for answer in parts(visitor, "/plan/vmware?", 200)
            for name in re.findall(r'href="/people/user/([^"]+)"', answer.text)
        ]
        overview, everyone = await visitor.get("/"), await visitor.get("/people/results")
        held = await visitor.get("/people/results?reason=Held")
        groups = await visitor.get("/access")
    assert len(listed) == len(wanted) == HELD
    assert set(listed) == wanted
    assert f"{USERS} users, {GROUPS} groups." in overview.seen
    assert f"{USERS + GROUPS} objects found" in everyone.seen
    assert f"{HELD} objects found" in held.seen
    assert f"{GROUPS} groups found" in groups.seen


def saved(steps: int) -> dict[str, Any]:
    """A saved plan."""
    change = {"path": "title", "old": "old", "new": "new"}
    listed = [
        {"object": f"scimuser/user-{each:05}", "name": f"u{each}@corp.example", "verb": "Update", "held": each % 2 == 0,
         "attributes": [change], "gains": [], "losses": [], "digest": "sha256:x", "rest": None}
        for each in range(steps)
    ]  # fmt: skip
    return {"version": 1, "config": "identity/vmware", "steps": listed, "sources": {}, "counts": {"updates": steps}}


def objects_in(text: str) -> list[str]:
    return re.findall(r"scimuser/user-\d{5}", text)


async def test_a_whole_plan_has_all_its_steps_over_its_parts() -> None:
    plan = saved(5_000)
    source = DirectorySource(collect_texts([("c.yaml", CONFIG)]), plan)
    async with visiting(source) as visitor:
        found = [each async for answer in parts(visitor, "/plan/vmware?", 200) for each in objects_in(answer.text)]
    assert sorted(found) == [step["object"] for step in plan["steps"]]


def test_a_saved_plan_has_all_its_steps_in_one_file() -> None:
    plan = saved(5_000)
    assert sorted(objects_in(saved_page(plan))) == [step["object"] for step in plan["steps"]]


async def test_a_directory_shows_as_many_as_it_has() -> None:
    people = "\n---\n".join(USER.format(number=each) for each in range(300)).encode()
    source = DirectorySource(collect_texts([("c.yaml", CONFIG), ("u.yaml", people)]))
    async with visiting(source) as visitor:
        listed = [
            name
            async for answer in parts(visitor, "/people/results?", 50)
            for name in re.findall(r'href="/people/user/([^"]+)"', answer.text)
        ]
    assert sorted(listed) == sorted(f"user-{each}" for each in range(300))


USER = """apiVersion: scim-operator.io/v1alpha1
kind: ScimUser
metadata: {{name: user-{number}, namespace: identity}}
spec: {{userName: user-{number}@corp.example}}
"""
CONFIG = b"""apiVersion: scim-operator.io/v1alpha1
kind: ProvisioningConfig
metadata: {name: vmware, namespace: identity}
spec:
  service:
    url: https://vc.example.com/usergroup/t/CUSTOMER/scim/v2
    auth: {bearer: {secretRef: {name: vmware-scim, key: token}}}
"""
