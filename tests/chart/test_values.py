"""Wrong values are refused before anything is installed, with a message that names the value."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.chart.conftest import CHART, HelmError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chart.conftest import Helm


@pytest.mark.parametrize(
    ("value", "named"),
    [
        pytest.param("watchNamespace=hr", "watchNamespace", id="a misspelt value must not be ignored"),
        pytest.param("simulator.enable=true", "enable", id="nor a misspelt part of one"),
        pytest.param("watchNamespaces=hr", "/watchNamespaces", id="a string is no list"),
        pytest.param("watchNamespaces={*}", "/watchNamespaces/0", id="patterns are not served: allNamespaces is"),
        pytest.param("namespaceSelector.tier=prod", "tier", id="labels stand in matchLabels"),
        pytest.param("namespaceSelector.matchLabels.shard=1", "/matchLabels/shard", id="a label is no number"),
        pytest.param("namespaceSelector.matchExpressions[0].key=a", "/matchExpressions/0", id="without an operator"),
        pytest.param("watchNamespaces={hr,hr}", "/watchNamespaces", id="twice the same would make two Roles"),
        pytest.param("replicas=-1", "/replicas", id="fewer than none"),
        pytest.param("image.pullPolicy=Sometimes", "/image/pullPolicy", id="no such policy"),
        pytest.param("image.digest=sha256:12", "/image/digest", id="a digest has 64 digits"),
        pytest.param("service.port=70000", "/service/port", id="no such port"),
        pytest.param("resources.limits.memory=lots", "/resources/limits/memory", id="no quantity"),
        pytest.param("listingLimit=much", "/listingLimit", id="no quantity of memory for listings"),
        pytest.param("livenessProbe.periodSecond=1", "periodSecond", id="a misspelt part of a probe"),
        pytest.param("livenessProbe.httpGet.path=/x", "httpGet", id="the paths are the program's own"),
        pytest.param("networkPolicy.services[0].cidr=vc.example.com", "/networkPolicy/services/0", id="no host names"),
        pytest.param("networkPolicy.egressPorts={}", "/networkPolicy/egressPorts", id="no port would mean every port"),
        pytest.param("simulator.token=", "/simulator/token", id="an empty token would let everyone in"),
        pytest.param("podDisruptionBudget.maxUnavailable=some", "maxUnavailable", id="neither number nor percent"),
        pytest.param("extraEnv[0].value=x", "/extraEnv/0", id="a variable without a name"),
    ],
)
def test_a_wrong_value_is_refused_by_name(helm: Helm, value: str, named: str) -> None:
    with pytest.raises(HelmError) as refused:
        helm.template(value)
    assert "schema" in str(refused.value)
    assert named in str(refused.value)


@pytest.mark.parametrize(
    ("value", "place", "right"),
    [
        pytest.param("watchNamespace=hr", "'/watchNamespace'", "watchNamespaces", id="at the top"),
        pytest.param("simulator.enable=true", "'/simulator/enable'", "enabled", id="one level down"),
        pytest.param("networkPolicy.apiServer.cidr=1", "'/networkPolicy/apiServer/cidr'", "cidrs", id="two levels"),
        pytest.param("rbac.approver.aggregate=true", "'/rbac/approver/aggregate'", "aggregateToAdmin", id="two levels"),
        pytest.param(
            "provisioningLog.persistence.storageClassName=fast",
            "'/provisioningLog/persistence/storageClassName'",
            "storageClass",
            id="a name of Kubernetes' own",
        ),
        pytest.param(
            "networkPolicy.services[0].cidr=192.0.2.1/32,networkPolicy.services[0].port=443",
            "'/networkPolicy/services/0/port'",
            "ports",
            id="in a list",
        ),
        pytest.param("livenessProbe.periodSecond=1", "'/livenessProbe/periodSecond'", "periodSeconds", id="a probe"),
    ],
)
def test_a_misspelt_value_is_named_beside_the_right_ones(helm: Helm, value: str, place: str, right: str) -> None:
    with pytest.raises(HelmError) as refused:
        helm.template(value)
    line = next(line for line in str(refused.value).splitlines() if place in line)
    assert "there is no such value; there are: " in line
    assert right in re.split(r"[ ,']+", line.partition("there are: ")[2])


def test_a_tag_that_is_no_whole_number_has_to_be_quoted(helm: Helm, tmp_path: Path) -> None:
    """YAML reads 1.10 as the number 1.1, which is another tag."""
    values = tmp_path / "values.yaml"
    for text, fine in (("image: {tag: 20261128}", True), ("image: {tag: 1.10}", False), ('image: {tag: "1.10"}', True)):
        values.write_text(text)
        if fine:
            helm("template", "scim-operator", str(CHART), f"--values={values}")
        else:
            with pytest.raises(HelmError, match="/image/tag"):
                helm("template", "scim-operator", str(CHART), f"--values={values}")


@pytest.mark.parametrize(
    ("values", "fix"),
    [
        pytest.param(
            ["allNamespaces=true", "watchNamespaces={hr}"],
            "leave watchNamespaces empty, or set allNamespaces to false",
            id="which of the two is meant is a matter of rights, so it is not guessed",
        ),
        pytest.param(
            ["allNamespaces=true", "namespaceSelector.matchLabels.tier=prod"],
            "leave watchNamespaces empty and allNamespaces false",
            id="all namespaces are not those with a label",
        ),
        pytest.param(
            ["serviceMonitor.enabled=true", "service.enabled=false"],
            "set service.enabled to true",
            id="a ServiceMonitor without a Service would silently find nothing",
        ),
    ],
)
def test_values_that_contradict_are_refused_with_the_fix(helm: Helm, values: list[str], fix: str) -> None:
    with pytest.raises(HelmError, match=fix):
        helm.template(*values)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("resources.limits.cpu=2", id="a quantity may be a number"),
        pytest.param("resources.limits.cpu=1.5", id="or a decimal"),
        pytest.param("podDisruptionBudget.maxUnavailable=50%", id="or a percentage"),
        pytest.param("global.team=id", id="Helm passes global values to every dependency"),
        pytest.param("podSecurityContext.runAsUser=null", id="OpenShift gives the user itself"),
    ],
)
def test_a_good_value_is_taken(helm: Helm, value: str) -> None:
    assert helm.template(value).one("Deployment")


def test_the_schema_describes_every_value_and_no_other() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert set(schema["properties"]) == set(values) | {"global"}
    for name, value in values.items():
        declared = schema["properties"][name].get("properties")
        if declared is not None:
            assert set(declared) == set(value), name


def test_no_object_of_the_schema_is_open_by_oversight() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    meant_open = {"global", "affinity", "podSecurityContext", "securityContext"}  # Kubernetes' own shapes, or Helm's
    assert open_objects(schema["properties"]) == meant_open


def open_objects(properties: dict[str, Any]) -> set[str]:
    """The properties that take any field, at any depth."""
    found = {
        name for name, one in properties.items() if one.get("type") == "object" and "additionalProperties" not in one
    }
    return found.union(*(open_objects(one.get("properties", {})) for one in properties.values()))


def test_the_memory_for_listings_is_passed_on(helm: Helm) -> None:
    assert "--listing-limit=300Mi" in helm.template("listingLimit=300Mi").pod()["containers"][0]["args"]
