"""Each right that the chart gives is needed: without any one of them, the operator loses the work named here.

The operator runs as a process of its own, with a token of a ServiceAccount that lacks just that right, and says in its
log which one is missing. With all of them it does all of this and more: tests/chart/test_rights_at_work.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import ConfigKey
from scim_operator.core.records.readable_status import UNOBSERVED
from scim_operator.kube.client import KubeClient
from scim_operator.kube.credentials import Credentials, from_kubeconfig
from scim_operator.kube.events import INTERVAL, EventPoster
from scim_operator.kube.permissions import RightsCheck
from scim_operator.kube.resources import CONFIGS, GROUPS, USERS, ApiResource
from scim_operator.kube.rights import RIGHTS
from tests.support.operating import ACCOUNT, CONFIG, Running, Tenant, operator, tenant, until
from tests.support.witness import Right
from tools.demo import rights

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from scim_operator.kube.client import Manifest
    from tools.cluster.controlplane import ControlPlane

OURS = "scim-operator.io"


@dataclass(frozen=True)
class Case:
    """A tenant with a config, a user and a group in it, and an operator there that lacks one right."""

    made: Tenant
    run: Running
    lacking: Right

    async def is_told(self, logger: str) -> None:
        """The log has the sentence that names the right and where to grant it."""
        said = f"{logger}: ", sentence(self)
        await until(lambda: any(all(part in line for part in said) for line in self.lines()), f"the log has {said}")

    def lines(self) -> list[str]:
        return self.run.log.splitlines()

    async def are_provisioned(self) -> None:
        for resource, name in ((USERS, "ada"), (GROUPS, "engineering")):
            await until(lambda resource=resource, name=name: self.is_ready(resource, name), f"{name} is provisioned")

    async def is_ready(self, resource: ApiResource, name: str) -> bool:
        return (await self.made.condition(resource, name))[0] == "True"

    def listings(self) -> int:
        """How often all objects of the resource were listed."""
        return len(self.run.witness.answers(self.lacking._replace(verb="list")))


def sentence_of(right: Right, namespace: str) -> str:
    refused = f"The operator may not {right.verb} {right.resource} in namespace {namespace}: "
    return f"{refused}grant it in the Role of the operator there (API group {right.group or 'core'})."


def sentence(case: Case) -> str:
    return sentence_of(case.lacking, case.made.namespace)


async def nothing_begins(case: Case) -> None:
    """Before all users and groups are known, nothing can be concluded of any group (promise S10)."""
    await case.is_told("scim_operator.kube.reflector")
    await until(lambda: says(case, CONFIGS, CONFIG, "True", type="Connected"), "the service is reached")
    unlisted = f"{case.lacking.resource} in namespace {case.made.namespace} are not listed yet."
    await until(lambda: is_unready(case, f"{unlisted} {sentence(case)}"), "readiness says why")
    assert case.made.writes == []


async def is_unready(case: Case, text: str) -> bool:
    return await case.run.ask("/readyz") == (503, f"{text}\n")


async def says(case: Case, resource: ApiResource, name: str, *wanted: str, type: str = "Ready") -> bool:
    """Whether a condition has this status, and this reason and message where they are given."""
    return (await case.made.condition(resource, name, type))[: len(wanted)] == wanted


async def a_users_edit_waits_for_the_next_listing(case: Case) -> None:
    await case.is_told("scim_operator.kube.reflector")
    await case.are_provisioned()
    listings = case.listings()
    await case.made.edit(USERS, "ada", spec={"title": "Countess"})
    await until(lambda: case.made.has_user("ada", title="Countess"), "the edit")
    assert case.listings() > listings


async def a_groups_edit_waits_for_the_next_listing(case: Case) -> None:
    await case.is_told("scim_operator.kube.reflector")
    await case.are_provisioned()
    listings = case.listings()
    await case.made.edit(GROUPS, "engineering", spec={"members": []})
    await until(lambda: case.made.members("engineering") == set(), "the edit")
    assert case.listings() > listings


async def a_config_that_is_suspended_works_on(case: Case) -> None:
    """The next roll call tells of it, within a minute. Five edits, one after the other, is more than a watch takes."""
    await case.is_told("scim_operator.kube.permissions")
    await case.are_provisioned()
    await case.made.edit(CONFIGS, CONFIG, spec={"suspend": True})
    for title in ("Analyst", "Baroness", "Countess", "Duchess", "Empress"):
        await case.made.edit(USERS, "ada", spec={"title": title})
        await until(lambda title=title: case.made.has_user("ada", title=title), "an edit, although it is suspended")


async def no_user_is_claimed_and_so_none_created(case: Case) -> None:
    await case.is_told("scim_operator.job.apply.reconciler")
    await until(lambda: says(case, USERS, "ada", "False", "Retrying", sentence(case)), "the user's status says why")
    await until(lambda: says(case, GROUPS, "engineering", "False", "Incomplete"), "the group goes on without the user")
    assert "finalizers" not in (await case.made.get(USERS, "ada"))["metadata"]
    assert case.made.writes == ["POST /Groups"]


async def no_group_is_claimed_and_so_none_created(case: Case) -> None:
    await case.is_told("scim_operator.job.apply.reconciler")
    await until(lambda: says(case, GROUPS, "engineering", "False", "Retrying", sentence(case)), "the status says why")
    assert await case.is_ready(USERS, "ada"), "users came first"
    assert case.made.writes == ["POST /Users"]


async def a_conflict_fails_the_user(case: Case) -> None:
    """It is tried again with a back-off, against a version that the watch may have brought by then."""
    await case.is_told("scim_operator.job.apply.reconciler")
    await until(lambda: case.is_ready(USERS, "ada"), "the second attempt")
    assert case.run.witness.answers(Right(OURS, "scimusers", "patch"))[:2] == [409, 200]
    assert failures(case) == 1


async def a_conflict_fails_the_group(case: Case) -> None:
    await case.is_told("scim_operator.job.apply.reconciler")
    await until(lambda: case.is_ready(GROUPS, "engineering"), "the second attempt")
    assert case.run.witness.answers(Right(OURS, "scimgroups", "patch"))[:2] == [409, 200]
    assert failures(case) == 1


def failures(case: Case) -> int:
    """How many attempts at an object have failed for the right."""
    return sum(" failed (" in line and sentence(case) in line for line in case.lines())


async def no_user_has_a_status(case: Case) -> None:
    await case.is_told("scim_operator.job.apply.statuses")
    await until(lambda: says(case, CONFIGS, CONFIG, "True"), "everything is provisioned")
    assert case.made.has_user("ada")
    assert await case.is_ready(GROUPS, "engineering")
    assert (await case.made.get(USERS, "ada"))["status"] == UNOBSERVED


async def no_group_has_a_status(case: Case) -> None:
    await case.is_told("scim_operator.job.apply.statuses")
    await until(lambda: says(case, CONFIGS, CONFIG, "True"), "everything is provisioned")
    assert case.made.members("engineering") == {"ada"}
    assert await case.is_ready(USERS, "ada")
    assert (await case.made.get(GROUPS, "engineering"))["status"] == UNOBSERVED


async def no_config_is_known(case: Case) -> None:
    await case.is_told("scim_operator.kube.roll_call")
    await until(lambda: is_unready(case, sentence(case)), "readiness says why")
    assert case.made.simulator.log.last == 0, "nobody spoke to the service"


async def a_conflict_delays_the_beginning(case: Case) -> None:
    """For a second: by then the watch may have brought the newer version."""
    await case.is_told("scim_operator.job.base.writing")
    await case.are_provisioned()
    await until(lambda: says(case, CONFIGS, CONFIG, "True"), "the config's status")
    assert case.run.witness.answers(Right(OURS, "provisioningconfigs/status", "patch"))[:2] == [409, 200]
    assert sum("not written, and tried again in 1 s" in line for line in case.lines()) == 1


async def no_config_takes_its_service(case: Case) -> None:
    """Which config serves must be on record before anything is sent: a restart has to know (ADR 0017)."""
    await case.is_told("scim_operator.job.base.writing")
    await until(lambda: case.run.witness.answers(case.lacking).count(403) > 1, "another attempt")
    assert case.made.simulator.log.last == 0, "nobody spoke to the service"
    assert (await case.made.get(CONFIGS, CONFIG))["status"] == UNOBSERVED


async def the_service_is_not_reached(case: Case) -> None:
    await case.is_told("scim_operator.job.connection.connections")
    await until(
        lambda: says(case, CONFIGS, CONFIG, "False", "Forbidden", sentence(case), type="Connected"), "the reason"
    )
    assert case.made.simulator.log.last == 0, "nobody spoke to the service"


async def the_end_of_a_namespace_ends_access(case: Case) -> None:
    """Nobody sees that it is being deleted as a whole, which should empty no tenant."""
    await case.is_told("scim_operator.kube.permissions")
    await case.are_provisioned()
    await asyncio.to_thread(case.made.plane.kubectl, "delete", "namespace", case.made.namespace, "--wait=false")
    await case.made.delete(USERS, "ada")  # what the controller of namespaces does, which is not here
    await until(lambda: case.made.has_user("ada", active=False), "the user is disabled")


async def no_event_is_posted(case: Case) -> None:
    await case.are_provisioned()
    config = await case.made.get(CONFIGS, CONFIG)
    await case.made.edit(CONFIGS, CONFIG, spec={"service": {"url": f"{config['spec']['service']['url']}/nowhere"}})
    await until(lambda: says(case, CONFIGS, CONFIG, "False", "WrongURL", type="Connected"), "something worth an Event")
    await case.is_told("scim_operator.kube.events")
    assert await case.made.events() == {}


async def nothing_begins_without_a_lease(case: Case) -> None:
    await case.is_told("scim_operator.kube.hold")
    await until(lambda: is_unready(case, sentence(case)), "readiness says why")
    assert case.made.simulator.log.last == 0, "nobody spoke to the service"


async def it_ends_with_its_lease(case: Case) -> None:
    await case.are_provisioned()
    await until(lambda: any("it could not be renewed" in line for line in case.lines()), "the Lease is lost")


TABLE: dict[Right, Callable[[Case], Awaitable[None]]] = {
    Right(OURS, "scimusers", "list"): nothing_begins,
    Right(OURS, "scimusers", "watch"): a_users_edit_waits_for_the_next_listing,
    Right(OURS, "scimusers", "patch"): no_user_is_claimed_and_so_none_created,
    Right(OURS, "scimusers", "get"): a_conflict_fails_the_user,
    Right(OURS, "scimusers/status", "patch"): no_user_has_a_status,
    Right(OURS, "scimgroups", "list"): nothing_begins,
    Right(OURS, "scimgroups", "watch"): a_groups_edit_waits_for_the_next_listing,
    Right(OURS, "scimgroups", "patch"): no_group_is_claimed_and_so_none_created,
    Right(OURS, "scimgroups", "get"): a_conflict_fails_the_group,
    Right(OURS, "scimgroups/status", "patch"): no_group_has_a_status,
    Right(OURS, "provisioningconfigs", "list"): no_config_is_known,
    Right(OURS, "provisioningconfigs", "watch"): a_config_that_is_suspended_works_on,
    Right(OURS, "provisioningconfigs", "get"): a_conflict_delays_the_beginning,
    Right(OURS, "provisioningconfigs/status", "patch"): no_config_takes_its_service,
    Right("", "secrets", "get"): the_service_is_not_reached,
    Right("", "configmaps", "get"): the_service_is_not_reached,
    Right("", "namespaces", "get"): the_end_of_a_namespace_ends_access,
    Right("coordination.k8s.io", "leases", "list"): nothing_begins_without_a_lease,
    Right("coordination.k8s.io", "leases", "create"): nothing_begins_without_a_lease,
    Right("coordination.k8s.io", "leases", "patch"): it_ends_with_its_lease,
    Right("", "events", "create"): no_event_is_posted,
}
"""What is lost with each right. `patch events` is needed five minutes later only, and has its own test below."""
COUNTING = Right("", "events", "patch")
CONFLICTS = {
    Right(OURS, "scimusers", "get"): Right(OURS, "scimusers", "patch"),
    Right(OURS, "scimgroups", "get"): Right(OURS, "scimgroups", "patch"),
    Right(OURS, "provisioningconfigs", "get"): Right(OURS, "provisioningconfigs/status", "patch"),
}
"""Which write must meet an object that somebody has just changed, for the right to be made use of."""


def test_the_table_has_every_right() -> None:
    each = [Right(right.group, right.resource, verb) for right in RIGHTS for verb in right.verbs]
    assert sorted([*TABLE, COUNTING]) == sorted(each)


def name_of(right: Right) -> str:
    return f"{right.verb} {right.resource}, {TABLE[right].__name__.replace('_', ' ')}"


@pytest.mark.parametrize("lacking", TABLE, ids=name_of)
async def test_without_it_some_work_is_lost(lacking: Right, crds: ControlPlane, namespace: str, tmp_path: Path) -> None:
    await grant(crds, namespace, lacking)
    conflicts = [CONFLICTS[lacking]] if lacking in CONFLICTS else []
    async with (
        furnished(crds, namespace) as made,
        operator(crds, namespace, tmp_path, f"--namespace={namespace}", conflicts=conflicts) as run,
    ):
        await TABLE[lacking](Case(made, run, lacking))
        assert run.witness.conflicts == [], "somebody changed the object in the same moment"
    assert run.witness.refused == {lacking}


async def grant(plane: ControlPlane, namespace: str, *lacking: Right) -> None:
    """A ServiceAccount with the chart's rights, but for these."""
    items = list(without(lacking, rights.manifests(namespace)))
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    await asyncio.to_thread(plane.kubectl, "apply", "-f", "-", input=listed)


