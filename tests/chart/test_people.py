"""The chart's roles for people, at a real API server with the operator at work: who is answered what, and who is not.

The kubelet alone is a stand-in, below the API server, which judges every request as in any cluster.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scim_operator.kube.log_endpoint import PORT
from scim_operator.kube.resources import CONFIGS
from tests.chart.test_rights_at_work import HOME, furnished, installed, is_provisioned
from tests.envtest.test_commands import PROGRAM, environment
from tests.support.kubelet import Kubelet, kubelet
from tests.support.operating import CONFIG, TOKEN, Running, Tenant, operator, until
from tools.cluster.controlplane import KubectlError, free_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from tests.chart.conftest import Helm
    from tools.cluster.controlplane import ControlPlane

OURS, THEIRS = "hr", "partners"
"""The namespace in which the people below have rights, and another one of the same operator."""
DIGEST = f"sha256:{'a' * 64}"
ROLES = {"helen": "help-desk", "vera": "viewer", "abe": "approver", "porter": ""}
"""Who has which ClusterRole in OURS. All but Vera may also go to the operator's pods."""
WITH = f"--operator={HOME}/scim-operator"


@dataclass(frozen=True)
class Place:
    """An operator at work for two namespaces, and people."""

    plane: ControlPlane
    run: Running
    ours: Tenant
    theirs: Tenant
    kubelet: Kubelet

    async def asks(self, who: str, *words: str) -> subprocess.CompletedProcess[str]:
        """What one of the people is answered by a command."""
        command = [*PROGRAM, *words, f"--kubeconfig={self.account(who)}"]
        answer = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, check=False, env=environment()
        )
        assert TOKEN not in answer.stdout + answer.stderr
        assert "Traceback" not in answer.stderr, answer.stderr
        return answer

    async def records(self, who: str, *words: str) -> list[str]:
        """The objects of the records that one of the people is shown."""
        answer = await self.asks(who, "logs", "--output=jsonl", WITH, *words)
        assert answer.returncode == 0, answer.stderr
        found = [json.loads(line)["sourceIdentity"] for line in answer.stdout.splitlines()]
        return sorted({f"{one['identityType']}/{one['displayName']}" for one in found})

    def may(self, who: str, *words: str) -> bool:
        """Whether kubectl does as one of the people says."""
        try:
            self.plane.kubectl(*words, kubeconfig=self.account(who))
        except KubectlError as error:
            if "orbidden" in str(error):
                return False
            raise
        return True

    def may_do(self, who: str, rights: Iterable[str], namespaces: Iterable[str]) -> set[tuple[str, str]]:
        """Which of these rights one of the people has, and where, by SelfSubjectAccessReviews of that person."""
        asked = list(itertools.product(rights, namespaces))
        body = {"apiVersion": "v1", "kind": "List", "items": [review(*each) for each in asked]}
        options = ("create", "--validate=false", "-f", "-", r'-o=jsonpath={.status.allowed}{"\n"}')
        answers = self.plane.kubectl(*options, input=json.dumps(body), kubeconfig=self.account(who)).split()
        return {one for one, answer in zip(asked, answers, strict=True) if answer == "true"}

    def account(self, who: str) -> Path:
        return self.plane.folder / f"people.{who}.kubeconfig"


def review(right: str, namespace: str) -> dict[str, Any]:
    """The question whether one has a right, such as `get pods/exec`, in a namespace."""
    verb, _, what = right.partition(" ")
    kind, _, group = what.partition(".")
    plural, _, below = kind.partition("/")
    asked = {"verb": verb, "group": group, "resource": plural, "subresource": below, "namespace": namespace}
    kinds = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    return {**kinds, "spec": {"resourceAttributes": asked}}


def introduce(plane: ControlPlane) -> None:
    """Make the people's accounts and give each the role, as docs/rights.md says."""
    plane.create_namespace("people")
    for who, role in ROLES.items():
        subject = f"--serviceaccount=people:{who}"
        plane.kubectl("create", "serviceaccount", who, "--namespace=people")
        if role:
            named = f"--clusterrole={HOME}-scim-operator-{role}"
            plane.kubectl("create", "rolebinding", who, "-n", OURS, named, subject)
        if who != "vera":
            plane.kubectl("create", "rolebinding", who, "-n", HOME, "--role=scim-operator-log", subject)
        plane.service_account_kubeconfig(who, "people")


@contextlib.asynccontextmanager
async def working(plane: ControlPlane, folder: Path) -> AsyncIterator[Place]:
    [port] = free_ports(1)
    async with furnished(plane, OURS) as ours, furnished(plane, THEIRS) as theirs, kubelet(plane) as node:
        uid = await asyncio.to_thread(node.pod, HOME, "scim-operator-5d9c7b-x2x4q", **{f"p{PORT}": port})
        reading = [
            "--provisioning-log=off",
            f"--log-listen=127.0.0.1:{port}",
            f"--pod-uid={uid}",
            f"--log-store=sqlite:///{folder}/log.db",
        ]
        async with operator(plane, HOME, folder, f"--namespace={OURS}", f"--namespace={THEIRS}", *reading) as run:
            for made in (ours, theirs):
                await until(lambda made=made: is_provisioned(made), f"{made.namespace} is provisioned")
            yield Place(plane, run, ours, theirs, node)


