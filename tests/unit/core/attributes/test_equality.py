"""SCIM's equality, case by case."""

from __future__ import annotations

import subprocess
import sys

import pytest

from scim_operator.core.attributes.equality import _simple, canonical, digest, equal, unassigned
from scim_operator.core.attributes.paths import CLEARED, MISSING, parse
from scim_operator.core.attributes.schema import Attribute, Type
from scim_operator.core.resource import ENTERPRISE_USER, WS1B_USER

EMPTY = [None, "", [], {}, MISSING, CLEARED, {"givenName": None}, [""], [{"value": ""}]]
ASSIGNED = ["x", False, 0, [False], {"primary": False}]


@pytest.mark.parametrize("value", EMPTY, ids=repr)
def test_null_empty_and_absent_are_one(value: object) -> None:
    assert unassigned(value)
    assert all(equal(parse("name"), value, other) for other in EMPTY)
    assert not equal(parse("title"), value, "Analyst")
    assert not equal(parse("title"), "Analyst", value)


@pytest.mark.parametrize("value", ASSIGNED, ids=repr)
def test_false_and_zero_are_values(value: object) -> None:
    assert not unassigned(value)


SAME = [
    ("userName", "Ada@Corp.example", "ada@corp.example", "userName is not case-exact (section 8.7.1)"),
    ("active", True, "True", "a boolean as Entra writes it (pitfall 3)"),
    ("active", False, "false", "a boolean as a text"),
    (f"{ENTERPRISE_USER}:employeeNumber", "7", 7, "a number where the schema has a string"),
    ("meta.created", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00.000+01:00", "the same instant (section 2.3.5)"),
    ("meta.created", "2026-01-01t00:00:00z", "2026-01-01T00:00:00+00:00", "RFC 3339 allows small letters"),
    (
        "emails",
        [{"type": "work", "value": "a"}, {"type": "home", "value": "b"}],
        [{"type": "home", "value": "b"}, {"type": "work", "value": "a"}],
        "order means nothing (section 2.4)",
    ),
    (
        "emails",
        [{"type": "work", "value": "a"}],
        [{"Type": "Work", "VALUE": "A", "display": "a", "$ref": "x", "primary": "true"}],
        "what the service adds is no difference, nor how it spells names",
    ),
    ("emails", [{"value": "a", "primary": False}], [{"value": "a"}], "primary is false by default (section 2.4)"),
    ("emails", [{"value": "a"}, {"value": "a"}], [{"value": "a"}], "a repetition is the same value (section 2.4)"),
    ("emails", [{"value": "a"}], {"value": "a"}, "a list of one without its brackets"),
    ("emails", [{"value": "a"}, None], [{"value": "a"}, {}], "empty elements are none"),
    (
        "emails",
        [{"type": "work"}, {"type": "work", "value": "x"}],
        [{"type": "work", "value": "x"}, {"type": "work", "value": "y"}],
        "elements that name different parts each find one of their own",
    ),
    ("name", {"givenName": "Ada"}, {"givenName": "Ada", "formatted": "Ada L."}, "only the parts we name"),
    ("name", {"givenName": "Ada", "middleName": ""}, {"givenName": "Ada"}, "an empty part is an absent one"),
    ("urn:example:2.0:User:level", "7", 7, "unknown attributes are strings (section 2.2)"),
    ("urn:example:2.0:User:flag", True, "TRUE", "unknown attributes are strings, not case-exact (section 2.2)"),
    ("tags", ["b", "a"], ["a", "b"], "simple multi-valued"),
]

DIFFERENT = [
    ("externalId", "A", "a", "externalId is case-exact (section 3.1)"),
    ("profileUrl", "https://x.example/A", "https://x.example/a", "references are case-exact (section 2.3.7)"),
    ("members", [{"value": "A"}], [{"value": "a"}], "ids are case-exact (section 3.1)"),
    (f"{WS1B_USER}:adSourceAnchor", "AbC=", "abc=", "base64 is case-exact"),
    ("title", "Straße", "Strasse", "another spelling is another value"),
    ("title", " Analyst", "Analyst", "white space counts"),
    ("active", True, False, "true is not false"),
    ("active", True, "yes", "what is no boolean is not true"),
    ("meta.created", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00+01:00", "another instant"),
    ("meta.created", "2026-01-01T00:00:00Z", "soon", "no instant at all"),
    ("emails", [{"value": "a"}], [{"value": "a"}, {"value": "b"}], "one more"),
    ("emails", [{"value": "a"}, {"value": "b"}], [{"value": "a"}], "one less"),
    ("emails", [{"type": "work", "value": "a"}], [{"type": "home", "value": "a"}], "another type"),
    ("emails", [{"value": "a", "primary": True}], [{"value": "a"}], "primary was asked for"),
    ("emails", [{"value": "a"}], ["a"], "a text is no element"),
    (
        "emails",
        [{"type": "work", "value": "x"}, {"type": "work", "display": "d"}],
        [{"type": "work", "value": "x", "display": "d"}, {"type": "work", "value": "y"}],
        "two wanted elements need two observed ones",
    ),
    (
        "name",
        {"givenName": "Ada", "middleName": ""},
        {"givenName": "Ada", "middleName": "K"},
        "an empty part is asked for",
    ),
    ("name", {"givenName": "Ada"}, "Ada", "a text is no complex value"),
    ("name", {"givenName": "Ada"}, {"familyName": "Ada"}, "another part"),
]


@pytest.mark.parametrize(("text", "desired", "observed", "reason"), SAME, ids=[reason for *_, reason in SAME])
def test_equal(text: str, desired: object, observed: object, reason: str) -> None:
    assert equal(parse(text), desired, observed)


@pytest.mark.parametrize(("text", "desired", "observed", "reason"), DIFFERENT, ids=[reason for *_, reason in DIFFERENT])
def test_different(text: str, desired: object, observed: object, reason: str) -> None:
    assert not equal(parse(text), desired, observed)


def test_a_digest_is_the_same_for_equal_values_and_not_for_others() -> None:
    path = parse("emails")
    one, other = [{"value": "a"}, {"value": "b"}], [{"VALUE": "B", "primary": False}, {"value": "A"}]
    assert canonical(path, one) == canonical(path, other)
    assert hash(canonical(path, one)) == hash(canonical(path, other))
    assert digest(path, one) == digest(path, other)
    assert digest(path, one) != digest(path, one[:1])


def test_a_digest_outlives_the_process() -> None:
    program = (
        "from scim_operator.core.attributes.equality import digest;"
        "from scim_operator.core.attributes.paths import parse;"
        "print(digest(parse('emails'), [{'type': 'work', 'value': 'a', 'display': 'A'}, {'value': 'b'}]))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("value", "other", "same"),
    [
        ("7", 7.0, True),
        ("7.50", 7.5, True),
        ("NaN", "nan", False),
        ("seven", 7, False),
        ("1e999999999999999999999", 1, False),
    ],
)
def test_numbers_by_value(value: object, other: object, same: bool) -> None:
    """No known attribute is a number, so the type is given by hand."""
    attribute = Attribute("level", Type.DECIMAL)
    assert (_simple(attribute, value) == _simple(attribute, other)) is same
