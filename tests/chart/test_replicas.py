"""Several pods of one release: how they are rolled, spread and drained, and where they see one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chart.conftest import HelmError

if TYPE_CHECKING:
    from tests.chart.conftest import Helm


def test_the_new_pod_is_there_before_the_old_one_ends(helm: Helm) -> None:
    spec = helm.template().one("Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]["type"]) == (1, "RollingUpdate")
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_a_file_that_one_pod_can_have_is_given_up_first(helm: Helm) -> None:
    spec = helm.template("provisioningLog.existingClaim=log").one("Deployment")["spec"]
    assert spec["strategy"] == {"type": "Recreate"}
    with pytest.raises(HelmError, match="existingClaim"):
        helm.template("replicas=2", "provisioningLog.existingClaim=log")


def test_several_replicas_are_spread_and_not_drained_together(helm: Helm) -> None:
    rendered = helm.template("replicas=3")
    spread = rendered.pod()["topologySpreadConstraints"]
    assert [one["topologyKey"] for one in spread] == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    assert rendered.one("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    assert "topologySpreadConstraints" not in helm.template().pod()
    assert helm.template().all("PodDisruptionBudget") == []


def test_the_pods_show_one_another_that_they_live_in_their_own_namespace(helm: Helm) -> None:
    apart = helm.template("watchNamespaces={hr}")
    (rule,) = apart.one("Role", "scim-operator-leases")["rules"]
    assert rule == {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create", "list", "patch"]}
    names = [one["metadata"]["name"] for one in helm.template().all("Role")]
    assert "scim-operator-leases" not in names, "it has these rights there already"
