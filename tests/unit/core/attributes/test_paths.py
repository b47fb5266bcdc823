"""Attribute paths: what parses into what, what does not and why, and how documents are read and written."""

from __future__ import annotations

import copy

import pytest

from scim_operator.core.attributes.paths import MISSING, parse
from scim_operator.core.resource import CORE_GROUP, CORE_USER, ENTERPRISE_USER, WS1B_USER
from scim_operator.errors import InvalidSpec

EXAMPLE = "urn:example:2.0:User"

CANONICAL = [
    ("userName", "userName", "a plain attribute"),
    ("USERNAME", "userName", "names are case-insensitive (7643 section 2.1); the schema's spelling is sent"),
    ("name.givenName", "name.givenName", "a sub-attribute"),
    ("Name.GIVENNAME", "name.givenName", "sub-attributes are case-insensitive too"),
    ('emails[type eq "work"].value', 'emails[type eq "work"].value', "a value filter"),
    ('emails[TYPE EQ "work"].Value', 'emails[type eq "work"].value', "filter operators are case-insensitive"),
    ('emails[ type  eq  "work" ].value', 'emails[type eq "work"].value', "spaces in a filter mean nothing"),
    ('emails[type eq "work"]', 'emails[type eq "work"]', "a whole element"),
    (
        'emails[type eq "work" and primary eq true].value',
        'emails[type eq "work" and primary eq true].value',
        "`and` of two comparisons",
    ),
    (
        'emails[primary eq "True"].value',
        "emails[primary eq true].value",
        "a boolean is a boolean however it is written",
    ),
    ("x[rank eq 2.5].y", "x[rank eq 2.5].y", "a number"),
    (r'emails[type eq "a\"b]"].value', r'emails[type eq "a\"b]"].value', "quotes and brackets inside the text"),
    ('emails[type eq "a:b"].value', 'emails[type eq "a:b"].value', "a colon in the filter is no URN's"),
    (f"{ENTERPRISE_USER}:department", f"{ENTERPRISE_USER}:department", "an extension's attribute; its URN has dots"),
    (f"{ENTERPRISE_USER}:department".lower(), f"{ENTERPRISE_USER}:department", "URNs are case-insensitive"),
    (f"{ENTERPRISE_USER}:manager.value", f"{ENTERPRISE_USER}:manager.value", "a sub-attribute of an extension"),
    (f"{WS1B_USER}:customattribute1", f"{WS1B_USER}:customAttribute1", "VMware's extension is known"),
    (f"{CORE_USER}:userName", "userName", "the core schema's URN is dropped"),
    (f"{CORE_GROUP}:displayName".upper(), "displayName", "the core schema's URN in any case"),
    (f"{EXAMPLE}:badge", f"{EXAMPLE}:badge", "an unknown extension keeps its spelling"),
    (
        f'{EXAMPLE}:keys[kind eq "door"].code',
        f'{EXAMPLE}:keys[kind eq "door"].code',
        "a filter in an extension",
    ),
    ("members.$ref", "members.$ref", "$ref is a name (7643 section 2.3.7)"),
    ("x-custom_1", "x-custom_1", "hyphens, underscores and digits (7643 section 2.1)"),
]


@pytest.mark.parametrize(("text", "canonical", "reason"), CANONICAL, ids=[reason for *_, reason in CANONICAL])
def test_a_path_has_one_canonical_text(text: str, canonical: str, reason: str) -> None:
    assert str(parse(text)) == canonical
    assert parse(canonical) == parse(text)
    assert hash(parse(canonical)) == hash(parse(text))


BROKEN = [
    ("", 1, "nothing at all"),
    (".value", 1, "no attribute"),
    ("1st", 1, "a name begins with a letter"),
    ("user name", 5, "a space in a name"),
    ("name.", 6, "no sub-attribute"),
    ("name.given.name", 11, "sub-attributes have no sub-attributes (7643 section 2.3.8)"),
    ("emails[type eq work].value", 16, "a text needs quotes"),
    ("emails[type eq 'work'].value", 16, "double quotes, as JSON has them (7644 section 3.4.2.2)"),
    ("emails[type eq null].value", 16, "null selects nothing"),
    ('emails[type ne "work"].value', 13, "only eq says what a new element must hold"),
    ('emails[type eq "work" or type eq "home"].value', 23, "only and says what a new element must hold"),
    ('emails[type eq "work" and type eq "home"].value', 26, "no element has two types"),
    ('emails[type eq "work".value', 22, "the bracket is not closed"),
    ("emails[].value", 8, "an empty filter"),
    ('emails[type eq "work"]value', 23, "no dot after the filter"),
    (ENTERPRISE_USER, len(ENTERPRISE_USER) + 1, "a schema is no attribute"),
    ("enterprise:department", 1, "a prefix that is no URN"),
]


