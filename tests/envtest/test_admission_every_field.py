"""Every field of the three kinds, as the CRDs have them: missing, empty, oversized and of a wrong type.

It is refused by name, or admitted on purpose: what may be empty stands in tests/support/empties.py with its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.envtest.admission import admitting
from tests.support.empties import ADMITTED, EMPTY, NEEDED, emptiable, may_be_absent, may_be_empty, omissible
from tests.support.fields import ITEM, VALUE, all_fields, carriers

if TYPE_CHECKING:
    from tests.envtest.admission import Admission, Manifest
    from tests.support.fields import Field
    from tools.cluster.controlplane import ControlPlane

WRONG: dict[str | None, Any] = {
    "string": {"a": 1},
    None: {"a": 1},
    "integer": "many",
    "boolean": "maybe",
    "array": "one",
    "object": 7,
}
LARGEST = 1 << 20

FIELDS = all_fields()
BOUNDED = [field for field in FIELDS if field.is_text and "enum" not in field.schema]
ENTRIES = [field for field in FIELDS if field.path[-1] == ITEM]


@pytest.fixture(scope="module")
def admission(crds: ControlPlane) -> Admission:
    return admitting(crds)


def assert_refused(admission: Admission, manifest: Manifest, *named: str) -> str:
    status, answer = admission.admit(manifest)
    assert status in (400, 422), answer
    message: str = answer["message"]
    for each in named:
        assert each in message
    return message


def assert_admitted(admission: Admission, manifest: Manifest) -> Manifest:
    status, answer = admission.admit(manifest)
    assert status == 201, f"{answer.get('message')}\nDecide: refuse it by a rule, or give its reason in the table"
    spec: Manifest = answer["spec"]
    return spec


def test_the_crds_have_as_many_fields_as_we_think() -> None:
    assert len(FIELDS) > 250
    unbounded = [str(field) for field in BOUNDED if not {"maxLength", "format"} & field.schema.keys()]
    assert unbounded == [], "no text is without a bound"


def test_the_tables_name_fields_that_there_are() -> None:
    names = {str(field) for field in FIELDS}
    tabled = [name for _, fields in ADMITTED for name in fields]
    assert (NEEDED | set(tabled)) - names == set()
    assert len(tabled) == len(set(tabled)), "each has one reason"


@pytest.mark.parametrize("manifest", carriers(), ids=lambda one: f"{one['kind']} {one['metadata']['name']}")
def test_what_is_changed_is_right_before(admission: Admission, manifest: Manifest) -> None:
    assert_admitted(admission, manifest)


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_a_wrong_type_is_refused_by_name(admission: Admission, field: Field) -> None:
    assert_refused(admission, field.holding(WRONG[field.type]), field.name)


@pytest.mark.parametrize("field", BOUNDED, ids=str)
def test_an_oversized_text_is_refused_by_name(admission: Admission, field: Field) -> None:
    message = assert_refused(admission, field.holding("x" * LARGEST), field.name)
    # Of a date the API server itself repeats what it cannot read; of anything else nobody repeats the value whole.
    assert field.schema.get("format") == "date-time" or len(message) < LARGEST // 2
    assert field.schema.get("maxLength", 0) < LARGEST


@pytest.mark.parametrize("field", omissible(), ids=str)
def test_a_missing_field_is_refused_by_name_or_left_out_on_purpose(admission: Admission, field: Field) -> None:
    if may_be_absent(field):
        assert_admitted(admission, field.absent())
    elif field.required:
        assert_refused(admission, field.absent(), f"{field.written}: Required value")
    else:  # a rule says what to choose from, or that the whole is empty
        above = field.written.rpartition("." if field.path[-1] != VALUE else f".{field.place[-1]}")[0]
        assert_refused(admission, field.absent(), f"{above}: ", field.name)


@pytest.mark.parametrize("field", omissible(), ids=str)
def test_null_is_as_good_as_missing(admission: Admission, field: Field) -> None:
    """The API server drops a null, so that no field of a stored manifest holds one."""
    if may_be_absent(field):
        assert assert_admitted(admission, field.holding(None)) == assert_admitted(admission, field.absent())
    else:
        assert_refused(admission, field.holding(None), field.name)


@pytest.mark.parametrize("field", ENTRIES, ids=str)
def test_null_is_no_entry_of_a_list(admission: Admission, field: Field) -> None:
    assert_refused(admission, field.holding(None), field.written)


@pytest.mark.parametrize("field", emptiable(), ids=str)
def test_an_empty_value_is_refused_by_name_or_admitted_on_purpose(admission: Admission, field: Field) -> None:
    empty = field.holding(EMPTY[field.type])
    if may_be_empty(field):
        assert_admitted(admission, empty)
    else:
        assert_refused(admission, empty, field.written)


@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_null_in_a_label_is_an_empty_text(admission: Admission, field: str) -> None:
    """What `as_served` says of a file (tests/local/test_checks.py)."""
    wanted = carriers()[0]
    wanted = {**wanted, "metadata": {**wanted["metadata"], field: {"a": None}}}
    status, answer = admission.admit(wanted)
    assert (status, answer["metadata"][field]) == (201, {"a": ""}), answer
