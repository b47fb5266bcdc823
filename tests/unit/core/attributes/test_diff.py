"""Changes, the PATCH that makes them and the PUT that makes them."""

from __future__ import annotations

import copy

import pytest

from scim_operator.core.attributes.diff import AttributeChange, apply_changes, changes, operations
from scim_operator.core.attributes.paths import CLEARED, MISSING, parse
from scim_operator.core.resource import CORE_USER, ENTERPRISE_USER, WS1B_USER, PatchOperation, PatchVerb

ADD, REPLACE, REMOVE = PatchVerb.ADD, PatchVerb.REPLACE, PatchVerb.REMOVE
DEPARTMENT = f"{ENTERPRISE_USER}:department"

OBSERVED = {
    "schemas": [CORE_USER, ENTERPRISE_USER],
    "id": "1",
    "meta": {"resourceType": "User", "version": 'W/"1"'},
    "groups": [{"value": "g"}],
    "userName": "Ada",
    "active": "True",
    "title": "Analyst",
    "nickName": "",
    "name": {"givenName": "Ada", "formatted": "Ada L."},
    "emails": [
        {"type": "home", "value": "h", "primary": "true"},
        {"type": "work", "value": "w", "display": "w", "primary": "false"},
    ],
    "addresses": [{"type": "work", "country": "DE", "locality": "Berlin", "formatted": "Berlin, DE"}],
    ENTERPRISE_USER: {"department": "Engines"},
}


def _desired(**values: object) -> dict:
    return {parse(text): value for text, value in values.items()}


CASES = [
    ({"userName": "ada"}, (), [], "equal but for case: nothing (section 8.7.1)"),
    ({"active": True}, (), [], "equal but for the type: nothing (pitfall 3)"),
    ({"nickName": CLEARED, "displayName": CLEARED}, (), [], "nothing to clear (section 2.5)"),
    ({"password": "secret"}, (), [], "never returned, so never known to differ"),
    ({}, (), [], "nothing is managed: nothing changes (S9)"),
    ({"active": False}, (), [(REPLACE, "active", False)], "a JSON boolean"),
    ({"title": "Countess"}, (), [(REPLACE, "title", "Countess")], "another value"),
    ({"displayName": "Ada"}, (), [(ADD, "displayName", "Ada")], "a value where there was none"),
    ({"nickName": "Ada"}, (), [(ADD, "nickName", "Ada")], "an empty text is none"),
    ({"title": CLEARED}, (), [(REMOVE, "title", None)], "cleared by the manifest"),
    ({"title": ""}, (), [(REMOVE, "title", None)], "an empty value clears too"),
    ({}, ["title"], [(REMOVE, "title", None)], "cleared because it was applied before"),
    ({"title": "Analyst"}, ["title"], [], "what is desired is not cleared"),
    ({}, ["nickName", "profileUrl"], [], "applied before, but gone already"),
    (
        {"name.givenName": "Augusta", "name.familyName": "King"},
        (),
        [(REPLACE, "name.givenName", "Augusta"), (ADD, "name.familyName", "King")],
        "one operation for each attribute, with its full path (pitfall 29)",
    ),
    ({DEPARTMENT: "Looms"}, (), [(REPLACE, DEPARTMENT, "Looms")], "the extension's attribute by its full path"),
    (
        {f"{WS1B_USER}:domain": "d"},
        (),
        [(ADD, f"{WS1B_USER}:domain", "d")],
        "an extension that the resource does not have yet",
    ),
    (
        {'emails[type eq "work"].value': "x"},
        (),
        [(REPLACE, 'emails[type eq "work"].value', "x")],
        "an element that is there",
    ),
    (
        {'addresses[type eq "work"].region': "BE"},
        (),
        [(ADD, 'addresses[type eq "work"].region', "BE")],
        "a new part of an element that is there",
    ),
    (
        {'addresses[type eq "home"].country': "UK", 'addresses[type eq "home"].locality': "London"},
        (),
        [(ADD, "addresses", [{"type": "home", "country": "UK", "locality": "London"}])],
        "an element that is not there: one add with all its parts (7644 section 3.5.2.3, noTarget)",
    ),
    (
        {'phoneNumbers[type eq "work"].value': "1", "title": "T", 'phoneNumbers[type eq "home"].value': "2"},
        (),
        [
            (ADD, "phoneNumbers", [{"type": "work", "value": "1"}]),
            (REPLACE, "title", "T"),
            (ADD, "phoneNumbers", [{"type": "home", "value": "2"}]),
        ],
        "two new elements are two adds",
    ),
    (
        {'emails[type eq "work"].value': CLEARED},
        (),
        [(REMOVE, 'emails[type eq "work"]', None)],
        "what is left only describes a value: the element goes",
    ),
    (
        {'addresses[type eq "work"].country': CLEARED},
        ['addresses[type eq "work"].locality'],
        [
            (REMOVE, 'addresses[type eq "work"].country', None),
            (REMOVE, 'addresses[type eq "work"].locality', None),
        ],
        "somebody else's part keeps the element (S9)",
    ),
    (
        {'addresses[type eq "work"].country': CLEARED, 'addresses[type eq "work"].formatted': CLEARED},
        ['addresses[type eq "work"].locality'],
        [(REMOVE, 'addresses[type eq "work"]', None)],
        "every part is cleared: the element goes",
    ),
    (
        {'addresses[type eq "work"].country': "FR", 'addresses[type eq "work"].locality': CLEARED},
        (),
        [
            (REPLACE, 'addresses[type eq "work"].country', "FR"),
            (REMOVE, 'addresses[type eq "work"].locality', None),
        ],
        "one part set, one cleared",
    ),
    (
        {'emails[type eq "work"].value': CLEARED, 'emails[type eq "work"].display': "w"},
        (),
        [(REMOVE, 'emails[type eq "work"].value', None)],
        "another part of the element is wanted as it is",
    ),
    (
        {"emails": [{"type": "other", "value": "o"}]},
        (),
        [(REPLACE, "emails", [{"type": "other", "value": "o"}])],
        "the whole multi-valued attribute",
    ),
    ({"emails": [{"value": "W"}, {"value": "H"}]}, (), [], "the whole, equal but for order and what we do not name"),
    ({'emails[type eq "work"].value': "w"}, ["emails"], [], "the mapping moved to a part of what was applied"),
    ({"name": {"givenName": "Ada"}}, ["name.familyName"], [], "the mapping moved to the whole of what was applied"),
    (
        {'emails[type eq "work"]': {"value": "n", "primary": True}},
        (),
        [(REPLACE, 'emails[type eq "work"]', {"value": "n", "primary": True})],
        "a whole element",
    ),
]


