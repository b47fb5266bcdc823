"""The demo gives its operator exactly the rights that the chart gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tools.demo import rights

if TYPE_CHECKING:
    from tests.chart.conftest import Helm


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("ServiceAccount", "scim-operator"),
        ("Role", "scim-operator"),
        ("RoleBinding", "scim-operator"),
        ("Secret", "scim-operator-key"),
        ("Role", "scim-operator-key"),
        ("RoleBinding", "scim-operator-key"),
    ],
)
def test_the_demos_rights_are_the_charts(helm: Helm, kind: str, name: str) -> None:
    named = (one for one in rights.manifests("identity") if one["kind"] == kind)
    (ours,) = (one for one in named if one["metadata"]["name"] == name)
    assert without_labels(ours) == without_labels(helm.template().one(kind, name))


def without_labels(manifest: dict[str, Any]) -> dict[str, Any]:
    metadata = {name: value for name, value in manifest["metadata"].items() if name != "labels"}
    return {**manifest, "metadata": metadata}
