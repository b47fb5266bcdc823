"""The chart's values for traces: variables of OpenTelemetry in the pod, and a way through the NetworkPolicy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.chart.conftest import HelmError

if TYPE_CHECKING:
    from tests.chart.conftest import Helm

ON = "tracing.enabled=true"
ENDPOINT = "tracing.endpoint=http://collector.observability:4318"


def variables(helm: Helm, *values: str) -> dict[str, Any]:
    """The variables of OpenTelemetry that the operator gets."""
    env = helm.template(*values).pod()["containers"][0]["env"]
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in env if one["name"].startswith("OTEL_")}


def egress(helm: Helm, *values: str) -> list[dict[str, Any]]:
    """The rules that the values add to the NetworkPolicy."""
    rules: list[dict[str, Any]] = helm.template(*values).one("NetworkPolicy")["spec"]["egress"]
    before = helm.template().one("NetworkPolicy")["spec"]["egress"]
    assert rules[: len(before)] == before
    return rules[len(before) :]


def test_without_tracing_there_is_nothing_of_it(helm: Helm) -> None:
    assert (variables(helm, ENDPOINT), egress(helm, ENDPOINT)) == ({}, [])


def test_the_operator_is_told_where_the_collector_is_and_who_it_is_itself(helm: Helm) -> None:
    found = variables(helm, ON, ENDPOINT)
    assert found == {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.observability:4318",
        "OTEL_RESOURCE_ATTRIBUTES": "k8s.namespace.name=identity,k8s.deployment.name=scim-operator,"
        "k8s.pod.uid=$(SCIM_OPERATOR_POD_UID),service.instance.id=$(SCIM_OPERATOR_POD_UID)",
    }
    names = [one["name"] for one in helm.template(ON, ENDPOINT).pod()["containers"][0]["env"]]
    assert names.index("SCIM_OPERATOR_POD_UID") < names.index("OTEL_RESOURCE_ATTRIBUTES"), "the kubelet fills it in"


def test_a_share_of_the_traces_and_the_headers_come_by_the_sdk_s_own_variables(helm: Helm) -> None:
    found = variables(helm, ON, ENDPOINT, "tracing.ratio=0.05", "tracing.headersSecret.name=collector")
    assert (found["OTEL_TRACES_SAMPLER"], found["OTEL_TRACES_SAMPLER_ARG"]) == ("parentbased_traceidratio", "0.05")
    assert found["OTEL_EXPORTER_OTLP_HEADERS"] == {"secretKeyRef": {"name": "collector", "key": "headers"}}


@pytest.mark.parametrize(
    ("endpoint", "port"),
    [
        ("http://collector.observability:4318", 4318),
        ("https://otlp.example.com", 443),
        ("http://collector", 80),
        ("https://otlp.example.com:8443/otlp", 8443),
        ("http://[2001:db8::1]:4318", 4318),
    ],
)
def test_the_network_lets_it_through_at_the_port_of_the_endpoint(helm: Helm, endpoint: str, port: int) -> None:
    pods, addresses = egress(helm, ON, f"tracing.endpoint={endpoint}")
    assert pods["to"] == [{"namespaceSelector": {}}]
    assert [peer["ipBlock"]["cidr"] for peer in addresses["to"]] == ["0.0.0.0/0", "::/0"]
    assert all(peer["ipBlock"]["except"] for peer in addresses["to"]), "never the clouds' metadata"
    assert [rule["ports"] for rule in (pods, addresses)] == [[{"port": port, "protocol": "TCP"}]] * 2


def test_a_collector_that_is_named_is_all_that_is_let_through(helm: Helm) -> None:
    peer = "networkPolicy.collector[0].namespaceSelector.matchLabels.name=observability"
    [rule] = egress(helm, ON, ENDPOINT, peer)
    assert rule["to"] == [{"namespaceSelector": {"matchLabels": {"name": "observability"}}}]
    assert rule["ports"] == [{"port": 4318, "protocol": "TCP"}]


def test_tracing_without_an_address_is_refused_with_the_fix(helm: Helm) -> None:
    with pytest.raises(HelmError, match=r"set tracing\.endpoint to the collector's URL"):
        helm.template(ON)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("tracing.enable=true", "/tracing/enable"),
        ("tracing.endpoint=collector:4318", "/tracing/endpoint"),
        ("tracing.endpoint=http://user:word@collector", "/tracing/endpoint"),
        ("tracing.ratio=2", "/tracing/ratio"),
        ("tracing.ratio=1.5", "/tracing/ratio"),
    ],
)
def test_a_wrong_value_is_refused_by_name(helm: Helm, value: str, named: str) -> None:
    with pytest.raises(HelmError, match=named):
        helm.template(value)
