"""What a former holder noted of the manifests with its Lease, and what it is worth."""

from __future__ import annotations

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.leases.lease import Lease, Seen, body_of, lease_of
from scim_operator.core.leases.versions import Handover, handover, note_of, versions_in
from scim_operator.kube.writer import merged

NOTE = "scimusers=12 scimgroups=7"
NOTED = {Kind.USER: 12, Kind.GROUP: 7}


def test_what_is_noted_is_read_again() -> None:
    assert note_of(NOTED) == NOTE
    assert versions_in(NOTE) == NOTED


@pytest.mark.parametrize(
    "note",
    [
        pytest.param("", id="nothing"),
        pytest.param("scimusers=12", id="of one kind only"),
        pytest.param("scimusers=12 scimgroups=", id="no version"),
        pytest.param("scimusers=12 scimgroups=-7", id="a negative one"),
        pytest.param("scimusers=12 scimgroups=seven", id="a word"),
        pytest.param("scimusers=12 scimgroups=\u0667", id="digits of others"),
        pytest.param(f"scimusers=12 scimgroups={'7' * 5000}", id="longer than any version"),
    ],
)
def test_a_note_that_does_not_say_it_is_none(note: str) -> None:
    assert versions_in(note) is None


def test_a_lease_that_is_held_has_no_note() -> None:
    released = merged({}, body_of(Lease(versions=NOTE)))
    assert lease_of(released).versions == NOTE
    assert lease_of(merged(released, body_of(Lease("two")))).versions == ""


FORMER = [
    pytest.param(None, False, Handover(first=True), id="a new config"),
    pytest.param(None, True, Handover(moved=True), id="someone deleted it"),
    pytest.param(Seen(Lease(versions=NOTE), 0.0, moved=True), True, Handover(True, NOTED), id="released"),
    pytest.param(Seen(Lease(versions=NOTE), 0.0), True, Handover(False, NOTED), id="before we came"),
    pytest.param(Seen(Lease(), 0.0, moved=True), True, Handover(moved=True), id="released without a note"),
    pytest.param(
        Seen(Lease(unanswered=True, versions=NOTE), 0.0, moved=True), True, Handover(moved=True), id="unanswered"
    ),
    pytest.param(Seen(Lease("one", versions=NOTE), 0.0, moved=True), True, Handover(moved=True), id="it died"),
]


@pytest.mark.parametrize(("known", "worked", "expected"), FORMER)
def test_what_a_former_holder_leaves(known: Seen | None, worked: bool, expected: Handover) -> None:
    assert handover(known, worked=worked) == expected
