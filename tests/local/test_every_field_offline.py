"""What tests/envtest asks the real API server about every field is asked of `validate` here.

What admission refuses is refused offline too, at the line of the file that it stands in; what it admits on purpose the
operator can work with, or validate says by field and mend what the operator will say.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from scim_operator.local.checks import check
from scim_operator.local.findings import Severity
from scim_operator.local.manifests import collect_texts
from tests.envtest.test_admission_every_field import BOUNDED, ENTRIES, LARGEST, WRONG
from tests.support.empties import EMPTY, emptiable, may_be_absent, may_be_empty, omissible
from tests.support.fields import all_fields, carriers
from tests.support.hostile import admits, fitting, texts

if TYPE_CHECKING:
    from scim_operator.local.findings import Finding
    from tests.support.fields import Field, Manifest

JUDGED = "expression"
"""The fields that only a compiler can judge, which the API server has not."""


def errors(name: str, body: bytes) -> list[Finding]:
    return [each for each in check(collect_texts([(name, body)])) if each.severity is Severity.ERROR]


def as_json(manifest: Manifest) -> bytes:
    return json.dumps(manifest, indent=1).encode()


def line_of(manifest: Manifest, field: Field) -> int:
    """The line where the field's value begins in the manifest as JSON."""
    marked: Any = json.loads(json.dumps(manifest))
    *above, last = field.place
    at = marked["spec"]
    for step in above:
        at = at[step]
    at[last] = "HERE"
    return 1 + json.dumps(marked, indent=1).split('"HERE"')[0].count("\n")


def assert_refused(manifest: Manifest, field: Field) -> None:
    found = errors("one.json", as_json(manifest))
    named = [each for each in found if field.written in each.message]
    assert named, found
    assert line_of(manifest, field) in [each.line for each in named]
    assert all(len(each.message) < 1000 for each in found), "nobody reads the value again"


def assert_judged(manifest: Manifest, field: Field) -> None:
    """Valid, or with the place of what does not compile: that of the expression, or of the mappings with the target."""
    mapped = "mappings" in field.path
    above = field.written.partition("[")[0]
    for each in errors("one.json", as_json(manifest)):
        assert f"{above}: target '" in each.message if mapped else field.written in each.message
        assert "expression" in each.message


def assert_valid(manifest: Manifest) -> None:
    assert errors("one.json", as_json(manifest)) == []


@pytest.mark.parametrize("manifest", carriers(), ids=lambda one: f"{one['kind']} {one['metadata']['name']}")
def test_what_is_changed_is_right_before(manifest: Manifest) -> None:
    assert_valid(manifest)
    assert errors("one.yaml", yaml.safe_dump(manifest).encode()) == []


@pytest.mark.parametrize("field", all_fields(), ids=str)
def test_a_wrong_type_is_refused(field: Field) -> None:
    assert_refused(field.holding(WRONG[field.type]), field)


@pytest.mark.parametrize("field", BOUNDED, ids=str)
def test_an_oversized_text_is_refused(field: Field) -> None:
    assert_refused(field.holding("x" * LARGEST), field)


@pytest.mark.parametrize("field", omissible(), ids=str)
def test_a_missing_field_is_refused_or_left_out_on_purpose(field: Field) -> None:
    found = errors("one.json", as_json(field.absent()))
    if may_be_absent(field):
        assert found == []
    else:
        assert any(field.name in each.message for each in found), found


@pytest.mark.parametrize("field", omissible(), ids=str)
def test_null_is_as_good_as_missing(field: Field) -> None:
    """As at the API server, which drops a null (tests/envtest/test_admission_every_field.py)."""
    found = errors("one.json", as_json(field.holding(None)))
    if may_be_absent(field):
        assert found == []
    else:
        assert any(field.name in each.message for each in found), found


@pytest.mark.parametrize("field", ENTRIES, ids=str)
def test_null_is_no_entry_of_a_list(field: Field) -> None:
    assert_refused(field.holding(None), field)


@pytest.mark.parametrize("field", emptiable(), ids=str)
def test_an_empty_value_is_refused_or_works(field: Field) -> None:
    empty = field.holding(EMPTY[field.type])
    if may_be_empty(field):
        assert_valid(empty)
    else:
        found = errors("one.json", as_json(empty))
        assert any(field.written in each.message for each in found), found


@pytest.mark.parametrize("field", texts(), ids=str)
def test_a_hostile_text_is_refused_or_works(field: Field) -> None:
    for name, text in fitting(field).items():
        manifest = field.holding(text)
        if "\ud800" in text:  # the API server's JSON makes a replacement character of it; a file with it is mended
            assert "half of a character" in errors("one.json", as_json(manifest))[0].message
        elif field.name == JUDGED:
            assert_judged(manifest, field)
        elif admits(field, name):
            assert errors("one.json", as_json(manifest)) == [], name
        else:
            assert_refused(manifest, field)
