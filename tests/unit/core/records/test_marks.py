"""Marks: what a manifest's own mark is, what another's looks like in any spelling, and whom a resource's mark names."""

from __future__ import annotations

import pytest

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.marks import Mark, feigned, is_foreign, mark_of, read_mark

ADA = ObjectKey(Kind.USER, "identity", "ada")


def test_the_mark_has_the_owner_before_it_where_there_is_one() -> None:
    assert mark_of("", ADA) == "identity/ada"
    assert mark_of("team-a", ADA) == "team-a/identity/ada"


@pytest.mark.parametrize(
    ("external_id", "mark"),
    [
        ("identity/ada", Mark("", "identity", "ada")),
        ("team-a/identity/ada.lovelace", Mark("team-a", "identity", "ada.lovelace")),
        ("Identity/ada", None),
        ("identity/ada/", None),
        ("a/b/c/d", None),
        ("5b7e4a1c-0e0d-4d33-9a5f-2c53e5e5a001", None),
        ("https://idp.example/ada", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_a_mark_is_read_in_its_exact_form_alone(external_id: object, mark: Mark | None) -> None:
    assert read_mark(external_id) == mark


@pytest.mark.parametrize(
    "external_id",
    [
        "identity/victim",
        "other/ada",
        "team-b/identity/ada",
        "IDENTITY/Victim",
        " identity/victim ",
        "identity/victim\n",
        "identity\u200b/victim",
        "identity/vic\u00adtim",
        "\ufeffidentity/victim",
        "identity\u2215victim",
        "identity\uff0fvictim",
        "identity\u2044victim",
        "identity\u29f8victim",
        "\uff49\uff44\uff45ntity/victim",
        "identity%2Fvictim",
        "identity%2fvictim",
        "identity%252Fvictim",
        "%69dentity/victim",
        "identity%E2%88%95victim",
        "identity /victim",
        "identity/vi\u0301ctim",
        "Identity/Ada",
        " identity/ada",
        "identity%2Fada",
    ],
)
def test_another_mark_is_recognised_in_any_spelling(external_id: str) -> None:
    assert feigned(external_id, "", ADA)
    assert feigned(external_id, "team-a", ADA)


@pytest.mark.parametrize(
    "external_id",
    [
        "identity/ada",
        None,
        "",
        "5b7e4a1c-0e0d-4d33-9a5f-2c53e5e5a001",
        "auth0|5f7c8ec7c33c6c004bbafe82",
        "CORP\\ada",
        "ada@corp.example",
        "https://idp.example/users/ada",
        "/ada",
        "a/b/c/d",
        "100%",
        "cn=ada,ou=people/x,dc=corp",
    ],
)
def test_its_own_mark_and_what_is_none_are_taken(external_id: str | None) -> None:
    assert not feigned(external_id, "", ADA)


def test_with_an_owner_both_of_its_own_marks_are_taken() -> None:
    assert not feigned("team-a/identity/ada", "team-a", ADA)
    assert not feigned("identity/ada", "team-a", ADA), "the mark from before the config had an owner"
    assert feigned("team-a/identity/ada", "", ADA)


@pytest.mark.parametrize(
    ("external_id", "owner", "foreign"),
    [
        ("identity/eve", "", False),
        ("other/ada", "", True),
        ("team-b/identity/ada", "", True),
        ("identity/ada", "team-a", False),
        ("other/ada", "team-a", True),
        ("team-b/identity/ada", "team-a", True),
        ("team-a/other/ada", "team-a", False),
        ("5b7e4a1c-0e0d-4d33-9a5f-2c53e5e5a001", "team-a", False),
        (None, "team-a", False),
    ],
)
def test_a_mark_of_another_owner_or_namespace_is_foreign(external_id: object, owner: str, foreign: bool) -> None:
    assert is_foreign(external_id, owner, "identity") is foreign


def test_bytes_that_are_no_text_are_left_out_as_a_service_would() -> None:
    assert feigned("identity%ff/eve", "", ADA)
    assert not feigned("identity%ff", "", ADA)