@pytest.mark.parametrize(("text", "position", "reason"), BROKEN, ids=[reason for *_, reason in BROKEN])
def test_a_broken_path_is_refused_at_its_position(text: str, position: int, reason: str) -> None:
    with pytest.raises(InvalidSpec, match=rf"position {position}: expected "):
        parse(text)


def test_paths_differ_when_they_name_different_things() -> None:
    texts = ["emails", 'emails[type eq "work"]', 'emails[type eq "work"].value', 'emails[type eq "home"].value']
    texts += [f"{ENTERPRISE_USER}:emails", "emails.value", "emails[primary eq true]", 'emails[primary eq "yes"]']
    assert len({parse(text) for text in texts}) == len(texts)


def test_the_order_of_comparisons_does_not_matter() -> None:
    one = parse('emails[type eq "work" and primary eq true].value')
    assert one == parse('emails[primary eq true and type eq "WORK"].value')


COVERS = [
    ("emails", 'emails[type eq "work"].value', True, "the whole attribute covers its parts"),
    ('emails[type eq "work"]', 'emails[type eq "work"].value', True, "an element covers its parts"),
    ('emails[type eq "work"].value', "emails", False, "a part does not cover the whole"),
    ('emails[type eq "work"]', 'emails[type eq "home"].value', False, "another element"),
    ("name", "name.givenName", True, "a complex attribute covers its parts"),
    ("name.givenName", "name.familyName", False, "siblings"),
    ("department", f"{ENTERPRISE_USER}:department", False, "another schema"),
    ("title", "TITLE", True, "itself"),
]


@pytest.mark.parametrize(("path", "other", "covers", "reason"), COVERS, ids=[reason for *_, reason in COVERS])
def test_covers(path: str, other: str, covers: bool, reason: str) -> None:
    assert parse(path).covers(parse(other)) is covers


ADA = {
    "USERNAME": "ada",
    "name": {"givenName": "Ada", "FamilyName": "Lovelace"},
    "nickName": None,
    "emails": [{"type": "home", "value": "h"}, {"Type": "WORK", "value": "w", "primary": "true"}],
    "phoneNumbers": {"type": "work", "value": "+44"},
    "title": "Analyst",
    ENTERPRISE_USER.upper(): {"department": "Engines"},
}

READS = [
    ("userName", "ada", "the document may spell the name in any case"),
    ("name.familyName", "Lovelace", "sub-attributes too"),
    ("nickName", None, "null is given back as it stands"),
    ("displayName", MISSING, "absent"),
    ("name.middleName", MISSING, "absent sub-attribute"),
    ("title.value", MISSING, "a text has no sub-attributes"),
    ('emails[type eq "work"].value', "w", "type is not case-exact (7643 section 8.7.1)"),
    ("emails[primary eq true].value", "w", "a boolean that the service writes as a text"),
    ('emails[type eq "work" and primary eq false].value', MISSING, "every comparison must hold"),
    ('emails[type eq "other"].value', MISSING, "no such element"),
    ('title[type eq "work"].value', MISSING, "a text has no elements"),
    ('phoneNumbers[type eq "work"].value', "+44", "one element without its list is tolerated"),
    ("emails.value", ["h", "w"], "without a filter: of every element"),
    ("emails.display", MISSING, "of no element"),
    (f"{ENTERPRISE_USER}:department", "Engines", "the extension's URN in any case"),
    (f"{WS1B_USER}:domain", MISSING, "no such extension"),
    (f"{EXAMPLE}:badge", MISSING, "no such unknown extension"),
]


@pytest.mark.parametrize(("text", "value", "reason"), READS, ids=[reason for *_, reason in READS])
def test_read(text: str, value: object, reason: str) -> None:
    before = copy.deepcopy(ADA)
    assert parse(text).read(ADA) == value
    assert before == ADA


