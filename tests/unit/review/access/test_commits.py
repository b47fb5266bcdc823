"""Who brought a change, who approved it, and in which request, as commits of GitHub, GitLab and others say it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scim_operator.review.access.commits import Approval, Commit, Person, origin_of, person_of, request_of

ADA, GRACE = Person("Ada Lovelace", "ada@corp.example"), Person("Grace Hopper", "grace@corp.example")


def commit(message: str, author: Person = ADA, parents: int = 1) -> Commit:
    return Commit("a" * 40, ("b" * 40,) * parents, author, datetime(2026, 1, 5, tzinfo=UTC), message)


@pytest.mark.parametrize(
    ("message", "request_"),
    [
        ("Merge pull request #12 from corp/request\n\nAda may pay", "#12"),
        ("Ada may pay (#13)", "#13"),
        ("Merge branch 'request' into 'main'\n\nAda may pay\n\nSee merge request corp/access!34", "corp/access!34"),
        ("Merge branch 'x'\n\nSee merge request a/b/c!1\nApproved-by: Grace <g@x>", "a/b/c!1"),
        ("Merged in request (pull request #5)\n\nAda may pay", "#5"),
        ("Ada may pay, as #14 says", ""),
        ("", ""),
    ],
)
def test_the_request(message: str, request_: str) -> None:
    assert request_of(message) == request_


def test_trailers_stand_in_the_last_paragraph_alone() -> None:
    message = "Ada may pay\n\nReviewed-by: Eve <eve@corp.example>\nsaid so.\n\nSigned-off-by: Ada <ada@corp.example>\n"
    assert origin_of(commit(message)).approvals == ()
    grace = "Grace Hopper <grace@corp.example>"
    message = f"Ada may pay\r\n\r\napproved-by: {grace}\r\nReviewed-By: {grace}\r\n"
    assert origin_of(commit(message)).approvals == (Approval(GRACE, "Approved-by"), Approval(GRACE, "Reviewed-by"))
    assert origin_of(commit("Reviewed-by: Grace Hopper <grace@corp.example>")).approvals == ()


def test_who_merges_approves_what_others_wrote() -> None:
    merge = commit("Merge pull request #12 from corp/request", GRACE, parents=2)
    inner = [commit("Merge branch 'main'", GRACE, parents=2), commit("One\n\nAcked-by: Eve <e@x>"), commit("Two")]
    found = origin_of(merge, inner)
    assert found.authors == (ADA,)
    assert found.approvals == (Approval(Person("Eve", "e@x"), "Acked-by"), Approval(GRACE, "merge"))
    assert found.request == "#12"


def test_who_merges_the_own_change_is_named_as_the_author() -> None:
    found = origin_of(commit("Merge pull request #12 from corp/request", ADA, parents=2), [commit("One")])
    assert found.approvals == (Approval(ADA, "merge", own=True),)
    assert origin_of(commit("One\n\nReviewed-by: ADA <Ada@corp.example>")).approvals[0].own


def test_a_merge_of_which_nothing_is_known_is_its_author_s_and_no_approval() -> None:
    found = origin_of(commit("Merge pull request #12 from corp/request", GRACE, parents=2))
    assert (found.authors, found.approvals) == ((GRACE,), ())


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Ada Lovelace <ada@corp.example>", ADA),
        ("<ada@corp.example>", Person("ada@corp.example", "ada@corp.example")),
        ("Ada Lovelace", Person("Ada Lovelace")),
        ("@ada", Person("@ada")),
    ],
)
def test_a_person(text: str, person: Person) -> None:
    assert person_of(text) == person
