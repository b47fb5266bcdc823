"""What the chart makes of its values, rendered by helm itself."""

from __future__ import annotations

import base64
import ipaddress
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.kube.rights import RIGHTS

if TYPE_CHECKING:
    from tests.chart.conftest import Helm, Rendered

POLICIES = [*["ValidatingAdmissionPolicy"] * 3, *["ValidatingAdmissionPolicyBinding"] * 3]
DEFAULT_KINDS = [
    *["ClusterRole"] * 3,  # of people
    "Deployment",
    "NetworkPolicy",
    "Pod",  # of `helm test`, made only by that
    *["Role"] * 3,
    "RoleBinding",
    "RoleBinding",
    "Secret",
    "Service",
    "ServiceAccount",
    *POLICIES,
]
KEY = "scim-operator-key"
LOG = "scim-operator-log"
OWN = {KEY, LOG, "scim-operator-leases"}
"""The Roles that are about the release's own namespace."""
WRITE_VERBS = {"create", "update", "patch", "delete", "deletecollection"}


def test_the_chart_passes_lint(helm: Helm) -> None:
    assert "0 chart(s) failed" in helm("lint", "--strict", "charts/scim-operator")


def test_by_default_it_makes_no_more_than_it_needs(helm: Helm) -> None:
    assert helm.template().kinds() == DEFAULT_KINDS


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        pytest.param("serviceMonitor.enabled=true", ["ServiceMonitor"], id="Prometheus operator"),
        pytest.param("podMonitor.enabled=true", ["PodMonitor"], id="the same, by pod"),
        pytest.param("prometheusRule.enabled=true", ["PrometheusRule"], id="alerts"),
        pytest.param("dashboards.enabled=true", ["ConfigMap"], id="Grafana"),
        pytest.param("provisioningLog.persistence.enabled=true", ["PersistentVolumeClaim"], id="a log that stays"),
        pytest.param("podDisruptionBudget.enabled=true", ["PodDisruptionBudget"], id="guarded draining"),
        pytest.param("simulator.enabled=true", ["Deployment", "NetworkPolicy", "Secret", "Service"], id="try-out"),
    ],
)
def test_each_option_adds_its_objects_only(helm: Helm, value: str, kinds: list[str]) -> None:
    assert helm.template(value).kinds() == sorted(DEFAULT_KINDS + kinds)


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        pytest.param("rbac.create=false", {"Role", "RoleBinding"}, id="rights granted by hand"),
        pytest.param("serviceAccount.create=false", {"ServiceAccount"}, id="account made by hand"),
        pytest.param("service.enabled=false", {"Service", "Pod"}, id="no metrics wanted"),
        pytest.param("networkPolicy.enabled=false", {"NetworkPolicy"}, id="a network with policies of its own"),
        pytest.param("admissionPolicies.enabled=false", set(POLICIES), id="another release has them"),
    ],
)
def test_each_default_object_can_be_left_out(helm: Helm, value: str, kinds: set[str]) -> None:
    assert set(helm.template(value).kinds()) == set(DEFAULT_KINDS) - kinds


@pytest.mark.parametrize(
    ("values", "served"),
    [
        pytest.param([], ["identity"], id="the release's own namespace by default"),
        pytest.param(["watchNamespaces={hr,partners}"], ["hr", "partners"], id="others by name, then not its own"),
    ],
)
def test_rights_and_arguments_name_the_same_namespaces(helm: Helm, values: list[str], served: list[str]) -> None:
    rendered = helm.template(*values)
    for kind in ("Role", "RoleBinding"):
        granted = [one["metadata"]["namespace"] for one in rendered.all(kind) if one["metadata"]["name"] not in OWN]
        assert granted == served
    assert arguments(rendered) == ["run", *(f"--namespace={name}" for name in served)]
    assert not rendered.all("ClusterRoleBinding")