def test_ids_in_a_filter_are_case_exact() -> None:
    group = {"members": [{"value": "AB"}, {"value": "ab", "type": "User"}]}
    assert parse('members[value eq "ab"].type').read(group) == "User"


WRITES = [
    ({}, "userName", "ada", {"userName": "ada"}, "a new attribute"),
    ({"USERNAME": "x"}, "userName", "ada", {"USERNAME": "ada"}, "the document's spelling stays"),
    ({}, "name.givenName", "Ada", {"name": {"givenName": "Ada"}}, "the complex attribute is made"),
    ({"name": None}, "name.givenName", "Ada", {"name": {"givenName": "Ada"}}, "null is no complex attribute"),
    (
        {"name": {"familyName": "L"}},
        "name.givenName",
        "Ada",
        {"name": {"familyName": "L", "givenName": "Ada"}},
        "siblings stay",
    ),
    (
        {},
        'emails[type eq "work" and primary eq true].value',
        "w",
        {"emails": [{"type": "work", "primary": True, "value": "w"}]},
        "the element is made with what its filter says",
    ),
    (
        {"emails": [{"type": "home", "value": "h"}]},
        'emails[type eq "work"].value',
        "w",
        {"emails": [{"type": "home", "value": "h"}, {"type": "work", "value": "w"}]},
        "other elements stay",
    ),
    (
        {"emails": [{"type": "work", "value": "x", "display": "d"}]},
        'emails[type eq "work"].value',
        "w",
        {"emails": [{"type": "work", "value": "w", "display": "d"}]},
        "the rest of the element stays",
    ),
    (
        {},
        'emails[type eq "work"]',
        {"value": "w"},
        {"emails": [{"type": "work", "value": "w"}]},
        "a whole element gets its filter's values",
    ),
    ({}, f"{WS1B_USER}:domain", "d", {WS1B_USER: {"domain": "d"}}, "the extension is made"),
    (
        {"phoneNumbers": {"type": "work", "value": "1"}},
        'phoneNumbers[type eq "home"].value',
        "2",
        {"phoneNumbers": [{"type": "work", "value": "1"}, {"type": "home", "value": "2"}]},
        "one element without its list gets one",
    ),
]


@pytest.mark.parametrize(("document", "text", "value", "after", "reason"), WRITES, ids=[r for *_, r in WRITES])
def test_write(document: dict, text: str, value: object, after: dict, reason: str) -> None:
    document = copy.deepcopy(document)
    parse(text).write(document, value)
    assert document == after


DELETES = [
    ({"title": "x", "a": 1}, "TITLE", {"a": 1}, "an attribute, in any case"),
    ({"a": 1}, "title", {"a": 1}, "what is absent stays absent"),
    ({"name": {"givenName": "a"}}, "name.givenName", {}, "the complex attribute goes with its last part"),
    ({"name": {"givenName": "a", "familyName": "b"}}, "name.givenName", {"name": {"familyName": "b"}}, "siblings stay"),
    ({"name": "odd"}, "name.givenName", {"name": "odd"}, "a text has no sub-attributes"),
    (
        {"emails": [{"type": "work", "value": "w"}, {"type": "home"}]},
        'emails[type eq "work"]',
        {"emails": [{"type": "home"}]},
        "a whole element",
    ),
    ({"emails": [{"type": "work", "value": "w"}]}, 'emails[type eq "work"]', {}, "the list goes with its last element"),
    (
        {"emails": [{"type": "work", "value": "w"}]},
        'emails[type eq "work"].value',
        {"emails": [{"type": "work"}]},
        "only the sub-attribute",
    ),
    ({WS1B_USER: {"domain": "d"}}, f"{WS1B_USER}:domain", {}, "the extension goes with its last attribute"),
    ({WS1B_USER: {"domain": "d"}}, f"{ENTERPRISE_USER}:department", {WS1B_USER: {"domain": "d"}}, "another extension"),
    (
        {"emails": [{"value": "a"}, {"value": "b", "type": "x"}]},
        "emails.value",
        {"emails": [{}, {"type": "x"}]},
        "each",
    ),
]


@pytest.mark.parametrize(("document", "text", "after", "reason"), DELETES, ids=[r for *_, r in DELETES])
def test_delete(document: dict, text: str, after: dict, reason: str) -> None:
    document = copy.deepcopy(document)
    parse(text).delete(document)
    assert document == after
