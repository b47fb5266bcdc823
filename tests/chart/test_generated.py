"""The chart's generated parts are in step with what they are made from."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import yaml

from tests.chart.conftest import CHART
from tools import chart, yamls

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chart.conftest import Helm


def test_nothing_is_stale() -> None:
    assert chart.stale() == [], "run make chart"


def test_every_value_is_described() -> None:
    text = (CHART / "values.yaml").read_text()
    described = {path for path, _ in chart.described_values(text)}
    undescribed = [path for path in leaves(yaml.safe_load(text)) if not described & set(prefixes(path))]
    assert undescribed == []


def leaves(values: Any, path: str = "") -> list[str]:
    if not isinstance(values, dict) or not values:
        return [path]
    return [leaf for key, value in values.items() for leaf in leaves(value, f"{path}.{key}".lstrip("."))]


def prefixes(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[: end + 1]) for end in range(len(parts))]


def test_a_changed_a_new_and_a_removed_source_are_noticed_and_fixed(tmp_path: Path) -> None:
    copy = tmp_path / "charts" / "scim-operator"
    shutil.copytree(CHART, copy)
    (tmp_path / "crds").mkdir()
    (tmp_path / "crds" / "new.yaml").write_text("kind: CustomResourceDefinition\n")
    (copy / "files" / "crds").mkdir(parents=True, exist_ok=True)
    (copy / "files" / "crds" / "old.yaml").write_text("kind: CustomResourceDefinition\n")
    (copy / "values.yaml").write_text("# -- The only value.\nonly: 1\n")
    names = {path.name for path in chart.stale(tmp_path)}
    assert {"new.yaml", "old.yaml", "README.md"} <= names
    chart.write(tmp_path)
    assert chart.stale(tmp_path) == []
    assert "| `only` | `1` | The only value. |" in (copy / "README.md").read_text()


def test_the_chart_installs_the_crds_as_they_are(helm: Helm) -> None:
    source = {path.stem: yamls.read(path.read_text()) for path in (CHART.parents[1] / "crds").glob("*.yaml")}
    installed = helm.template().all("CustomResourceDefinition")
    assert source
    assert [one["spec"] for one in by_name(installed)] == [one["spec"] for one in by_name(list(source.values()))]


def by_name(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(objects, key=lambda one: str(one["metadata"]["name"]))


def test_crds_are_kept_when_the_release_goes_unless_asked(helm: Helm) -> None:
    def policies(*values: str) -> set[str | None]:
        crds = helm.template(*values).all("CustomResourceDefinition")
        return {one["metadata"].get("annotations", {}).get("helm.sh/resource-policy") for one in crds}

    assert policies() == {"keep"}
    assert policies("crds.keep=false") == {None}
    assert policies("crds.enabled=false") == set()


def test_crds_carry_the_annotations_given(helm: Helm) -> None:
    crds = helm.template("crds.annotations.a=b").all("CustomResourceDefinition")
    assert {one["metadata"]["annotations"]["a"] for one in crds} == {"b"}
