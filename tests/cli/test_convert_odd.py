"""`scim-operator convert entra` of exports with odd parts: what is lost is named, and the rest passes `validate`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.core.resource import CORE_USER, ENTERPRISE_USER
from tests.cli.test_convert import TUTORIAL, clause, flow, objects, schema, scoped
from tools import yamls

if TYPE_CHECKING:
    from pathlib import Path

NAME = flow("userName", "[userPrincipalName]", matchingPriority=1)


def users(*flows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return schema(objects("User", [NAME, *flows], **more))


def constant(text: str) -> dict[str, Any]:
    return flow("title", None, source={"expression": text, "type": "Constant"})


def converted(tmp_path: Path, document: object, *options: str) -> tuple[str, str]:
    """The YAML, which `validate` has found right, and what was said of it."""
    (tmp_path / "schema.json").write_text(json.dumps(document))
    made = CliRunner().invoke(main, ["convert", "entra", str(tmp_path / "schema.json"), *options])
    assert made.exit_code == 0, made.output
    (tmp_path / "config.yaml").write_text(made.stdout)
    checked = CliRunner().invoke(main, ["validate", str(tmp_path / "config.yaml")])
    assert checked.exit_code == 0, checked.output
    return made.stdout, made.stderr


def refusal(tmp_path: Path, document: object, *options: str) -> str:
    (tmp_path / "schema.json").write_text(json.dumps(document))
    made = CliRunner().invoke(main, ["convert", "entra", str(tmp_path / "schema.json"), *options])
    assert (made.exit_code, made.stdout) == (1, "")
    assert isinstance(made.exception, SystemExit), made.exception
    return made.stderr


@pytest.mark.parametrize("text", ["Y", "n", "1E3", "12e4", "0o17", "012", "yes", "2020-01-01", "~", "<<", "1_000"])
def test_texts_that_kubectl_reads_as_something_else_stay_texts(tmp_path: Path, text: str) -> None:
    document = users(constant(text), scope={"groups": [{"name": text, "clauses": [clause("EQUALS", "city", text)]}]})
    made, said = converted(tmp_path, document)
    assert said == ""
    assert f"constant: '{text}'" in made or f'constant: "{text}"' in made
    assert f"value: '{text}'" in made or f'value: "{text}"' in made


LOST: list[Any] = [
    pytest.param(scoped([clause("REGEX MATCH", "department", "^(?!x)")]), "filter 'F0': ", id="look-around"),
    pytest.param(scoped([clause("Greater_Than", "employeeId", "ten")]), "filter 'F0': ", id="no integer"),
    pytest.param(scoped([clause("EQUALS", "department", "x" * 5_000)]), "filter 'F0': ", id="a long value"),
    pytest.param(scoped([clause("EQUALS", "department", "")]), "filter 'F0': ", id="an empty value"),
    pytest.param(scoped([clause("EQUALS", "manager", "x")]), "filter 'F0': ", id="the manager"),
    pytest.param(scoped([]), "filter 'F0': it has no clauses", id="no clauses"),
    pytest.param(
        scoped(*([clause("EQUALS", "city", str(number))] for number in range(22))), "filter 'F21': ", id="22 filters"
    ),
    pytest.param(objects("User", [NAME, flow("id", "[objectId]")]), "target 'id': ", id="read-only"),
    pytest.param(objects("User", [NAME, flow("password", "[jobTitle]")]), "target 'password': ", id="a password"),
    pytest.param(objects("User", [NAME, constant("x" * 2_000)]), "target 'title': ", id="a long constant"),
    pytest.param(objects("User", [NAME, flow("active", '"maybe"')]), "target 'active': ", id="no boolean"),
    pytest.param(
        objects("User", [NAME, flow("active", "[accountEnabled]", defaultValue="perhaps")]),
        "target 'active': ",
        id="no boolean by default",
    ),
    pytest.param(
        objects("User", [NAME, flow("title", "[jobTitle]"), flow("TITLE", "[city]")]), "target 'TITLE': ", id="two"
    ),
    pytest.param(objects("User", [NAME, flow("ti\x07tle", "[jobTitle]")]), "target 'ti\\x07tle': ", id="a bell"),
    pytest.param(objects("User", [NAME, flow("", "[jobTitle]")]), "target '': ", id="no target"),
    pytest.param(objects("User", [NAME, flow("title", None, source="x")]), "target 'title': ", id="no source object"),
    pytest.param(
        objects("User", [NAME, flow("nickName", "[fooBar]", matchingPriority=2)]),
        "matching by 'nickName': ",
        id="matching by what is lost",
    ),
    pytest.param(
        objects("User", [NAME, flow("foo bar", "[jobTitle]", matchingPriority=2)]),
        "matching by 'foo bar': ",
        id="matching by no path",
    ),
]


@pytest.mark.parametrize(("mapping", "named"), LOST)
def test_what_the_operator_would_refuse_is_named_and_left_out(
    tmp_path: Path, mapping: dict[str, Any], named: str
) -> None:
    made, said = converted(tmp_path, schema(mapping))
    assert f"Not carried over: users: {named}" in said.replace("scoping filter", "filter")
    assert yamls.read(made)["spec"]["users"].get("matching", ["userName"]) == ["userName"]


def test_filters_that_can_be_kept_are(tmp_path: Path) -> None:
    lost, kept = [clause("REGEX MATCH", "department", "(?=x)")], [clause("EQUALS", "department", "Sales")]
    made, _ = converted(tmp_path, schema(scoped(lost, kept)))
    assert [each["title"] for each in yamls.read(made)["spec"]["users"]["filters"]] == ["F1"]


def test_of_two_mappings_of_a_kind_the_enabled_one_is_taken(tmp_path: Path) -> None:
    old = objects("User", [NAME, flow("title", '"old"')], name="Old users", enabled=False)
    new = objects("User", [NAME, flow("title", '"new"')], name="New users")
    made, said = converted(tmp_path, schema(old, new))
    assert "object mapping 'Old users': there is one of that kind already" in said
    spec = yamls.read(made)["spec"]["users"]
    assert "enabled" not in spec
    assert {"target": "title", "constant": "new"} in spec["mappings"]


@pytest.mark.parametrize("target", ["badgeNumber", f"{CORE_USER}:badgeNumber"])
def test_an_attribute_of_the_service_s_own_is_written_with_the_urn_of_its_schema(tmp_path: Path, target: str) -> None:
    made, said = converted(tmp_path, users(flow(target, "[jobTitle]", matchingPriority=2)))
    assert said == ""
    config = yamls.read(made)["spec"]["users"]
    assert {"target": f"{CORE_USER}:badgeNumber", "source": "title"} in config["mappings"]
    assert config["matching"] == ["userName", f"{CORE_USER}:badgeNumber"]


def test_an_unknown_flow_type_is_named(tmp_path: Path) -> None:
    _, said = converted(tmp_path, users(flow("title", "[jobTitle]", flowType="Sometimes")))
    assert "Differs: users: target 'title': there is no flow type Sometimes, and Always stands in" in said


def test_a_required_attribute_that_is_lost_keeps_the_profiles_mapping_and_says_so(tmp_path: Path) -> None:
    _, said = converted(tmp_path, users(flow("externalId", "[fooBar]")))
    assert "Not carried over: users: target 'externalId': " in said
    assert "Differs: users: target 'externalId': the service requires it, so that the profile's own mapping" in said


@pytest.mark.parametrize(
    "document",
    [
        {"synchronizationRules": [{"objectMappings": ["x", None]}]},
        {"synchronizationRules": [{"objectMappings": 5}]},
        {"synchronizationRules": ["x"]},
        schema(objects("User", [NAME], scope="x")),
        schema(objects("User", [NAME], scope={"groups": ["x"]})),
        schema({**objects("User", []), "attributeMappings": 5}),
        users(flow("title", "[jobTitle]", matchingPriority="first")),
    ],
)
def test_a_damaged_export_is_refused_with_what_to_do(tmp_path: Path, document: object) -> None:
    assert "xport the schema again from Microsoft Graph" in refusal(tmp_path, document)


def test_options_that_make_no_config_are_refused(tmp_path: Path) -> None:
    assert "metadata.name: must be lower-case" in refusal(tmp_path, users(), "--name", "Not A Name")
    assert "spec.service.url" in refusal(tmp_path, users(), "--url", "ftp://vc.example.com")


def test_the_manager_in_an_expression_is_still_reported_by_its_own_reason(tmp_path: Path) -> None:
    _, said = converted(tmp_path, users(flow(f"{ENTERPRISE_USER}:manager", 'Append([manager], "x")')))
    assert "a reference is known by source: manager alone" in said


def pascal(value: Any) -> Any:
    """The same as the objects of Microsoft.Graph's PowerShell module have it: names in PascalCase."""
    if isinstance(value, list):
        return [pascal(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name[:1].upper() + name[1:]: pascal(each) for name, each in value.items()}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("shape", [lambda each: each, pascal], ids=["camelCase", "PascalCase"])
def test_an_export_of_powershell_is_read_as_graph_s_own(tmp_path: Path, encoding: str, shape: Any) -> None:
    (tmp_path / "graph.json").write_text(json.dumps(TUTORIAL, ensure_ascii=False))
    (tmp_path / "other.json").write_bytes(json.dumps(shape(TUTORIAL), ensure_ascii=False).encode(encoding))
    wanted, found = (
        CliRunner().invoke(main, ["convert", "entra", str(tmp_path / f"{name}.json"), "--strict"])
        for name in ("graph", "other")
    )
    assert (found.exit_code, found.stdout, found.stderr) == (0, wanted.stdout, wanted.stderr)
    piped = CliRunner().invoke(main, ["convert", "entra", "-"], input=(tmp_path / "other.json").read_bytes())
    assert piped.stdout == wanted.stdout


def test_an_export_that_powershell_cut_off_says_how_to_export_it_whole(tmp_path: Path) -> None:
    cut = {"SynchronizationRules": [{"ObjectMappings": "Microsoft.Graph.PowerShell.Models.ObjectMapping"}]}
    assert "-Depth 20" in refusal(tmp_path, cut)
