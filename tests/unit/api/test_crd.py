"""The CRDs: in step with the models, structural, bounded, described."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from scim_operator.api.crd import KINDS, crd_of
from scim_operator.cli.crds import command, files
from tools import yamls

if TYPE_CHECKING:
    from collections.abc import Iterator

CRDS = Path(__file__).parents[3] / "crds"
Schema = dict[str, Any]


def schema_of(crd: Schema) -> Schema:
    (version,) = crd["spec"]["versions"]
    schema: Schema = version["schema"]["openAPIV3Schema"]
    return schema


def walk(schema: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    yield path, schema
    for name, part in schema.get("properties", {}).items():
        yield from walk(part, f"{path}.{name}")
    if "items" in schema:
        yield from walk(schema["items"], f"{path}[]")
    if "additionalProperties" in schema:
        yield from walk(schema["additionalProperties"], f"{path}{{}}")


PARTS = [
    part for kind in KINDS for part in walk(schema_of(crd_of(kind)), kind.kind) if not part[0].endswith("metadata")
]


def test_the_files_are_what_the_models_say() -> None:
    """`scim-operator crds --write crds` brings them into step."""
    kept = {path.name: path.read_text() for path in CRDS.glob("*.yaml")}
    assert kept == dict(files())


def test_the_command_writes_and_prints_the_same(tmp_path: Path) -> None:
    printed = CliRunner().invoke(command).output
    written = CliRunner().invoke(command, ["--write", str(tmp_path / "new")])
    assert written.exit_code == 0, written.output
    texts = [path.read_text() for path in (tmp_path / "new").glob("*.yaml")]
    by_name = {document["metadata"]["name"]: document for document in yamls.read_all(printed)}
    assert by_name == {document["metadata"]["name"]: document for document in map(yamls.read, texts)}
    assert len(by_name) == 3


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_kubectl_apply_can_keep_it_in_an_annotation(kind: Any) -> None:
    """Client-side apply stores the object as an annotation, of which Kubernetes takes 262,144 bytes in all."""
    assert len(yaml.safe_dump(crd_of(kind))) < 200_000


def test_every_field_is_described_in_a_sentence() -> None:
    """kubectl explain shows it. The apiVersion and kind of an extension's values have none."""
    silent = [path for path, part in PARTS if not path.endswith(("[]", "{}")) and not sentence(part)]
    assert silent == []


def sentence(part: Schema) -> bool:
    text = str(part.get("description", ""))
    return text.endswith(".") and text[0].isupper() and "\n" not in text


def test_every_list_says_how_it_is_merged_and_ends() -> None:
    lists = {path: part for path, part in PARTS if part.get("type") == "array"}
    assert [path for path, part in lists.items() if "maxItems" not in part] == []
    assert {part["x-kubernetes-list-type"] for part in lists.values()} == {"atomic", "map", "set"}
    keys = {
        path: part["x-kubernetes-list-map-keys"] for path, part in lists.items() if "x-kubernetes-list-map-keys" in part
    }
    assert keys["ScimUser.status.services"] == ["config"]
    assert keys["ScimUser.status.services[].conditions"] == ["type"]
    assert keys["ProvisioningConfig.status.conditions"] == ["type"]


def test_every_text_and_map_of_a_spec_is_bounded() -> None:
    """The API server estimates the cost of a rule from the largest value that the schema allows."""
    spec = {path: part for path, part in PARTS if ".spec" in path}
    texts = [
        path for path, part in spec.items() if part.get("type") == "string" and not {"maxLength", "enum"} & set(part)
    ]
    maps = [path for path, part in spec.items() if "additionalProperties" in part and "maxProperties" not in part]
    assert texts + maps == []


def test_only_extensions_hold_what_is_not_known() -> None:
    assert {path for path, part in PARTS if "x-kubernetes-preserve-unknown-fields" in part} == {
        "ScimUser.spec.extensions{}",
        "ScimGroup.spec.extensions{}",
    }


def test_every_rule_has_a_message() -> None:
    rules = [(path, rule) for path, part in PARTS for rule in part.get("x-kubernetes-validations", ())]
    assert len(rules) > 50
    assert [path for path, rule in rules if len(rule["message"]) < 20] == []


def test_the_api_server_fills_nothing_into_a_status_or_a_list() -> None:
    """What is read back has to equal what was written, or two writers see differences for ever."""
    filled = {
        path: part["default"] for path, part in PARTS if "default" in part and (".status" in path or "[]" in path)
    }
    assert filled == {f"{each.kind}.status": {"observedGeneration": -1} for each in KINDS}, "where there is none at all"


def test_no_name_of_python_shows() -> None:
    assert [path for path, _ in PARTS if "_" in path] == []


def test_what_kubectl_get_shows() -> None:
    columns = {
        kind.kind: [column["name"] for column in crd_of(kind)["spec"]["versions"][0]["additionalPrinterColumns"]]
        for kind in KINDS
    }
    assert columns["ScimUser"] == ["UserName", "Active", "Ready", "Reason", "Message", "Age"]
    assert columns["ProvisioningConfig"][:5] == ["Ready", "Reason", "In Scope", "Failed", "Progress"]
    assert [crd_of(kind)["spec"]["names"]["shortNames"] for kind in KINDS] == [["scu"], ["scg"], ["scpc"]]
