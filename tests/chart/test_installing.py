"""The chart at a real API server, which has no node: objects are admitted and stored, pods are only admitted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.chart.conftest import CHART
from tools.cluster.controlplane import KubectlError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.chart.conftest import Helm
    from tools.cluster.controlplane import ControlPlane

ALL_OPTIONS = (
    "simulator.enabled=true",
    "networkPolicy.services[0].cidr=192.0.2.10/32",
    "networkPolicy.apiServer.cidrs={198.51.100.1/32}",
    "networkPolicy.dns[0].namespaceSelector.matchLabels.a=b",
    "tracing.enabled=true,tracing.endpoint=http://collector:4318,tracing.ratio=0.1,tracing.headersSecret.name=collector",
    "networkPolicy.collector[0].podSelector.matchLabels.a=b",
    "networkPolicy.extraEgress[0].ports[0].port=8443",
    "networkPolicy.metricsFrom[0].podSelector.matchLabels.a=b",
    "admissionPolicies.separation=true",
    "rbac.approver.aggregateToAdmin=true",
    "podDisruptionBudget.enabled=true",
    "podAnnotations.a=b",
    "podLabels.a=b",
    "serviceAccount.annotations.a=b",
    "service.annotations.a=b",
    "priorityClassName=system-cluster-critical",
    "tolerations[0].operator=Exists",
    "nodeSelector.disk=ssd",
    "imagePullSecrets[0].name=registry",
    "extraEnv[0].name=A,extraEnv[0].value=b",
    "extraVolumes[0].name=tmp,extraVolumes[0].emptyDir.medium=Memory",
    "extraVolumeMounts[0].name=tmp,extraVolumeMounts[0].mountPath=/tmp",
    "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key=disk",
    "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].operator=Exists",
)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param((), id="defaults"),
        pytest.param(("allNamespaces=true",), id="all namespaces"),
        pytest.param(ALL_OPTIONS, id="every option, the ServiceMonitor apart, whose kind is the Prometheus operator's"),
    ],
)
def test_the_api_server_takes_every_object(
    helm: Helm, private_api_server: ControlPlane, values: tuple[str, ...]
) -> None:
    objects = helm.template(*values, namespace="default").objects
    # A server-side dry run with strict validation: an unknown or duplicate field is an error, not a warning.
    private_api_server.kubectl(
        "apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-", input=as_list(objects)
    )


def as_list(objects: list[dict[str, Any]]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


@pytest.fixture(scope="module")
def restricted(private_api_server: ControlPlane) -> str:
    """A namespace that admits pods of the restricted pod security standard only."""
    private_api_server.create_namespace("restricted")
    private_api_server.kubectl("label", "namespace", "restricted", "pod-security.kubernetes.io/enforce=restricted")
    return "restricted"


@pytest.mark.parametrize("name", ["scim-operator", "scim-operator-simulator"])
def test_the_pods_meet_the_restricted_standard(
    helm: Helm, private_api_server: ControlPlane, restricted: str, name: str
) -> None:
    pod = helm.template("simulator.enabled=true").pod(name)
    assert create_pod(private_api_server, restricted, pod) == "pod/probe created (server dry run)\n"


def test_a_pod_that_does_not_meet_it_is_refused(helm: Helm, private_api_server: ControlPlane, restricted: str) -> None:
    pod = helm.template("securityContext.allowPrivilegeEscalation=true").pod()
    with pytest.raises(KubectlError, match='violates PodSecurity "restricted:latest": allowPrivilegeEscalation'):
        create_pod(private_api_server, restricted, pod)


def create_pod(api_server: ControlPlane, namespace: str, spec: dict[str, Any]) -> str:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probe", "namespace": namespace}, "spec": spec}
    return api_server.kubectl("create", "--dry-run=server", "-f", "-", input=json.dumps(pod))


@pytest.fixture(scope="module")
def release(helm: Helm, private_api_server: ControlPlane) -> Iterator[Path]:
    """The chart installed into `identity`, serving `hr` as well; gives the administrator's kubeconfig."""
    kubeconfig = private_api_server.kubeconfig
    private_api_server.create_namespace("hr")
    where = ["--namespace=identity", "--create-namespace"]
    helm("install", "scim-operator", str(CHART), *where, "--set=watchNamespaces={identity,hr}", kubeconfig=kubeconfig)
    yield kubeconfig
    helm("uninstall", "scim-operator", "--namespace=identity", "--ignore-not-found", kubeconfig=kubeconfig)