def without(lacking: tuple[Right, ...], manifests: list[Manifest]) -> Iterator[Manifest]:
    for manifest in manifests:
        if manifest["kind"] != "Role":
            yield manifest
            continue
        rules = [reduced(rule, lacking) for rule in manifest["rules"]]
        yield {**manifest, "rules": [rule for rule in rules if rule["verbs"]]}


def reduced(rule: Manifest, lacking: tuple[Right, ...]) -> Manifest:
    [group], [resource] = rule["apiGroups"], rule["resources"]
    return {**rule, "verbs": [verb for verb in rule["verbs"] if Right(group, resource, verb) not in lacking]}


@contextlib.asynccontextmanager
async def furnished(plane: ControlPlane, namespace: str) -> AsyncIterator[Tenant]:
    async with tenant(plane, namespace) as made:
        await made.furnish()
        await made.user("ada")
        await made.group("engineering", "ada")
        yield made


@pytest.fixture
async def acting(crds: ControlPlane, namespace: str) -> AsyncIterator[Callable[..., Awaitable[KubeClient]]]:
    """Makes a client that acts as the ServiceAccount, which has all rights but those named."""
    async with contextlib.AsyncExitStack() as stack:

        async def act(*lacking: Right) -> KubeClient:
            await grant(crds, namespace, *lacking)
            kubeconfig = await asyncio.to_thread(crds.service_account_kubeconfig, ACCOUNT, namespace)
            client = await stack.enter_async_context(KubeClient(from_kubeconfig([kubeconfig])))
            await until(lambda: in_force(client, namespace, lacking), "the Role is in force")
            return client

        yield act


