"""What `scim-operator explain` reads, and that it writes nothing: against a real API server, through a proxy."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.core.secrecy.destinations import destination_of
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS, EVENTS, GROUPS, SECRETS, USERS
from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings
from tests.envtest.manifests import as_yaml, config, group, user
from tests.support.rig import service_user
from tools.cluster.kubeconfig import write_kubeconfig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from click.testing import Result

    from scim_operator.kube.client import KubeClient
    from tests.envtest.proxy import FaultProxy
    from tools.cluster.controlplane import ControlPlane

TOKEN = "canary-t0ken"
INSECURE = {"SCIM_OPERATOR_ALLOW_INSECURE_SERVICES": "true"}


@dataclass(frozen=True)
class Place:
    """A namespace with a config, a service that it provisions to, and somebody who asks about both."""

    plane: ControlPlane
    namespace: str
    proxy: FaultProxy
    simulator: Simulator
    client: KubeClient
    kubeconfig: Path

    async def explain(self, *words: str, kubeconfig: Path | None = None) -> Result:
        """Run the command through the proxy; not a word of the secret may be in what it says."""
        self.proxy.seen.clear()
        arguments = ["explain", *words, "-n", self.namespace, f"--kubeconfig={kubeconfig or self.kubeconfig}"]
        ended = await asyncio.to_thread(CliRunner().invoke, main, arguments, env=INSECURE)
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
        assert TOKEN not in ended.output
        return ended

    async def reported(self, *words: str, **options: Any) -> dict[str, Any]:
        """The explanation as JSON, by the names of its steps."""
        ended = await self.explain(*words, "--config=vmware", "-o", "json", **options)
        assert ended.exit_code == 0, ended.output
        found = json.loads(ended.stdout)
        steps = {each["name"]: (each["outcome"], each["details"]) for each in found["steps"]}
        return {**steps, "conclusion": found["conclusion"]}

    async def apply(self, *manifests: dict[str, Any]) -> None:
        await asyncio.to_thread(self.plane.kubectl, "apply", "--server-side", "-f", "-", input=as_yaml(*manifests))

    async def versions(self) -> dict[str, str]:
        """The resource version of everything that an operator, or a careless command, might touch."""
        found = {}
        for resource in (CONFIGS, USERS, GROUPS, SECRETS, EVENTS):
            page = await self.client.page(Target(resource, self.namespace), limit=0)
            for body in page.items:
                found[f"{resource.plural}/{body['metadata']['name']}"] = body["metadata"]["resourceVersion"]
        return found


@pytest.fixture
async def place(
    crds: ControlPlane, namespace: str, proxy: FaultProxy, client: KubeClient, tmp_path: Path
) -> AsyncIterator[Place]:
    write_kubeconfig(tmp_path / "proxied", proxy.url, crds.certificate, "nobody-looks")
    async with Simulator(Settings(token=TOKEN)) as simulator:
        made = Place(crds, namespace, proxy, simulator, client, tmp_path / "proxied")
        secret: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Secret",
            "stringData": {"token": TOKEN, "hosts": str(destination_of(simulator.url))},
        }
        manifest = config("vmware", namespace, simulator.url)
        manifest["spec"]["service"]["allowInsecure"] = True
        manifest["spec"]["scope"] = "All"
        await made.apply({**secret, "metadata": {"name": "vmware-scim", "namespace": namespace}}, manifest)
        yield made


async def test_explaining_writes_nothing_anywhere(place: Place, tmp_path: Path) -> None:
    """Neither side gets a request that could change anything, and the API server holds what it held."""
    await place.apply(
        user("ada", place.namespace), user("bob", place.namespace), group("engine", place.namespace, "ada", "bob")
    )
    place.simulator.seed([service_user("bob")])
    (tmp_path / "ada.yaml").write_text(as_yaml(user("ada", place.namespace)))
    before = await place.versions()
    planned = {
        "scimuser/ada": "Create (Provisioned)",
        "scimuser/bob": "Update (Provisioned)",
        "scimgroup/engine": "Create (Incomplete)",
        f"scimuser/ada -f {tmp_path}/ada.yaml": "Create (Provisioned)",
    }
    for words, verb in planned.items():
        found = await place.reported(*words.split())
        assert found["Plan"][0] == verb, "there is something that might be written"
        assert set(place.proxy.seen) == {"GET", "list"}
    assert place.simulator.log.requests_to_write() == []
    assert await place.versions() == before


async def test_other_manifests_are_read_in_pages_and_only_where_they_have_a_say(place: Place) -> None:
    """1,001 users are three pages: once for whom a create is due, not at all for who is out of scope."""
    await asyncio.gather(
        *(
            place.client.create(Target(USERS, place.namespace), user(f"user-{number}", place.namespace))
            for number in range(1_000)
        )
    )
    rival = user("rival", place.namespace)
    rival["spec"]["userName"] = "user-7@corp.example"
    await place.apply(rival, group("everyone", place.namespace))
    mark = place.simulator.log.last
    found = await place.reported("scimuser/rival")
    assert found["Plan"][0] == "nothing to send (Conflict)"
    assert "scimuser/user-7 has the same userName" in found["Match"][1]
    # The config, the Secret, the object; the groups in a page, the users in three, the configs of all namespaces.
    assert sorted(place.proxy.seen) == ["GET", "GET", "GET", "list", "list", "list", "list", "list"]
    reads = [entry.path.partition("?")[0] for entry in place.simulator.log.since(mark)]
    assert reads.count("/Users") == 3, "Test Connection, and the two matching attributes"
    await place.client.patch(Target(CONFIGS, place.namespace, "vmware"), {"spec": {"users": {"enabled": False}}})
    found = await place.reported("scimuser/rival")
    assert found["Scope"][0] == "out of scope (SwitchedOff)"
    assert place.proxy.seen.count("list") == 1


RIGHTS = [
    ("get", "provisioningconfigs", None),
    ("get", "scimusers", None),
    ("list", "scimgroups", None),
    ("get", "secrets", "Connection"),
    ("list", "scimusers", "Match"),
]
"""The rights that explaining a user takes, in the order in which they are missed, and the step that tells of it."""


async def test_each_right_that_is_missing_is_named_to_the_person(place: Place) -> None:
    """Without manifests there is nothing to explain; without the Secret or the others, there is less."""
    await place.apply(user("ada", place.namespace))
    await asyncio.to_thread(place.plane.kubectl, "create", "serviceaccount", "nobody", "-n", place.namespace)
    kubeconfig = place.plane.service_account_kubeconfig("nobody", place.namespace)
    for number, (verb, resource, step) in enumerate(RIGHTS):
        said = f"You may not {verb} {resource} in namespace {place.namespace}: have it granted"
        await grant(place, RIGHTS[:number])
        if step is None:
            ended = await place.explain("scimuser/ada", "--config=vmware", kubeconfig=kubeconfig)
            assert ended.exit_code == 1
            assert said in ended.stderr
        else:
            found = await place.reported("scimuser/ada", kubeconfig=kubeconfig)
            assert any(said in line for line in found[step][1])
    await grant(place, RIGHTS)
    found = await place.reported("scimuser/ada", kubeconfig=kubeconfig)
    assert "no other manifest of this namespace claims the same" in found["Match"][1], "these are all that it takes"
    assert any("You may not list provisioningconfigs in all namespaces" in line for line in found["Match"][1])


async def grant(place: Place, rights: list[tuple[str, str, str | None]]) -> None:
    """Give the person just these rights."""
    groups = {"secrets": ""}
    rules = [
        {"apiGroups": [groups.get(resource, "scim-operator.io")], "resources": [resource], "verbs": [verb]}
        for verb, resource, _ in rights
    ]
    metadata = {"name": "asks", "namespace": place.namespace}
    rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": metadata}
    subject = {"kind": "ServiceAccount", "name": "nobody", "namespace": place.namespace}
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "asks"}
    await place.apply(
        {**rbac, "kind": "Role", "rules": rules}, {**rbac, "kind": "RoleBinding", "subjects": [subject], "roleRef": ref}
    )


async def test_a_service_that_cannot_be_asked_is_a_step_of_its_own(place: Place) -> None:
    await place.apply(user("ada", place.namespace))
    found = await place.reported("scimuser/ada")
    assert found["Connection"] == ("reached", [place.simulator.url])
    secret = Target(SECRETS, place.namespace, "vmware-scim")
    await place.client.patch(secret, {"stringData": {"token": "canary-wrong"}})
    found = await place.reported("scimuser/ada")
    assert found["Connection"][0] == "not reached (Unauthorized)"
    assert "canary" not in str(found)
    await place.client.patch(secret, {"data": {"token": None}})
    found = await place.reported("scimuser/ada")
    assert found["Connection"][0] == "not reached (SecretNotFound)"
    assert "Secret vmware-scim" in found["Connection"][1][1]
    assert found["Scope"][0] == "in scope"
    assert "The service was not asked" in found["conclusion"]
    ended = await place.explain("scimuser/ada")
    assert "Connection    not reached (SecretNotFound)" in ended.stdout
    assert ended.stderr == ""


async def test_who_has_no_manifest_any_more_may_have_left_something(place: Place) -> None:
    """What people ask for most at night is an account that is gone."""
    absent = f"There is no ScimUser ada in namespace {place.namespace}."
    assert (await place.explain("scimuser/ada")).stderr == f"Error: {absent}\n"
    left = {"id": "id-7", "kind": "ScimUser", "name": "ada", "deleteAt": "2026-12-24T00:00:00Z"}
    status = Target(CONFIGS, place.namespace, "vmware", "status")
    await place.client.patch(status, {"status": {"tombstones": [left]}})
    said = (await place.explain("scimuser/ada")).stderr
    assert (
        f"{absent} What it left at the service (id-7) is disabled, and is to be deleted at 2026-12-24T00:00:00Z" in said
    )
    assert (await place.explain("scimgroup/ada")).stderr == f"Error: {absent.replace('User', 'Group')}\n"
    await place.client.patch(Target(CONFIGS, place.namespace, "vmware"), {"spec": {"users": {"deleteAfter": "0s"}}})
    said = (await place.explain("scimuser/ada")).stderr
    assert f"{absent} What it left at the service (id-7) is disabled; with the manifest" in said


async def test_without_config_there_must_be_one_alone(place: Place) -> None:
    await place.apply(
        user("ada", place.namespace), config("west", place.namespace)
    )  # after vmware, in the same second too
    ended = await place.explain("scimuser/ada")
    assert ended.exit_code == 1
    choose = f"Choose a ProvisioningConfig of namespace {place.namespace} with --config; there are: vmware, west."
    assert choose in ended.stderr
    assert (await place.reported("scimuser/ada"))["Plan"][0] == "Create (Provisioned)"
    await asyncio.to_thread(place.plane.kubectl, "delete", "scpc", "--all", "-n", place.namespace)
    ended = await place.explain("scimuser/ada")
    assert f"There is no ProvisioningConfig in namespace {place.namespace}" in ended.stderr


async def test_a_file_is_read_as_the_cluster_would_take_it(place: Place, tmp_path: Path) -> None:
    file, ada = tmp_path / "ada.yaml", user("ada", place.namespace)
    del ada["spec"]["active"]
    for manifests, said in (
        (
            [user("bob", place.namespace)],
            f"no ScimUser ada of namespace {place.namespace}; it has: ScimUser bob of",
        ),
        ([user("ada", "elsewhere")], "it has: ScimUser ada of namespace elsewhere"),
        ([{**ada, "spec": {"userName": 7}}], "spec.userName: must be"),
    ):
        file.write_text(as_yaml(*manifests))
        ended = await place.explain("scimuser/ada", "-f", str(file))
        assert ended.exit_code == 1
        assert said in ended.stderr
    ended = await place.explain("scimuser/ada", "-f", str(tmp_path / "absent.yaml"))
    assert "there is no such file or directory" in ended.stderr
    file.write_text(as_yaml(ada, user("eve", place.namespace), group("engine", place.namespace, "ada")))
    found = await place.reported("scimuser/ada", "-f", str(file))
    assert "active = True (source): differs" in found["Mapping"][1], "what the CRD fills in is there"
    assert "in the groups engine" in found["Import"][1], "a group that comes with the same file counts"
    twin = user("twin", place.namespace)
    twin["spec"]["userName"] = "ada@corp.example"
    await place.apply(twin)
    found = await place.reported("scimuser/ada", "-f", str(file))
    assert "scimuser/twin has the same userName" in found["Match"][1]


async def test_a_config_in_the_file_sends_the_secret_nowhere(place: Place, tmp_path: Path) -> None:
    """What nobody has reviewed yet decides nothing about where the cluster's token goes."""
    async with Simulator(Settings(token=TOKEN)) as elsewhere:
        manifest = config("vmware", place.namespace, elsewhere.url)
        manifest["spec"]["service"]["allowInsecure"] = True
        (tmp_path / "all.yaml").write_text(as_yaml(user("ada", place.namespace), manifest))
        found = await place.reported("scimuser/ada", "-f", str(tmp_path / "all.yaml"))
        assert found["Connection"] == ("reached", [place.simulator.url])
        assert len(elsewhere.log) == 0


async def test_what_the_operator_said_of_the_config_is_reported(place: Place) -> None:
    await place.apply(user("ada", place.namespace))
    target = Target(CONFIGS, place.namespace, "vmware")
    generation = (await place.client.demand(target))["metadata"]["generation"]
    quarantine = {"reason": "TooManyFailures", "error": "The service does not take 9 of 10 objects."}
    quarantine |= dict.fromkeys(("began", "seriesBegan"), "2026-11-26T02:00:00Z")
    quarantine["nextAttempt"] = "2026-11-26T09:00:00Z"
    status = {"status": {"observedGeneration": generation, "quarantine": quarantine}}
    assert (await place.reported("scimuser/ada"))["Config"][0] == "sends nothing (NotTakenUp)"
    await place.client.patch(Target(CONFIGS, place.namespace, "vmware", "status"), status)
    found = await place.reported("scimuser/ada")
    assert found["Config"][0] == "sends nothing (Quarantined)"
    assert "9 of 10 objects" in found["Config"][1][0]
    assert "which is tried at 2026-11-26T09:00:00Z" in found["conclusion"]
