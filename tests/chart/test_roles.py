"""The roles for people as the chart renders them; what they do is in test_people.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chart.test_rendering import LOG

if TYPE_CHECKING:
    from tests.chart.conftest import Helm, Rendered


@pytest.mark.parametrize("role", ["viewer", "helpDesk", "approver"])
def test_each_role_of_people_can_be_left_out(helm: Helm, role: str) -> None:
    gone = names(helm.template(), "ClusterRole") - names(helm.template(f"rbac.{role}.create=false"), "ClusterRole")
    assert gone == {f"identity-scim-operator-{'help-desk' if role == 'helpDesk' else role}"}


def names(rendered: Rendered, kind: str) -> set[str]:
    return {one["metadata"]["name"] for one in rendered.all(kind)}


@pytest.mark.parametrize("role", ["help-desk", "approver"])
@pytest.mark.parametrize(
    ("value", "places"),
    [
        pytest.param("watchNamespaces={hr,partners}", ["hr", "partners"], id="each namespace served"),
        pytest.param("allNamespaces=true", [None], id="all of them"),
    ],
)
def test_who_is_named_gets_the_role_and_the_way_to_the_log(
    helm: Helm, role: str, value: str, places: list[str | None]
) -> None:
    given = f"rbac.{'helpDesk' if role == 'help-desk' else role}.subjects[0]"
    rendered = helm.template(value, f"{given}.kind=Group", f"{given}.name=desk")
    bound = [*rendered.all("RoleBinding"), *rendered.all("ClusterRoleBinding")]
    found = [one for one in bound if one["subjects"] == [{"kind": "Group", "name": "desk"}]]
    whole = f"identity-scim-operator-{role}"
    assert [one["metadata"].get("namespace") for one in found if one["roleRef"]["name"] == whole] == places
    assert [one["metadata"]["namespace"] for one in found if one["roleRef"]["name"] == LOG] == ["identity"]


def test_viewers_reach_kubernetes_own_role_unless_it_is_turned_off(helm: Helm) -> None:
    label, name = "rbac.authorization.k8s.io/aggregate-to-view", "identity-scim-operator-viewer"
    assert helm.template().one("ClusterRole", name)["metadata"]["labels"][label] == "true"
    off = helm.template("rbac.viewer.aggregateToView=false")
    assert label not in off.one("ClusterRole", name)["metadata"]["labels"]
