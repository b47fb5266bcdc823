"""`scim-operator convert entra`: the tutorial's schema, what has no counterpart, and every documented sample."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from scim_operator.cli.convert import command
from scim_operator.core.attributes.paths import KEPT, parse
from scim_operator.core.entra.attributes import Sources
from scim_operator.core.expressions import MISSING, Activation
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.mapping.mapping import desired_attributes
from scim_operator.core.resource import ENTERPRISE_USER, WS1B_GROUP, WS1B_USER
from scim_operator.job.base.settings import settings_of
from tests.support.entra_choices import SAMPLES
from tests.support.entra_samples import URN, Sample
from tools import yamls

if TYPE_CHECKING:
    from pathlib import Path

    from scim_operator.job.base.settings import Settings

TYPES = {"[": "Attribute", '"': "Constant"}


def flow(target: str, expression: str | None, **more: Any) -> dict[str, Any]:
    """An attributeMapping as Graph exports it."""
    source = expression and {
        "expression": expression,
        "name": expression.strip('["]'),
        "type": TYPES.get(expression[0], "Function"),
        "parameters": [],
    }
    return {
        "defaultValue": None,
        "exportMissingReferences": False,
        "flowBehavior": "FlowWhenChanged",
        "flowType": "Always",
        "matchingPriority": 0,
        "targetAttributeName": target,
        "source": source,
        **more,
    }


def objects(kind: str, flows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """An objectMapping as Graph exports it."""
    return {
        "enabled": True,
        "flowTypes": "Add, Update, Delete",
        "name": f"Synchronize Azure Active Directory {kind}s to VMware Identity Service",
        "scope": None,
        "sourceObjectName": kind,
        "targetObjectName": kind,
        "attributeMappings": flows,
        **more,
    }


def schema(*mappings: dict[str, Any]) -> dict[str, Any]:
    rule = {"name": "USER_INBOUND_USER", "priority": 1, "objectMappings": list(mappings)}
    return {"id": "job", "version": "1", "directories": [], "synchronizationRules": [rule]}


ACTIVE = 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'
WORK = [
    ('emails[type eq "work"].value', "[mail]"),
    ('phoneNumbers[type eq "work"].value', "[telephoneNumber]"),
    ('addresses[type eq "work"].country', "[country]"),
    ('addresses[type eq "work"].postalCode', "[postalCode]"),
    ('addresses[type eq "work"].region', "[state]"),
    ('addresses[type eq "work"].locality', "[city]"),
    ('addresses[type eq "work"].streetAddress', "[streetAddress]"),
    (f"{ENTERPRISE_USER}:department", "[department]"),
    (f"{ENTERPRISE_USER}:employeeNumber", "[employeeId]"),
]
TUTORIAL = schema(
    objects(
        "User",
        [
            flow("userName", "[userPrincipalName]", matchingPriority=1),
            flow("active", ACTIVE),
            flow("externalId", "[mailNickname]"),
            flow("displayName", "[displayName]"),
            flow("name.givenName", "[givenName]"),
            flow("name.familyName", "[surname]"),
            flow("title", "[jobTitle]"),
            *(flow(target, source) for target, source in WORK),
            flow(f"{WS1B_USER}:domain", 'Word([userPrincipalName], 2, "@")'),
        ],
        scope={
            "groups": [
                {
                    "name": "Engineers",
                    "clauses": [
                        {
                            "operatorName": "EQUALS",
                            "sourceOperandName": "department",
                            "targetOperand": {"values": ["Engineering"]},
                        },
                        {"operatorName": "IS TRUE", "sourceOperandName": "accountEnabled", "targetOperand": None},
                    ],
                }
            ],
            "inputFilterGroups": [],
            "categoryFilterGroups": [],
        },
    ),
    objects(
        "Group",
        [
            flow("displayName", "[displayName]", matchingPriority=1),
            flow("externalId", "[objectId]"),
            flow("members", "[members]"),
            flow(f"{WS1B_GROUP}:description", "[description]"),
        ],
    ),
)


def convert(tmp_path: Path, document: object, *options: str) -> tuple[dict[str, Any], str, int]:
    """The manifest, standard error, and the exit status."""
    file = tmp_path / "schema.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    result = CliRunner().invoke(command, ["entra", str(file), *options])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return yamls.read(result.stdout), result.stderr, result.exit_code


def compiled(manifest: dict[str, Any]) -> Settings:
    metadata = {"namespace": "identity", "name": "vmware", "uid": "u", "generation": 1}
    return settings_of({"metadata": metadata, "spec": manifest["spec"]})


def test_the_tutorials_schema_is_carried_over_whole(tmp_path: Path) -> None:
    manifest, said, code = convert(tmp_path, TUTORIAL, "--name=vm", "-n", "identity", "--strict")
    assert (said, code) == ("", 0)
    assert manifest["metadata"] == {"name": "vm", "namespace": "identity"}
    spec = manifest["spec"]
    assert (spec["mode"], spec["scope"]) == ("Plan", "Assigned"), "looked at first, and nobody is assigned"
    users = spec["users"]
    assert users["matching"] == ["userName"]
    assert users["filters"] == [
        {
            "title": "Engineers",
            "clauses": [
                {"attribute": f"{ENTERPRISE_USER}:department", "operator": "EQUALS", "value": "Engineering"},
                {"attribute": "active", "operator": "IS TRUE"},
            ],
        }
    ]
    mapped = {each["target"]: each for each in users["mappings"]}
    assert mapped[f"{WS1B_USER}:domain"]["expression"] == 'Word(user.userName, 2, "@")'
    assert mapped["nickName"] == {"target": "nickName", "ignore": True}, "the schema does not map it"
    assert "title" not in mapped, "as the profile's default"
    rules = compiled(manifest).rules[ResourceType.USER]
    document = {"userName": "ada@corp.example", "active": True, "title": "Analyst"}
    asked = desired_attributes(document, rules.mappings, creating=True, activation=Activation(user=document))
    assert asked[parse(f"{WS1B_USER}:domain")] == "corp.example"
    assert asked[parse("active")] is True
    assert spec["groups"]["matching"] == ["displayName"]


def test_flow_types_actions_and_defaults(tmp_path: Path) -> None:
    flows = [
        flow("userName", "[userPrincipalName]", matchingPriority=2),
        flow("externalId", "[objectId]", matchingPriority=1, flowType="ObjectAddOnly"),
        flow("nickName", "[mailNickname]", flowType="AttributeAddOnly"),
        flow("roles", "AppRoleAssignmentsComplex([appRoleAssignments])"),
        flow("entitlements", "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])"),
        flow("title", "[jobTitle]", defaultValue="Member", flowType="ValueAddOnly"),
        flow("userType", '"Employee"'),
        flow("timezone", None, defaultValue="Europe/Berlin"),
        flow("displayName", 'SelectUniqueValue([displayName], Append([displayName], "2"))'),
    ]
    manifest, said, code = convert(tmp_path, schema(objects("User", flows, flowTypes="Add, Update", enabled=False)))
    users = manifest["spec"]["users"]
    assert code == 0
    assert users["actions"] == ["Create", "Update"]
    assert users["enabled"] is False
    assert users["matching"] == ["externalId", "userName"], "by precedence"
    mapped = {each["target"]: {k: v for k, v in each.items() if k != "target"} for each in users["mappings"]}
    assert mapped["externalId"] == {"source": "externalId", "apply": "OnCreate"}
    assert mapped["nickName"] == {"source": "externalId", "apply": "WhenEmpty"}
    assert mapped["roles"] == {"expression": "AppRoleAssignmentsComplex(roles)", "apply": "AddOnly"}
    assert mapped["entitlements"] == {"expression": "AssertiveAppRoleAssignmentsComplex(roles)"}
    assert mapped["title"] == {"source": "title", "default": "Member", "apply": "WhenEmpty"}
    assert mapped["userType"] == {"constant": "Employee"}
    assert mapped["timezone"] == {"default": "Europe/Berlin"}, "Entra's None"
    assert mapped["displayName"]["apply"] == "OnCreate"
    assert manifest["spec"]["groups"] == {"enabled": False}, "the schema provisions no groups"
    assert "Differs: users: target 'title': the default stands in on updates too" in said
    compiled(manifest)


def test_a_manager_is_carried_over_as_a_reference(tmp_path: Path) -> None:
    target = f"{ENTERPRISE_USER}:manager"
    flows = [flow("userName", "[userPrincipalName]"), flow(target, "[manager]")]
    manifest, said, code = convert(tmp_path, schema(objects("User", flows)), "--strict")
    assert (said, code) == ("", 0)
    assert {"target": target, "source": "manager"} in manifest["spec"]["users"]["mappings"]
    compiled(manifest)


def clause(operator: str, attribute: str, *values: str) -> dict[str, Any]:
    return {"operatorName": operator, "sourceOperandName": attribute, "targetOperand": {"values": list(values)}}


def scoped(*groups: list[dict[str, Any]]) -> dict[str, Any]:
    named = [{"name": f"F{number}", "clauses": clauses} for number, clauses in enumerate(groups)]
    return objects("User", [flow("userName", "[userPrincipalName]")], scope={"groups": named})


LOST: list[Any] = [
    pytest.param(
        schema(objects("User", [flow("title", "[extensionAttribute1]")])),
        "users: target 'title': a manifest has no field for Entra's attribute extensionAttribute1",
        id="an attribute that a ScimUser lacks",
    ),
    pytest.param(
        schema(objects("User", [flow("title", "Frobnicate([jobTitle])")])),
        "target 'title': line 1, column 1: There is no function Frobnicate",
        id="a function that there is not",
    ),
    pytest.param(
        schema(objects("User", [flow("title", "Item([jobTitle], 1")])), "closing parenthesis is missing", id="broken"
    ),
    pytest.param(schema(objects("User", [flow("title", None)])), "neither a source nor a default", id="nothing"),
    pytest.param(
        schema(objects("User", [flow(f"{ENTERPRISE_USER}:manager", 'Append([manager], "x")')])),
        "a reference is known by source: manager alone",
        id="a manager that is computed",
    ),
    pytest.param(schema(objects("Contact", [])), "only users and groups are provisioned", id="a contact"),
    pytest.param(
        schema(scoped([clause("EQUALS", "department", "a", "b")])), "EQUALS has 2 values", id="several operands"
    ),
    pytest.param(schema(scoped([clause("IsMemberOf", "x", "y")])), "there is no operator IsMemberOf", id="no operator"),
]


@pytest.mark.parametrize(("document", "message"), LOST)
def test_what_has_no_counterpart_is_named(tmp_path: Path, document: object, message: str) -> None:
    manifest, said, code = convert(tmp_path, document, "--strict")
    assert message in said
    assert said.startswith("Not carried over: ")
    assert code == 1, "with --strict"
    assert manifest["kind"] == "ProvisioningConfig", "and still there is one"
    assert convert(tmp_path, document)[2] == 0


def test_a_filter_that_is_lost_lets_no_one_in(tmp_path: Path) -> None:
    lost = [clause("EQUALS", "department", "Engineering"), clause("EQUALS", "extensionAttribute1", "x")]
    manifest, said, _ = convert(tmp_path, schema(scoped(lost)))
    assert manifest["spec"]["users"]["enabled"] is False
    assert "no scoping filter could be carried over, so that the kind is switched off" in said
    kept = [clause("EQUALS", "department", "Sales")]
    manifest, _, _ = convert(tmp_path, schema(scoped(lost, kept)))
    assert [each["title"] for each in manifest["spec"]["users"]["filters"]] == ["F1"]
    assert "enabled" not in manifest["spec"]["users"]


def test_a_hostile_name_stays_in_its_comment(tmp_path: Path) -> None:
    evil = objects("Contact", [], name="x\nspec: {suspend: true}\n")
    manifest, said, _ = convert(tmp_path, schema(evil))
    assert "suspend" not in manifest["spec"]
    assert said.count("\n") == 1


@pytest.mark.parametrize("text", ["", "[]", "{", '{"value": []}', "[" * 100_000])
def test_what_is_no_schema_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Exception, match=r"export it|Export it"):
        convert(tmp_path, text)


def document_of(sample: Sample) -> dict[str, Any]:
    """A user with the sample's attributes where `convert` looks for them."""
    sources, document = Sources(Kind.USER, URN), {"userName": "ada"}
    for name, value in sample.source.items():
        if value is not None:
            parse(sources.path(name)).write(document, value)
    return document


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.function}: {sample.reason}")
def test_every_documented_sample_goes_through_convert(tmp_path: Path, sample: Sample) -> None:
    target = "urn:example:params:scim:schemas:target:2.0:User:value"
    wanted = flow(target, sample.entra.strip(), source={"expression": sample.entra, "type": "Function"})
    document = schema(objects("User", [flow("userName", "[userPrincipalName]"), wanted]))
    manifest, said, code = convert(tmp_path, document, "--extension", URN, "--strict")
    assert code == 0, said
    rules = compiled(manifest).rules[ResourceType.USER]
    mapping = next(each for each in rules.mappings if str(each.target) == target)
    user = document_of(sample)
    activation = Activation(user=user, roles=sample.roles, now=sample.now)
    assert mapping.expression is not None
    value = mapping.expression.evaluate(activation)
    assert value == (MISSING if sample.expected is ... else sample.expected), sample.reason
    assert value is not KEPT