@pytest.mark.parametrize(("desired", "clear", "expected", "reason"), CASES, ids=[reason for *_, reason in CASES])
def test_operations(desired: dict, clear: list, expected: list, reason: str) -> None:
    observed = copy.deepcopy(OBSERVED)
    found = changes(_desired(**desired), observed, clear=map(parse, clear))
    assert list(operations(found, observed)) == [PatchOperation(*each) for each in expected]
    assert observed == OBSERVED, "deciding changes nothing"


@pytest.mark.parametrize(("desired", "clear", "expected", "reason"), CASES, ids=[reason for *_, reason in CASES])
def test_put_leaves_no_change_behind(desired: dict, clear: list, expected: list, reason: str) -> None:
    observed = copy.deepcopy(OBSERVED)
    found = changes(_desired(**desired), observed, clear=map(parse, clear))
    body = apply_changes(observed, found)
    assert changes(_desired(**desired), body, clear=map(parse, clear)) == ()
    assert observed == OBSERVED, "the body is a document of its own"


def test_a_change_reports_old_and_new() -> None:
    found = changes(_desired(title="T", displayName="D", nickName=CLEARED), {"title": "t1", "nickName": "n"})
    assert found == (
        AttributeChange(parse("title"), "t1", "T"),
        AttributeChange(parse("displayName"), MISSING, "D"),
        AttributeChange(parse("nickName"), "n", CLEARED),
    )


def test_put_keeps_what_is_not_ours_and_drops_what_only_the_service_sets() -> None:
    body = apply_changes(OBSERVED, changes(_desired(title="T"), OBSERVED))
    assert body == {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "userName": "Ada",
        "active": True,
        "title": "T",
        "nickName": "",
        "name": {"givenName": "Ada", "formatted": "Ada L."},
        "emails": [
            {"type": "home", "value": "h", "primary": True},
            {"type": "work", "value": "w", "display": "w", "primary": False},
        ],
        "addresses": [{"type": "work", "country": "DE", "locality": "Berlin", "formatted": "Berlin, DE"}],
        ENTERPRISE_USER: {"department": "Engines"},
    }


def test_put_lists_the_extensions_in_use() -> None:
    desired = _desired(**{f"{WS1B_USER}:domain": "d", DEPARTMENT: CLEARED})
    body = apply_changes(OBSERVED, changes(desired, OBSERVED))
    assert body["schemas"] == [CORE_USER, WS1B_USER], "one came, the other lost its last attribute"
    assert body[WS1B_USER] == {"domain": "d"}
    assert ENTERPRISE_USER not in body


def test_an_element_that_went_meanwhile_is_not_cleared_again() -> None:
    found = changes(_desired(**{'emails[type eq "work"].value': CLEARED}), OBSERVED)
    assert operations(found, {"emails": []}) == ()
    assert apply_changes({"emails": []}, found) == {}
