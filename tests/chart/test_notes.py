"""What `helm install` says at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.chart.conftest import Helm


def notes_of(helm: Helm, *values: str) -> str:
    sets = [f"--set={value}" for value in values]
    command = ["install", "scim-operator", "charts/scim-operator", "--dry-run=client", "--namespace=identity"]
    return helm(*command, *sets).partition("NOTES:")[2]


def test_the_notes_show_the_next_commands(helm: Helm) -> None:
    assert "create secret generic vmware-scim" in notes_of(helm)
    assert "made for a release named" not in notes_of(helm, "simulator.enabled=true")
    assert "apply -k examples/quickstart" in notes_of(helm, "simulator.enabled=true")
    elsewhere = notes_of(helm, "simulator.enabled=true", "fullnameOverride=idp")
    assert "url: http://idp-simulator.identity.svc:8080/usergroup/t/CUSTOMER/scim/v2" in elsewhere
    assert "set\n   namespace: hr in" in notes_of(helm, "simulator.enabled=true", "watchNamespaces={hr}")
    assert "serves the namespaces hr, partners." in notes_of(helm, "watchNamespaces={hr,partners}")
    assert "serves every namespace." in notes_of(helm, "allNamespaces=true")
    assert "the namespaces with the labels tier=prod." in notes_of(helm, "namespaceSelector.matchLabels.tier=prod")
    assert "replicas is 0" in notes_of(helm, "replicas=0")
    assert "at the ports 443, 6443." in notes_of(helm)
    named = "networkPolicy.services[0].cidr=192.0.2.10/32"
    assert "the services named, and every address" in notes_of(helm, named)
    assert "To narrow it" not in notes_of(helm, named, "networkPolicy.apiServer.cidrs={198.51.100.1/32}")
    assert "control_token=$(kubectl" in notes_of(helm, "simulator.enabled=true")
    assert "helm test scim-operator --namespace identity" in notes_of(helm)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param([], "--set provisioningLog.persistence.enabled=true", id="a volume that goes with the pod"),
        pytest.param(["replicas=2"], "keep it in PostgreSQL", id="several pods"),
        pytest.param(["provisioningLog.persistence.enabled=true"], "", id="a claim of the chart's"),
        pytest.param(["provisioningLog.existingClaim=log"], "", id="a claim"),
        pytest.param(["provisioningLog.storeSecret.name=log"], "", id="PostgreSQL"),
        pytest.param(["provisioningLog.store="], "", id="no log"),
    ],
)
def test_the_notes_warn_where_the_log_is_lost_with_the_pod(helm: Helm, values: list[str], said: str) -> None:
    notes = notes_of(helm, *values)
    assert ("lost with the pod" in notes) is bool(said)
    assert said in notes