async def in_force(client: KubeClient, namespace: str, lacking: tuple[Right, ...]) -> bool:
    found = await RightsCheck(client, [namespace]).lacks(namespace)
    return set(found) == {sentence_of(one, namespace) for one in lacking}


@pytest.mark.parametrize(
    ("lacking", "count"),
    [
        pytest.param([], 2, id="with all rights"),
        pytest.param([COUNTING], 1, id="without patch events"),
    ],
)
async def test_an_event_that_is_reported_again_after_five_minutes_is_counted(
    lacking: list[Right],
    count: int,
    acting: Callable[..., Awaitable[KubeClient]],
    crds: ControlPlane,
    namespace: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 0.0
    poster = EventPoster(await acting(*lacking), lambda _: "uid", clock=lambda: now)
    posting = asyncio.create_task(poster.run())
    with caplog.at_level(logging.INFO):
        for now in (0.0, INTERVAL + 1):  # noqa: B007 - the poster's clock reads it
            poster.post(ConfigKey(namespace, CONFIG), warning=True, reason="Unauthorized", message="It is refused.")
            await poster.drain()
    posting.cancel()
    async with tenant(crds, namespace) as made:
        assert await made.events() == {"Unauthorized": count}
    assert [one for one in lacking if sentence_of(one, namespace) not in caplog.text] == []


async def test_missing_rights_are_reported_once_before_they_are_missed(
    acting: Callable[..., Awaitable[KubeClient]], namespace: str, caplog: pytest.LogCaptureFixture
) -> None:
    lacking = [Right(OURS, "scimgroups/status", "patch"), Right("", "events", "patch"), Right("", "secrets", "get")]
    client = await acting(*lacking)
    check = RightsCheck(client, [namespace])
    for _ in range(2):
        assert await check.look()
    assert sorted(caplog.messages) == sorted(sentence_of(one, namespace) for one in lacking)
    caplog.clear()
    await acting()
    assert await check.look()
    assert caplog.messages == []
    await acting(lacking[0])
    assert await check.look()
    assert caplog.messages == [sentence_of(lacking[0], namespace)], "taken away again"


async def test_a_role_does_for_no_other_namespace(
    acting: Callable[..., Awaitable[KubeClient]], caplog: pytest.LogCaptureFixture
) -> None:
    assert await RightsCheck(await acting(), []).look()
    assert len(caplog.messages) == len(TABLE) + 1
    assert (
        "The operator may not list scimusers in all namespaces: "
        "grant it in the ClusterRole of the operator (API group scim-operator.io)."
    ) in caplog.messages


async def test_an_api_server_that_does_not_answer_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    async with KubeClient(Credentials(server="http://127.0.0.1:9")) as client:
        assert not await RightsCheck(client, []).look()
    assert caplog.messages == []