@pytest.mark.usefixtures("release")
@pytest.mark.parametrize(
    ("verb", "resource", "namespace", "allowed"),
    [
        pytest.param("list", "scimusers", "identity", True, id="reads manifests where it is"),
        pytest.param("list", "scimusers", "hr", True, id="and where it is told to"),
        pytest.param("list", "scimusers", "default", False, id="but nowhere else"),
        pytest.param("get", "secrets", "hr", True, id="reads a Secret by name"),
        pytest.param("list", "secrets", "hr", False, id="but cannot look for others"),
        pytest.param("get", "secrets", "kube-system", False, id="nor read those of the cluster"),
        pytest.param("patch", "scimgroups/status", "identity", True, id="reports"),
        pytest.param("delete", "scimusers", "identity", False, id="never deletes a manifest"),
        pytest.param("create", "pods", "identity", False, id="starts nothing"),
        pytest.param("list", "namespaces", "", False, id="needs nothing of the cluster's"),
        pytest.param("list", "customresourcedefinitions", "", False, id="nor its CRDs"),
    ],
)
def test_the_account_has_the_rights_of_its_namespaces_only(
    private_api_server: ControlPlane, verb: str, resource: str, namespace: str, *, allowed: bool
) -> None:
    assert may(private_api_server, verb, resource, namespace) is allowed


GROUPS = {
    "scimusers": "scim-operator.io",
    "scimgroups": "scim-operator.io",
    "customresourcedefinitions": "apiextensions.k8s.io",
}


def may(api_server: ControlPlane, verb: str, resource: str, namespace: str) -> bool:
    """What the API server answers to a SubjectAccessReview for the operator's ServiceAccount."""
    kind, _, subresource = resource.partition("/")
    asked = {"verb": verb, "group": GROUPS.get(kind, ""), "resource": kind, "subresource": subresource}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": "system:serviceaccount:identity:scim-operator",
            "resourceAttributes": asked | {"namespace": namespace},
        },
    }
    answer = json.loads(api_server.kubectl("create", "-f", "-", "-o", "json", input=json.dumps(review)))
    return bool(answer["status"]["allowed"])


def test_upgrading_and_uninstalling_keep_the_crds_and_manifests(
    helm: Helm, private_api_server: ControlPlane, release: Path
) -> None:
    def crds() -> set[str]:
        return set(private_api_server.kubectl("get", "crds", "-o", "name").split())

    installed = crds()
    assert len(installed) == len(list((CHART / "files" / "crds").glob("*.yaml")))
    scoped = "--namespace=identity"
    helm("upgrade", "scim-operator", str(CHART), scoped, "--set=watchNamespaces={identity}", kubeconfig=release)
    roles = private_api_server.kubectl("get", "roles", "--all-namespaces", "-o", "name", "-l", "helm.sh/chart")
    names = ("scim-operator", "scim-operator-key", "scim-operator-log")
    kept = [f"role.rbac.authorization.k8s.io/{name}" for name in names]
    assert roles.split() == kept, "the Role in hr went with the upgrade"
    helm("uninstall", "scim-operator", scoped, kubeconfig=release)
    assert crds() == installed
    left = private_api_server.kubectl("get", "deployments,services,serviceaccounts,roles,rolebindings", scoped)
    assert "scim-operator" not in left
    helm("install", "scim-operator", str(CHART), scoped, kubeconfig=release)


def test_a_second_release_leaves_the_crds_to_the_first(
    helm: Helm, private_api_server: ControlPlane, release: Path
) -> None:
    where = ["--namespace=other", "--create-namespace", "--set=crds.enabled=false"]
    helm("install", "scim-operator", str(CHART), *where, kubeconfig=release)
    assert "scim-operator" in private_api_server.kubectl("get", "deployments", "--namespace=other")
    helm("uninstall", "scim-operator", "--namespace=other", kubeconfig=release)
