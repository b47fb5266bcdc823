"""Every manifest under examples/ is taken by the real API server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from scim_operator.api.enums import Operator

if TYPE_CHECKING:
    from tools.cluster.controlplane import ControlPlane

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(path for path in EXAMPLES.rglob("*.yaml") if path.name != "kustomization.yaml")
FOLDERS = sorted(path.parent for path in EXAMPLES.rglob("kustomization.yaml"))


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(EXAMPLES)) for path in paths]


def documents(text: str) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(text) if document]


def in_namespace(manifests: list[dict[str, Any]], namespace: str) -> str:
    for manifest in manifests:
        manifest["metadata"]["namespace"] = namespace
    return yaml.safe_dump_all(manifests)


def admit(plane: ControlPlane, manifests: list[dict[str, Any]], namespace: str) -> list[str]:
    """Apply as a server-side dry run, unknown fields refused; what kubectl says of each manifest."""
    text = in_namespace(manifests, namespace)
    return plane.kubectl(
        "apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-", input=text
    ).splitlines()


@pytest.mark.parametrize("path", FILES, ids=named(FILES))
def test_each_file_is_admitted(crds: ControlPlane, namespace: str, path: Path) -> None:
    manifests = documents(path.read_text())
    assert len(admit(crds, manifests, namespace)) == len(manifests) > 0


@pytest.mark.parametrize("folder", FOLDERS, ids=named(FOLDERS))
def test_each_kustomization_is_admitted(crds: ControlPlane, namespace: str, folder: Path) -> None:
    manifests = documents(crds.kubectl("kustomize", str(folder)))
    assert {manifest["metadata"]["namespace"] for manifest in manifests} == {"identity"}
    assert len(admit(crds, manifests, namespace)) == len(manifests) > 0


def test_an_error_in_an_example_would_be_seen(crds: ControlPlane, namespace: str) -> None:
    (manifest,) = documents((EXAMPLES / "scoping-filters" / "config.yaml").read_text())
    manifest["spec"]["users"]["filter"] = []
    with pytest.raises(Exception, match=r"spec\.users\.filter: field not declared"):
        admit(crds, [manifest], namespace)


def test_the_scoping_example_shows_every_operator() -> None:
    (manifest,) = documents((EXAMPLES / "scoping-filters" / "config.yaml").read_text())
    rules = (manifest["spec"][kind] for kind in ("users", "groups"))
    used = {clause["operator"] for rule in rules for one in rule["filters"] for clause in one["clauses"]}
    assert used == {operator.value for operator in Operator}


def test_the_references_of_the_examples_lead_somewhere() -> None:
    """An object that a member or an assignment names is in the same example."""
    for folder in FOLDERS:
        manifests = [one for path in folder.glob("*.yaml") for one in documents(path.read_text())]
        names = {(one["kind"], one["metadata"]["name"]) for one in manifests if "metadata" in one}
        subjects = [
            s for one in manifests for field in ("members", "assignments") for s in one.get("spec", {}).get(field, [])
        ]
        wanted = {("ScimUser", s["userRef"]["name"]) for s in subjects if "userRef" in s}
        wanted |= {("ScimGroup", s["groupRef"]["name"]) for s in subjects if "groupRef" in s}
        assert wanted, folder
        assert wanted <= names, folder