@pytest.mark.parametrize(
    ("values", "served"),
    [
        pytest.param([], ["identity"], id="the release's own namespace"),
        pytest.param(["watchNamespaces={hr,partners}"], ["hr", "partners"], id="others by name"),
        pytest.param(["allNamespaces=true"], None, id="all"),
    ],
)
def test_the_policies_hold_where_the_operator_serves(helm: Helm, values: list[str], served: list[str] | None) -> None:
    for binding in helm.template(*values).all("ValidatingAdmissionPolicyBinding"):
        assert binding["spec"]["policyName"] == binding["metadata"]["name"]
        assert binding["spec"]["validationActions"] == ["Deny"]
        selected = binding["spec"].get("matchResources", {}).get("namespaceSelector", {}).get("matchExpressions")
        expected = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": served}
        assert selected == ([expected] if served else None)


def test_the_role_for_approving_reaches_admins_only_if_asked_for(helm: Helm) -> None:
    label = "rbac.authorization.k8s.io/aggregate-to-admin"
    name = "identity-scim-operator-approver"
    assert label not in helm.template().one("ClusterRole", name)["metadata"]["labels"]
    rendered = helm.template("rbac.approver.aggregateToAdmin=true")
    assert rendered.one("ClusterRole", name)["metadata"]["labels"][label] == "true"


def test_the_log_is_served_on_loopback_where_there_is_one(helm: Helm) -> None:
    option = "--log-listen=127.0.0.1:8081"
    assert option in helm.template().pod()["containers"][0]["args"]
    for value in ("provisioningLog.portForward=false", "provisioningLog.store="):
        assert option not in helm.template(value).pod()["containers"][0]["args"]
    [port] = helm.template().pod()["containers"][0]["ports"]
    assert port["containerPort"] == 8080, "no Service leads to it"


def test_all_namespaces_take_a_cluster_role_of_the_same_rules(helm: Helm) -> None:
    rendered = helm.template("allNamespaces=true")
    assert sorted(one["metadata"]["name"] for one in rendered.all("Role")) == [KEY, LOG]
    assert rendered.one("ClusterRole", "identity-scim-operator")["rules"] == helm.template().one("Role")["rules"]
    assert arguments(rendered) == ["run", "--all-namespaces"]


@pytest.mark.parametrize(
    ("values", "insecure", "networks"),
    [
        pytest.param([], "false", "", id="nothing is allowed by default"),
        pytest.param(["simulator.enabled=true"], "true", "", id="the simulator speaks http"),
        pytest.param(["allowInsecureServices=true"], "true", "", id="said by who installs"),
        pytest.param(["allowNetworks={100.64.0.0/10,fd12::/64}"], "false", "100.64.0.0/10 fd12::/64", id="networks"),
    ],
)
def test_what_services_are_allowed_is_for_every_command_in_the_pod(
    helm: Helm, values: list[str], insecure: str, networks: str
) -> None:
    env = {one["name"]: one.get("value") for one in helm.template(*values).pod()["containers"][0]["env"]}
    assert env["SCIM_OPERATOR_ALLOW_INSECURE_SERVICES"] == insecure
    assert env["SCIM_OPERATOR_ALLOW_NETWORKS"] == networks


LEFT_OUT = ("--provisioning-log=", "--log-retention=", "--log-listen=", "--key-secret=")


def arguments(rendered: Rendered) -> list[str]:
    """The arguments but for those of the provisioning log, which have tests of their own."""
    args: list[str] = rendered.pod()["containers"][0]["args"]
    return [one for one in args if not one.startswith(LEFT_OUT)]


def test_the_rights_are_bound_to_the_account_of_the_pod(helm: Helm) -> None:
    for values in ([], ["serviceAccount.create=false"], ["serviceAccount.name=own"], ["watchNamespaces={hr}"]):
        rendered = helm.template(*values)
        account = rendered.pod()["serviceAccountName"]
        binding = rendered.one("RoleBinding")
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": account, "namespace": "identity"}]
        assert binding["roleRef"]["name"] == rendered.one("Role")["metadata"]["name"]


