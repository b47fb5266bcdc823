"""Mistakes in files, without a cluster: none counts as a deletion, none keeps another's access, and each is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.mistakes import (
    IDP,
    MISTAKES,
    PEOPLE,
    active,
    applied,
    begin,
    misspell,
    path,
    rewrite,
    together,
    torn,
    torn_in_company,
    twice,
)
from tests.support.present import present

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.desk import Desk


@pytest.mark.parametrize("identity", [{}, IDP], ids=["our mark", "the identity provider's externalId"])
@pytest.mark.parametrize("mistake", MISTAKES, ids=[each.__name__ for each in MISTAKES])
async def test_no_mistake_counts_as_a_deletion(
    at: Desk, mistake: Callable[[Desk], None], identity: dict[str, Any]
) -> None:
    """And whoever leaves in the same change leaves."""
    previous = await begin(at, **identity)
    mistake(at)
    at.remove("ScimUser", "cyd")
    at.user("ada", title="Countess") if mistake is not torn_in_company else None
    printed = await applied(at, "--previous", previous)
    assert active(at) == {"ada", "bob"}
    assert at.members("ops") == {"ada", "bob"}
    assert "scimuser/bob" in printed
    assert present(at.simulator.user("ada@corp.example")).get("title") == (
        None if mistake is torn_in_company else "Countess"
    )
    assert (await at.run("validate")).exit_code == 1


UNREADABLE = {"text": b"a: [", "bytes": b"\xff", "shows nothing": b"spec: {title: x}\n"}


@pytest.mark.parametrize("what", UNREADABLE)
async def test_what_may_be_anyone_holds_deletions_and_nothing_else(at: Desk, what: str) -> None:
    previous = await begin(at)
    (at.folder / "new.yaml").write_bytes(UNREADABLE[what])
    at.remove("ScimUser", "cyd")
    at.user("ada", title="Countess")
    at.user("bob", active=False)
    at.user("dan")
    printed = await applied(at, "--previous", previous)
    assert active(at) == {"ada", "cyd", "dan"}
    assert present(at.simulator.user("ada@corp.example"))["title"] == "Countess"
    assert "scimuser/cyd" in printed
    assert "new.yaml" in printed


async def test_a_valid_rename_of_a_manifest_is_held_by_nothing(at: Desk) -> None:
    previous = await begin(at)
    (at.folder / "new.yaml").write_bytes(UNREADABLE["text"])
    rewrite(at, lambda b: b["metadata"].update(name="robert"))
    at.group("ops", "ada", "robert", "cyd")
    printed = await applied(at, "--previous", previous)
    assert active(at) == set(PEOPLE)
    assert at.members("ops") == set(PEOPLE)
    assert "scimuser/bob" not in printed


async def test_what_was_wrong_before_holds_nothing(at: Desk) -> None:
    (at.folder / "new.yaml").write_bytes(UNREADABLE["text"])
    at.configure(users={"adoption": "IfUnowned"})
    for name in PEOPLE:
        at.user(name)
    await applied(at)
    previous = str(at.snapshot())
    at.remove("ScimUser", "cyd")
    await applied(at, "--previous", previous)
    assert active(at) == {"ada", "bob"}


@pytest.mark.parametrize("how", ["emptied", "linked"])
async def test_what_has_lost_its_content_is_no_deletion(at: Desk, how: str) -> None:
    at.configure(users={"adoption": "IfUnowned"})
    at.user("ada")
    at.user("bob")
    (at.folder / "sub").mkdir()
    path(at, "bob").rename(at.folder / "sub" / "bob.yaml")
    await at.applied()
    previous = str(at.snapshot())
    if how == "emptied":
        (at.folder / "sub" / "bob.yaml").write_text("\n")
    else:
        (at.folder / "sub").rename(at.folder.parent / "elsewhere")
        (at.folder / "sub").symlink_to(at.folder.parent / "elsewhere")
    printed = await applied(at, "--previous", previous)
    assert active(at) == {"ada", "bob"}
    assert "scimuser/bob" in printed


def ended(found: dict[str, Any]) -> None:
    misspell(found)
    found["spec"]["active"] = False


ENDED: dict[str, Callable[[Desk], None]] = {
    "in place": lambda at: rewrite(at, ended),
    "renamed": lambda at: rewrite(at, lambda b: (ended(b), b["spec"].update(userName="robert@corp.example"))),
    "another name of the manifest": lambda at: rewrite(at, lambda b: (ended(b), b["metadata"].update(name="robert"))),
    "kind": lambda at: rewrite(at, lambda b: (b["spec"].update(active=False), b.update(kind="ScimUsr"))),
    "a text": lambda at: rewrite(at, lambda b: b["spec"].update(active="False")),
    "a date": lambda at: rewrite(at, lambda b: (misspell(b), b["spec"].update(notAfter="2020-01-01T00:00:00Z"))),
    "torn": lambda at: (rewrite(at, lambda b: b["spec"].update(active=False)), torn(at))[0],
    "twice": lambda at: (rewrite(at, lambda b: b["spec"].update(active=False)), twice(at))[0],
}


@pytest.mark.parametrize("identity", [{}, IDP], ids=["our mark", "the identity provider's externalId"])
@pytest.mark.parametrize("how", ENDED)
async def test_what_still_shows_the_end_of_access_ends_it(at: Desk, how: str, identity: dict[str, Any]) -> None:
    previous = await begin(at, **identity)
    ENDED[how](at)
    await applied(at, "--previous", previous)
    assert active(at) == {"ada", "cyd"}


@pytest.mark.parametrize("identity", [{}, IDP], ids=["our mark", "the identity provider's externalId"])
@pytest.mark.parametrize("how", ["in place", "torn"])
async def test_it_is_ended_without_an_earlier_revision_too(at: Desk, how: str, identity: dict[str, Any]) -> None:
    await begin(at, **identity)
    ENDED[how](at)
    await applied(at)
    assert active(at) == {"ada", "cyd"}


@pytest.mark.parametrize("adoption", ["Approve", "Never"])
async def test_it_is_ended_as_adoption_allows(at: Desk, adoption: str) -> None:
    await begin(at, **IDP)
    at.configure(users={"adoption": adoption})
    ENDED["in place"](at)
    printed = await applied(at)
    assert "bob" in active(at)
    assert "scimuser/bob" in printed


async def test_a_contradiction_ends_nothing(at: Desk) -> None:
    previous = await begin(at)
    twice(at)
    at.user("bob", active=False)
    assert "scimuser/bob" in await applied(at, "--previous", previous)
    assert active(at) == set(PEOPLE)


async def test_whom_a_valid_manifest_claims_is_not_ended_by_a_broken_one(at: Desk) -> None:
    await begin(at, **IDP)
    at.user("robert", **IDP, userName="bob@corp.example")
    ENDED["in place"](at)
    at.group("ops", "ada", "robert", "cyd")
    await applied(at)
    assert active(at) == set(PEOPLE)


async def test_the_other_documents_of_a_file_go_on(at: Desk) -> None:
    """Deletions from the same file are held, since any of them may be what cannot be read."""
    at.configure(users={"adoption": "IfUnowned"})
    together(at, "ada", "bob", "cyd", "dan")
    at.user("eve")
    await at.applied()
    previous = str(at.snapshot())
    together(at, "ada", "bob", "cyd", torn="bob", title="Analyst")
    at.remove("ScimUser", "eve")
    printed = await applied(at, "--previous", previous)
    assert active(at) == {"ada", "bob", "cyd", "dan"}
    titles = {name: present(at.simulator.user(f"{name}@corp.example")).get("title") for name in PEOPLE}
    assert titles == {"ada": "Analyst", "bob": None, "cyd": "Analyst"}
    assert "scimuser/dan" in printed


async def test_a_joiner_with_errors_keeps_no_leaver_of_the_same_file(at: Desk) -> None:
    together(at, "ada", "bob", "cyd")
    await at.applied()
    previous = str(at.snapshot())
    together(at, "ada", "cyd")
    text = (at.folder / "people.yaml").read_text()
    at.user("zoe", active="maybe")
    (at.folder / "people.yaml").write_text(f"{text}---\n{path(at, 'zoe').read_text()}")
    path(at, "zoe").unlink()
    printed = await applied(at, "--previous", previous)
    assert active(at) == {"ada", "cyd"}
    assert "scimuser/zoe" in printed


async def test_a_file_that_is_deleted_is_a_deletion(at: Desk) -> None:
    together(at, "ada", "bob")
    at.user("cyd")
    await at.applied()
    previous = str(at.snapshot())
    (at.folder / "people.yaml").unlink()
    at.user("cyd", active="maybe")
    await applied(at, "--previous", previous)
    assert active(at) == {"cyd"}


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
async def test_every_form_of_the_plan_names_every_error(at: Desk, form: str) -> None:
    at.user("ada")
    at.user("bob", active="maybe")
    (at.folder / "new.yaml").write_text("a: [")
    (at.folder / "odd.yaml").write_text("a: 1\n")
    result = await at.run("plan", "-o", form)
    assert result.exit_code == 1
    for each in ("spec.active", "new.yaml", "odd.yaml", "ada@corp.example"):
        assert each in result.stdout
