"""What the API server says to attribute mappings and scoping filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.envtest.admission import admitting, assert_admitted, assert_refused, config

if TYPE_CHECKING:
    from tests.envtest.admission import Admission, Manifest
    from tools.cluster.controlplane import ControlPlane

DEPARTMENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"
WS1B_ATTRIBUTE = "urn:ietf:params:scim:schemas:extension:ws1b:2.0:User:onPremisesUserPrincipalName"


def mapping(**fields: Any) -> Manifest:
    return config(users={"mappings": [fields]})


def clause(**fields: Any) -> Manifest:
    return config(users={"filters": [{"title": "one", "clauses": [fields]}]})


@pytest.fixture(scope="module")
def admission(crds: ControlPlane) -> Admission:
    return admitting(crds)


GOOD: list[tuple[str, Manifest]] = [
    ("a direct mapping", mapping(target="title", source="title", default="Member", apply="OnCreate")),
    ("a constant", mapping(target="userType", constant="Employee", sensitive=True)),
    ("a constant that clears", mapping(target="nickName", constant="")),
    ("a boolean constant", mapping(target="active", constant="true")),
    (
        "the manager",
        mapping(target="urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", source="manager"),
    ),
    ("an expression", mapping(target="title", expression="user.title", default="Member")),
    ("an expression as long as Entra allows", mapping(target="title", expression="'" + "x" * 9_998 + "'")),
    ("a default alone (Entra's None)", mapping(target="title", default="Member")),
    ("only where it is empty", mapping(target="title", source="title", apply="WhenEmpty")),
    ("only added to", mapping(target="roles", source="roles", apply="AddOnly")),
    ("a default mapping dropped", mapping(target="nickName", ignore=True)),
    ("names in any case (RFC 7643 section 2.1)", mapping(target="DISPLAYNAME", source="nickname")),
    ("one of several values", mapping(target='emails[type eq "work"].value', source="emails[primary eq true].value")),
    ("two comparisons", mapping(target='emails[type eq "work" and primary eq true].value', source="userName")),
    ("a source of all values", mapping(target="title", source="emails.value")),
    ("a core attribute by its URN", mapping(target="urn:ietf:params:scim:schemas:core:2.0:User:title", constant="x")),
    ("a service's own", mapping(target="urn:ietf:params:scim:schemas:core:2.0:User:badgeNumber", constant="x")),
    (
        "one of several of its own",
        mapping(target='urn:ietf:params:scim:schemas:core:2.0:User:badges[type eq "x"].value', constant="x"),
    ),
    ("an attribute of ws1b that a manifest lacks", mapping(target=WS1B_ATTRIBUTE, source="userName")),
    ("a source in an extension", mapping(target="title", source="urn:example:2.0:User:badge")),
    (
        "each operator without a value",
        config(
            users={
                "filters": [
                    {
                        "title": "one",
                        "clauses": [
                            {"attribute": "active", "operator": operator}
                            for operator in ("IS TRUE", "IS FALSE", "IS NULL", "IS NOT NULL")
                        ],
                    }
                ]
            }
        ),
    ),
    (
        "each operator with a text",
        config(
            users={
                "filters": [
                    {
                        "title": "one",
                        "clauses": [
                            {"attribute": DEPARTMENT, "operator": operator, "value": "Eng"}
                            for operator in (
                                "EQUALS",
                                "NOT EQUALS",
                                "REGEX MATCH",
                                "NOT REGEX MATCH",
                                "Includes",
                                "ENDS_WITH",
                                "&",
                                "!&",
                            )
                        ],
                    }
                ]
            }
        ),
    ),
    ("a number without quotes", clause(attribute="title", operator="Greater_Than", value=10)),
    ("a number in quotes", clause(attribute="title", operator="Greater_Than_OR_EQUALS", value="-10")),
    ("a number compared as text", clause(attribute="title", operator="EQUALS", value=7)),
    (
        "a filter over groups",
        config(
            groups={
                "filters": [
                    {
                        "title": "one",
                        "clauses": [{"attribute": "displayName", "operator": "ENDS_WITH", "value": "-admins"}],
                    }
                ]
            }
        ),
    ),
]


@pytest.mark.parametrize(("reason", "wanted"), GOOD, ids=[row[0] for row in GOOD])
def test_it_is_admitted(admission: Admission, reason: str, wanted: Manifest) -> None:
    assert_admitted(admission, reason, wanted)


BAD: list[tuple[str, Manifest, str]] = [
    (
        "no value",
        mapping(target="title"),
        "spec.users.mappings[0]: Invalid value: give exactly one of source, constant",
    ),
    (
        "two values",
        mapping(target="title", source="title", constant="x"),
        "give exactly one of source, constant, expression and ignore",
    ),
    ("not ignored", mapping(target="title", ignore=False), "ignore is true or left out"),
    (
        "a default of nothing",
        mapping(target="title", constant="x", default="y"),
        "default stands in for an empty source",
    ),
    ("ignored, but sensitive", mapping(target="title", ignore=True, sensitive=True), "remove apply and sensitive"),
    ("not a path", mapping(target="name..givenName", constant="x"), "write a SCIM attribute path such as userName"),
    (
        "the seed's escaped quotes",
        mapping(target='emails[type eq \\"work\\"].value', constant="x"),
        "write a SCIM attribute path",
    ),
    (
        "no such target",
        mapping(target="dispName", source="title"),
        '"dispName": not an attribute of a SCIM user that can be set',
    ),
    ("no such sub-attribute", mapping(target="name.first", source="title"), "not an attribute of a SCIM user"),
    ("no such source", mapping(target="title", source="jobTitle"), '"jobTitle": not an attribute of a ScimUser'),
    (
        "no such enterprise attribute",
        mapping(target="title", source=DEPARTMENT + "s"),
        "not an attribute of a ScimUser",
    ),
    ("the service sets it", mapping(target="id", constant="x"), "not an attribute of a SCIM user that can be set"),
    (
        "the service sets it, by its URN",
        mapping(target="urn:ietf:params:scim:schemas:core:2.0:User:id", constant="x"),
        "not an attribute of a SCIM user that can be set",
    ),
    ("a field of the manifest alone", mapping(target="adoption", constant="x"), "not an attribute of a SCIM user"),
    (
        "a password is nobody's",
        mapping(target="password", constant="x"),
        "not an attribute of a SCIM user that can be set",
    ),
    ("which of them", mapping(target="emails.value", source="userName"), "say which, as in emails[type eq"),
    (
        "its own selector",
        mapping(target='emails[type eq "work"].type', constant="home"),
        "its own value filter selects by",
    ),
    ("everybody has one", mapping(target="userName", ignore=True), "every SCIM user has userName"),
    ("neither true nor false", mapping(target="active", constant="yes"), "active is a boolean"),
    ("true is no text", mapping(target="active", constant=True), "constant in body must be of type string"),
    (
        "one target twice",
        config(users={"mappings": [{"target": "title", "constant": "a"}, {"target": "title", "constant": "b"}]}),
        'Duplicate value: {"target":"title"}',
    ),
    (
        "in another case",
        config(users={"mappings": [{"target": "title", "constant": "a"}, {"target": "Title", "constant": "b"}]}),
        "a target is mapped twice",
    ),
    (
        "members are not mapped",
        config(groups={"mappings": [{"target": "members", "source": "displayName"}]}),
        "members follow the members of each ScimGroup",
    ),
    (
        "a user's attribute for a group",
        config(groups={"mappings": [{"target": "userName", "source": "displayName"}]}),
        "not an attribute of a SCIM group",
    ),
    ("a date is no attribute", mapping(target="title", source="notAfter"), "not an attribute of a ScimUser"),
    ("no expression", mapping(target="title", expression=""), "expression in body should be at least 1 chars long"),
    (
        "an expression beyond Entra's limit",
        mapping(target="title", expression="'" + "x" * 10_000 + "'"),
        "may not be more than 10000 bytes",
    ),
    (
        "an expression and a source",
        mapping(target="title", expression="1", source="title"),
        "give exactly one of source",
    ),
    ("a constant with a default", mapping(target="title", constant="a", default="b"), "default stands in for an empty"),
    ("AddOnly to a single value", mapping(target="title", source="title", apply="AddOnly"), "name such an attribute"),
    ("no such flow", mapping(target="title", source="title", apply="Sometimes"), '"OnCreate", "WhenEmpty", "AddOnly"'),
    (
        "no clause",
        config(users={"filters": [{"title": "one", "clauses": []}]}),
        "clauses in body should have at least 1 items",
    ),
    (
        "no title",
        config(users={"filters": [{"clauses": [{"attribute": "title", "operator": "IS NULL"}]}]}),
        "title: Required value",
    ),
    (
        "no list",
        clause(attribute="title", operator="IN", value="x"),
        "IN and NOT IN compare with values",
    ),
    (
        "a number, of which YAML has made another one already",
        clause(attribute="title", operator="IN", values=[10]),
        "spec.users.filters[0].clauses[0].values[0]: Invalid value: 10: IN and NOT IN compare texts; put quotes around",
    ),
    ("a list for one", clause(attribute="title", operator="EQUALS", value="x", values=["y"]), "give a list in values"),
    ("no date", clause(attribute="title", operator="BEFORE", value="soon"), "compare with a date such as 2026-12-31"),
    ("null twice", clause(attribute="title", operator="IS NULL", whenNull=True), "remove whenNull"),
    ("no quantifier", clause(attribute="roles.value", operator="EQUALS", value="x", quantifier="Some"), '"Any", "All"'),
    (
        "no operator",
        clause(attribute="title", operator="CONTAINS", value="x"),
        'supported values: "EQUALS", "NOT EQUALS"',
    ),
    (
        "no such attribute",
        clause(attribute="department", operator="IS NULL"),
        '"department": not an attribute of a ScimUser',
    ),
    (
        "nothing to compare with",
        clause(attribute="title", operator="EQUALS"),
        "this operator compares with a value; add value",
    ),
    ("nothing is compared", clause(attribute="active", operator="IS TRUE", value="x"), "take no value; remove it"),
    ("not an integer", clause(attribute="title", operator="Greater_Than", value="ten"), "give an integer such as 10"),
    ("not a regular expression", clause(attribute="title", operator="REGEX MATCH", value="a[b"), "missing closing ]"),
    (
        "RE2 has no look-ahead",
        clause(attribute="title", operator="REGEX MATCH", value="(?!a)"),
        "must be a regular expression in RE2",
    ),
    ("a flag is no text", clause(attribute="active", operator="EQUALS", value=True), "clauses[0].value: Invalid value"),
]


@pytest.mark.parametrize(("reason", "wanted", "sentence"), BAD, ids=[row[0] for row in BAD])
def test_it_is_refused_with_a_sentence(admission: Admission, reason: str, wanted: Manifest, sentence: str) -> None:
    assert_refused(admission, reason, wanted, sentence)