def test_the_operators_key_is_kept_and_only_its_own_secret_is_written(helm: Helm) -> None:
    rendered = helm.template()
    secret = rendered.one("Secret", KEY)
    assert "data" not in secret, "the operator makes the key; an upgrade must not take it away"
    assert secret["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert f"--key-secret={KEY}" in rendered.pod()["containers"][0]["args"]
    (rule,) = rendered.one("Role", KEY)["rules"]
    assert rule == {"apiGroups": [""], "resources": ["secrets"], "resourceNames": [KEY], "verbs": ["get", "patch"]}
    assert rendered.one("RoleBinding", KEY)["subjects"] == rendered.one("RoleBinding")["subjects"]


def test_the_rules_are_what_the_operator_says_it_needs(helm: Helm) -> None:
    given = {
        (group, resource, tuple(sorted(rule["verbs"])))
        for rule in helm.template().one("Role")["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    assert given == {(right.group, right.resource, tuple(sorted(right.verbs))) for right in RIGHTS}


def test_the_rules_give_no_wildcard_and_each_resource_once(helm: Helm) -> None:
    rules = helm.template().one("Role")["rules"]
    named = [resource for rule in rules for resource in rule["resources"]]
    assert len(named) == len(set(named)), "one rule a resource, so that a test can take one verb away"
    assert not [rule for rule in rules if "*" in rule["resources"] + rule["verbs"] + rule["apiGroups"]]


def test_the_rules_read_secrets_by_name_only_and_write_to_nothing_foreign(helm: Helm) -> None:
    rules = {rule["resources"][0]: set(rule["verbs"]) for rule in helm.template().one("Role")["rules"]}
    assert rules["secrets"] == {"get"}
    assert rules["configmaps"] == {"get"}
    foreign = {name: verbs & WRITE_VERBS for name, verbs in rules.items() if not name.startswith(("scim", "prov"))}
    assert {name for name, verbs in foreign.items() if verbs} == {"events", "leases"}
    assert not [name for name, verbs in rules.items() if verbs & {"delete", "deletecollection", "escalate", "bind"}]


def test_only_the_operators_container_gets_a_token(helm: Helm) -> None:
    rendered = helm.template("simulator.enabled=true")
    assert rendered.one("ServiceAccount")["automountServiceAccountToken"] is False
    for deployment in rendered.all("Deployment"):
        assert deployment["spec"]["template"]["spec"]["automountServiceAccountToken"] is False
    sources = rendered.pod()["volumes"][0]["projected"]["sources"]
    assert {key for source in sources for key in source} == {"serviceAccountToken", "configMap", "downwardAPI"}
    assert "projected" not in str(rendered.pod("scim-operator-simulator")["volumes"])


def test_probes_and_metrics_are_on_the_port_that_the_service_leads_to(helm: Helm) -> None:
    rendered = helm.template("service.port=9090")
    container = rendered.pod()["containers"][0]
    assert container["ports"] == [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert rendered.one("Service")["spec"]["ports"][0] | {"protocol": ""} == {
        "name": "http",
        "port": 9090,
        "targetPort": "http",
        "protocol": "",
    }


@pytest.mark.parametrize(
    ("value", "field", "expected"),
    [
        pytest.param("nodeSelector.disk=ssd", "nodeSelector", {"disk": "ssd"}, id="nodes by label"),
        pytest.param("tolerations[0].operator=Exists", "tolerations", [{"operator": "Exists"}], id="tainted nodes"),
        pytest.param("affinity.podAffinity.a=b", "affinity", {"podAffinity": {"a": "b"}}, id="affinity"),
        pytest.param("priorityClassName=high", "priorityClassName", "high", id="priority"),
        pytest.param("imagePullSecrets[0].name=reg", "imagePullSecrets", [{"name": "reg"}], id="private registry"),
    ],
)
def test_scheduling_applies_to_every_pod(helm: Helm, value: str, field: str, expected: Any) -> None:
    rendered = helm.template(value, "simulator.enabled=true")
    for deployment in rendered.all("Deployment"):
        assert deployment["spec"]["template"]["spec"][field] == expected


def test_what_a_person_adds_reaches_the_operators_container(helm: Helm) -> None:
    rendered = helm.template(
        "extraArgs={--log-level=debug}",
        "extraEnv[0].name=HTTPS_PROXY,extraEnv[0].value=http://proxy:3128",
        "extraVolumes[0].name=ca,extraVolumes[0].configMap.name=ca",
        "extraVolumeMounts[0].name=ca,extraVolumeMounts[0].mountPath=/ca",
        "podAnnotations.a=1\\,2,podLabels.team=id",
    )
    container = rendered.pod()["containers"][0]
    assert container["args"][-1] == "--log-level=debug"
    assert container["env"][-1] == {"name": "HTTPS_PROXY", "value": "http://proxy:3128"}
    assert container["volumeMounts"][-1] == {"name": "ca", "mountPath": "/ca"}
    assert rendered.pod()["volumes"][-1] == {"name": "ca", "configMap": {"name": "ca"}}
    metadata = rendered.one("Deployment")["spec"]["template"]["metadata"]
    assert (metadata["annotations"]["a"], metadata["labels"]["team"]) == ("1,2", "id")


@pytest.mark.parametrize(
    ("values", "image"),
    [
        pytest.param([], "ghcr.io/scim-operator/scim-operator:0.1.0", id="the chart's own version"),
        pytest.param(["image.repository=r/o", "image.tag=t"], "r/o:t", id="a tag"),
        pytest.param(["image.repository=r/o", "image.tag=20261128"], "r/o:20261128", id="a tag that is a number"),
        pytest.param(
            ["image.repository=r/o", "image.tag=t", f"image.digest=sha256:{'0' * 64}"],
            f"r/o@sha256:{'0' * 64}",
            id="a digest wins, for it cannot move",
        ),
    ],
)
def test_the_image(helm: Helm, values: list[str], image: str) -> None:
    assert helm.template(*values).pod()["containers"][0]["image"] == image


@pytest.mark.parametrize(
    ("release", "values", "name"),
    [
        pytest.param("scim-operator", [], "scim-operator", id="a release named as the chart"),
        pytest.param("prod", [], "prod-scim-operator", id="any other release"),
        pytest.param("prod", ["nameOverride=idp"], "prod-idp", id="another chart name"),
        pytest.param("prod", ["fullnameOverride=idp"], "idp", id="a full name"),
    ],
)
def test_the_names_follow_the_release(helm: Helm, release: str, values: list[str], name: str) -> None:
    rendered = helm.template("simulator.enabled=true", *values, release=release)
    assert {one["metadata"]["name"] for one in rendered.all("Service")} == {name, f"{name}-simulator"}


def test_a_long_release_name_still_makes_valid_names(helm: Helm) -> None:
    rendered = helm.template("simulator.enabled=true", release="r" * 53)
    assert max(len(one["metadata"]["name"]) for one in rendered.objects) <= 63


def test_no_service_selects_the_pods_of_another(helm: Helm) -> None:
    rendered = helm.template("simulator.enabled=true")
    for service in rendered.all("Service"):
        selector = service["spec"]["selector"].items()
        labels = {
            one["metadata"]["name"]: one["spec"]["template"]["metadata"]["labels"].items()
            for one in rendered.all("Deployment")
        }
        assert [name for name, items in labels.items() if selector <= items] == [service["metadata"]["name"]]


def test_the_simulator_reads_its_token_from_a_file(helm: Helm) -> None:
    rendered = helm.template("simulator.enabled=true", "simulator.token=s3cret")
    container = rendered.pod("scim-operator-simulator")["containers"][0]
    assert container["args"][:3] == ["simulate", "--host=0.0.0.0", "--port=8080"]
    folder = "/etc/simulator"
    assert container["args"][3:] == [f"--token-file={folder}/token", f"--control-token-file={folder}/control-token"]
    assert "s3cret" not in str(rendered.objects), "only in the Secret, encoded"


def test_the_simulator_s_control_token_is_chance_unless_given(helm: Helm) -> None:
    def token(*values: str) -> str:
        secret = helm.template("simulator.enabled=true", *values).one("Secret", "scim-operator-simulator")
        return base64.b64decode(secret["data"]["control-token"]).decode()

    assert token("simulator.controlToken=mine") == "mine"
    made, other = token(), token()
    assert len(made) == len(other) == 32
    assert made != other


def test_a_kept_simulator_carries_the_policy_on_each_of_its_objects(helm: Helm) -> None:
    rendered = helm.template("simulator.enabled=true", "simulator.annotations.helm\\.sh/resource-policy=keep")
    kept = [
        one["kind"]
        for one in rendered.objects
        if one["metadata"].get("annotations", {}).get("helm.sh/resource-policy") == "keep"
        and one["kind"] != "CustomResourceDefinition"
        and one["metadata"]["name"] != KEY
    ]
    assert sorted(kept) == ["Deployment", "NetworkPolicy", "Secret", "Service"]


def egress(helm: Helm, *values: str, name: str = "scim-operator") -> list[dict[str, Any]]:
    spec = helm.template(*values).one("NetworkPolicy", name)["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    found: list[dict[str, Any]] = spec["egress"]
    return found


def targets(rules: list[dict[str, Any]]) -> list[tuple[list[str], list[int]]]:
    """The addresses and ports of each rule; no address stands for all of them."""
    return [([each["ipBlock"]["cidr"] for each in rule.get("to", ())], ports(rule)) for rule in rules]


def ports(rule: dict[str, Any]) -> list[int]:
    return [port["port"] for port in rule["ports"]]


EVERYWHERE = ["0.0.0.0/0", "::/0"]


def test_the_network_is_closed_by_default_but_for_what_a_first_try_needs(helm: Helm) -> None:
    assert targets(egress(helm)) == [([], [53, 53]), (EVERYWHERE, [443, 6443]), (EVERYWHERE, [443])]


def test_no_rule_leads_to_where_clouds_keep_credentials(helm: Helm) -> None:
    metadata = ["169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192"]
    metadata += ["fd00:ec2::254", "fd20:ce::254", "fe80::a9fe:a9fe"]
    for rule in egress(helm)[1:]:
        for block in (ipaddress.ip_network(each["ipBlock"]["cidr"]) for each in rule["to"]):
            excepted = [ipaddress.ip_network(each) for peer in rule["to"] for each in peer["ipBlock"]["except"]]
            found = [ip for ip in map(ipaddress.ip_address, metadata) if ip.version == block.version]
            assert [ip for ip in found if not any(ip in each for each in excepted)] == []


def test_named_addresses_are_all_that_is_let_through(helm: Helm) -> None:
    services = "networkPolicy.services[0].cidr=192.0.2.10/32,networkPolicy.services[1].cidr=192.0.2.25/32"
    narrow = [services, "networkPolicy.services[1].ports={587}", "networkPolicy.apiServer.cidrs={198.51.100.1/32}"]
    expected = [([], [53, 53]), (["198.51.100.1/32"], [443, 6443])]
    assert targets(egress(helm, *narrow)) == [*expected, (["192.0.2.10/32"], [443]), (["192.0.2.25/32"], [587])]


def test_a_closed_network_lets_the_operator_reach_the_simulator_which_reaches_no_one(helm: Helm) -> None:
    [*_, last] = egress(helm, "simulator.enabled=true")
    assert last["to"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "simulator"
    assert egress(helm, "simulator.enabled=true", name="scim-operator-simulator") == []


def test_complaint_11_nothing_from_outside_needs_to_reach_the_operator(helm: Helm) -> None:
    made = helm.template()
    assert set(made.kinds()).isdisjoint({"Ingress", "Gateway", "HTTPRoute"})
    assert all(each["spec"].get("type", "ClusterIP") == "ClusterIP" for each in made.all("Service"))