async def test_who_is_answered_what(helm: Helm, private_api_server: ControlPlane, tmp_path: Path) -> None:
    plane = private_api_server
    for namespace in (OURS, THEIRS):
        plane.create_namespace(namespace)
    with installed(helm, plane, f"watchNamespaces={{{OURS},{THEIRS}}}"):
        await asyncio.to_thread(introduce, plane)
        async with working(plane, tmp_path) as place:
            await the_help_desk_reads_the_log(place)
            await nobody_reads_anothers(place)
            await the_help_desk_is_answered(place)
            await asyncio.to_thread(the_help_desk_does_no_more, place)
            await asyncio.to_thread(approvers_approve_and_others_do_not, place)
            await approvers_read_the_log(place)
            it_listens_at_two_ports(place)
            assert place.run.witness.refused == set()
            assert TOKEN not in place.run.log


async def the_help_desk_reads_the_log(place: Place) -> None:
    assert await place.records("helen", f"--namespace={OURS}") == ["ScimGroup/engineering", "ScimUser/ada"]
    assert await place.records("helen", f"--namespace={OURS}", "--user=ada", "--action=create") == ["ScimUser/ada"]
    table = await place.asks("helen", "logs", WITH, f"--namespace={OURS}")
    assert "scimuser/ada" in table.stdout
    assert "The log begins at" in table.stderr


async def nobody_reads_anothers(place: Place) -> None:
    """Port-forward is a right on the pod. It says nothing of a namespace."""
    refused = await place.asks("helen", "logs", WITH, f"--namespace={THEIRS}")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"You may not get leases in namespace {THEIRS}" in refused.stderr
    refused = await place.asks("porter", "logs", WITH, f"--namespace={OURS}")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"You may not get leases in namespace {OURS}" in refused.stderr
    asked = len(place.kubelet.asked)
    refused = await place.asks("vera", "logs", WITH, f"--namespace={OURS}")
    assert (refused.returncode, refused.stdout, len(place.kubelet.asked)) == (1, "", asked)
    assert refused.stderr.startswith(f"Error: You may not list pods in namespace {HOME}")


async def the_help_desk_is_answered(place: Place) -> None:
    status = await place.asks("helen", "status", CONFIG, f"--namespace={OURS}")
    assert status.returncode == 0, status.stderr
    why = await place.asks("helen", "explain", "scimuser/ada", f"--namespace={OURS}", f"--config={CONFIG}")
    assert why.returncode == 0, why.stderr
    assert "in scope" in why.stdout.lower()


def the_help_desk_does_no_more(place: Place) -> None:
    title = '--patch={"spec": {"title": "Boss"}}'
    for who in ("helen", "vera"):
        assert place.may(who, "get", "scimusers,scimgroups,provisioningconfigs", f"--namespace={OURS}")
        assert not place.may(who, "get", "secret", "vmware-scim", f"--namespace={OURS}")
        assert not place.may(who, "get", "secrets", f"--namespace={HOME}")
        assert not place.may(
            who, "exec", "scim-operator-5d9c7b-x2x4q", f"--namespace={HOME}", "--", "cat", "/etc/passwd"
        )
        assert not place.may(who, "patch", "scimuser", "ada", f"--namespace={OURS}", "--type=merge", title)
        assert not place.may(who, "delete", "scimuser", "ada", f"--namespace={OURS}")
        assert not place.may(who, "get", "scimusers", f"--namespace={THEIRS}")
    assert place.may("helen", "get", "events", f"--namespace={OURS}")


def approvers_approve_and_others_do_not(place: Place) -> None:
    approval = ["patch", "provisioningconfig", CONFIG, f"--namespace={OURS}", "--type=merge"]
    approval.append(f"--patch={json.dumps({'spec': {'approvedPlan': DIGEST}})}")
    assert not place.may("vera", *approval)
    assert not place.may("helen", *approval)
    assert place.may("abe", *approval)


def it_listens_at_two_ports(place: Place) -> None:
    """A port-forward reaches whatever listens in the pod: metrics and probes, and the log."""
    own = {str(each.readlink()) for each in Path(f"/proc/{place.run.program.process.pid}/fd").iterdir()}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    rows += [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]
    listening = {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in own}
    [ports] = place.kubelet.ports.values()
    assert listening == {int(place.run.program.listen.rpartition(":")[2]), *ports.values()}


async def approvers_read_the_log(place: Place) -> None:
    config: dict[str, Any] = await place.ours.get(CONFIGS, CONFIG)
    assert config["spec"]["approvedPlan"] == DIGEST
    assert await place.records("abe", f"--namespace={OURS}", "--group=engineering") == ["ScimGroup/engineering"]
