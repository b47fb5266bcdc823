"""`namespaceSelector`: labels choose the namespaces for the operator, its rights and the policies alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.chart.conftest import Helm


@pytest.mark.parametrize(
    ("values", "labels", "selector"),
    [
        pytest.param(
            ["namespaceSelector.matchLabels.tier=prod", "namespaceSelector.matchLabels.scim-operator\\.io/shard=a"],
            "scim-operator.io/shard=a,tier=prod",
            {"matchLabels": {"tier": "prod", "scim-operator.io/shard": "a"}},
            id="labels with values",
        ),
        pytest.param(
            [
                "namespaceSelector.matchExpressions[0].key=team",
                "namespaceSelector.matchExpressions[0].operator=NotIn",
                "namespaceSelector.matchExpressions[0].values={hr,legal}",
                "namespaceSelector.matchExpressions[1].key=scim",
                "namespaceSelector.matchExpressions[1].operator=Exists",
            ],
            "team notin (hr,legal),scim",
            {
                "matchExpressions": [
                    {"key": "team", "operator": "NotIn", "values": ["hr", "legal"]},
                    {"key": "scim", "operator": "Exists"},
                ]
            },
            id="expressions",
        ),
    ],
)
def test_labels_choose_the_namespaces_for_the_operator_its_rights_and_the_policies(
    helm: Helm, values: list[str], labels: str, selector: dict[str, Any]
) -> None:
    rendered = helm.template(*values)
    assert f"--namespace-selector={labels}" in rendered.pod()["containers"][0]["args"]
    assert "--all-namespaces" not in rendered.pod()["containers"][0]["args"]
    rules = rendered.one("ClusterRole", "identity-scim-operator")["rules"]
    assert {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list"]} in rules
    for binding in rendered.all("ValidatingAdmissionPolicyBinding"):
        assert binding["spec"]["matchResources"] == {"namespaceSelector": selector}
