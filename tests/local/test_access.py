"""`access`: who has access by the manifests in Git, by which way, since when, and by whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from tests.support.ledger import BEGIN, DAY, Ledger, asked, config, group, refused, row, since, user


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "repository")


def test_each_way_is_named_and_has_its_own_since(ledger: Ledger) -> None:
    ledger.write("people.yaml", user("ada"), user("bob"), user("cyd", title="Analyst"))
    ledger.write("pay.yaml", group("pay", "ada", "@ops"))
    first = ledger.commit("Ada")
    ledger.write("ops.yaml", group("ops", "bob"))
    second = ledger.commit("Bob by way of operations")
    chosen = {"userSelector": {"matchLabels": {"team": "pay"}}}
    ledger.write("pay.yaml", group("pay", "ada", "@ops", chosen, {"expression": 'user.title == "Analyst"'}))
    third = ledger.commit("Whoever is chosen")
    ledger.write("people.yaml", user("ada", {"team": "pay"}), user("bob"), user("cyd", title="Analyst"))
    fourth = ledger.commit("Ada has the label too")
    found = asked(ledger, "--group", "pay")
    ways = {
        name: [
            (each["by"], each["groups"], each["detail"], each["since"]["commit"]["id"])
            for each in row(found, name)["paths"]
        ]
        for name in ("ada", "bob", "cyd")
    }
    assert ways == {
        "ada": [("userRef", ["pay"], "", first), ("userSelector", ["pay"], "team=pay", fourth)],
        "bob": [("userRef", ["pay", "ops"], "", second)],
        "cyd": [("expression", ["pay"], 'user.title == "Analyst"', third)],
    }
    assert row(found, "ada")["since"]["commit"]["id"] == first


def test_one_user_with_all_groups_and_the_account(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), group("pay", "ada"), group("ops", "@pay"), group("dev"))
    ledger.commit()
    for name in ("ada", "ada@corp.example", "ADA@corp.example"):
        found = asked(ledger, "--user", name)
        assert [each["group"] and each["group"]["name"] for each in found["access"]] == [None, "ops", "pay"]


def test_everyone_with_those_who_are_in_no_group(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), user("bob"), group("pay", "ada"))
    ledger.commit()
    found = asked(ledger, "--all")
    assert [(each["group"] and each["group"]["name"], each["user"]["name"]) for each in found["access"]] == [
        ("pay", "ada"),
        (None, "bob"),
    ]


# No access because


ANALYSTS = {"title": "Analysts", "clauses": [{"attribute": "title", "operator": "EQUALS", "value": "Analyst"}]}


@pytest.mark.parametrize(
    ("spec", "state", "reason"),
    [
        pytest.param({"active": False}, "NoAccess", "Inactive", id="inactive"),
        pytest.param({"notAfter": "2026-01-04T00:00:00Z"}, "NoAccess", "NoLonger", id="left"),
        pytest.param({"notBefore": "2999-01-01T00:00:00Z"}, "NoAccess", "NotYet", id="still to join"),
        pytest.param({"title": "Engineer"}, "NoAccess", "FilteredOut", id="out of scope"),
        pytest.param({"suspend": True}, "Unknown", "Suspended", id="suspended"),
        pytest.param(None, "NoAccess", "NoManifest", id="no manifest"),
    ],
)
def test_whoever_is_named_and_has_no_access_is_shown_with_the_reason(
    ledger: Ledger, spec: dict[str, Any] | None, state: str, reason: str
) -> None:
    people = [] if spec is None else [user("ada", **{"title": "Analyst", **spec})]
    ledger.write("a.yaml", user("bob", title="Analyst"), *people, group("pay", "ada", "bob"))
    ledger.write("config.yaml", config(users={"filters": [ANALYSTS]}))
    ledger.commit()
    found = asked(ledger, "--group", "pay")
    assert (row(found, "ada")["state"], row(found, "ada")["reason"]) == (state, reason)
    assert row(found, "ada")["message"]
    assert row(found, "bob")["state"] == "Access"


def test_a_membership_whose_dates_are_over_is_shown_as_such(ledger: Ledger) -> None:
    over = {"userRef": {"name": "ada"}, "notAfter": "2026-01-01T00:00:00Z"}
    ledger.write("a.yaml", user("ada"), group("pay", over))
    ledger.commit()
    assert row(asked(ledger, "--group", "pay"), "ada")["reason"] == "MembershipDates"


def test_the_members_of_a_group_that_is_out_of_scope_have_no_access_to_it(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), group("pay", "ada"), config(groups={"enabled": False}))
    ledger.commit()
    assert row(asked(ledger, "--group", "pay"), "ada")["reason"] == "GroupSwitchedOff"


def test_an_expression_that_fails_leaves_it_unknown(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada", title="x"), group("pay", "ada", {"expression": "int(user.title) > 3"}))
    ledger.commit()
    found = row(asked(ledger, "--group", "pay"), "ada")
    assert (found["state"], found["reason"]) == ("Unknown", "ExpressionFails")


def test_a_group_of_which_nothing_was_ever_read_is_told(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), group("pay", "ada", {"expression": "user.title >"}))
    ledger.commit()
    for words in (["--group", "pay"], ["--all"]):
        assert "Who is in these groups is not known, for they cannot be read: pay." in asked(ledger, *words)["notes"]


# Since


def test_renaming_moving_and_reformatting_begin_nothing_new(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), group("pay", "ada", "bob"), user("bob"))
    first = ledger.commit("All")
    (ledger.folder / "a.yaml").rename(ledger.folder / "b.yaml")
    ledger.commit("Rename")
    ledger.write("people/b.yaml", user("bob"))
    ledger.write("b.yaml", user("ada"), group("pay", "ada", "bob"))
    ledger.commit("Move")
    (ledger.folder / "b.yaml").write_text("# people\n" + (ledger.folder / "b.yaml").read_text().replace("  ", "    "))
    ledger.commit("Format")
    ledger.write("b.yaml", user("ada", title="Analyst"), group("pay", "ada", "bob"))
    ledger.commit("Another title")
    assert (since(ledger, "ada"), since(ledger, "bob")) == (first, first)


def test_leaving_and_coming_back_does(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), group("pay", "ada"))
    first = ledger.commit("In")
    ledger.write("a.yaml", user("ada"), group("pay"))
    out = ledger.commit("Out")
    ledger.write("a.yaml", user("ada"), group("pay", "ada"))
    back = ledger.commit("Back")
    assert since(ledger, "ada") == back
    assert since(ledger, "ada", "--as-of", first) == first
    assert asked(ledger, "--group", "pay", "--as-of", out)["access"] == []


def test_being_inactive_for_a_while_interrupts_it(ledger: Ledger) -> None:
    for spec in ({}, {"active": False}, {}):
        ledger.write("a.yaml", user("ada", **spec), group("pay", "ada"))
        last = ledger.commit()
    assert since(ledger, "ada") == last


def test_a_date_that_came_between_two_commits_interrupts_it_too(ledger: Ledger) -> None:
    for end in ("2026-01-05T20:00:00Z", "2999-01-01T00:00:00Z"):
        ledger.write("a.yaml", user("ada", notAfter=end), group("pay", "ada"))
        last = ledger.commit()
    assert since(ledger, "ada") == last


def test_access_that_a_date_begins_is_of_the_commit_that_set_it(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada", notBefore="2026-01-06T20:00:00Z"), group("pay", "ada"))
    first = ledger.commit("Joins on the 6th")
    ledger.write("b.yaml", user("bob"))
    ledger.commit("Bob")
    found = row(asked(ledger, "--group", "pay"), "ada")["since"]
    assert (found["date"], found["byDateInManifest"], found["commit"]["id"]) == ("2026-01-06T20:00:00Z", True, first)


def test_coming_into_scope_begins_it(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada", title="Engineer"), group("pay", "ada"))
    ledger.write("config.yaml", config(users={"filters": [ANALYSTS]}))
    ledger.commit("Analysts alone")
    ledger.write("config.yaml", config())
    second = ledger.commit("Everyone")
    assert since(ledger, "ada") == second


def test_commits_outside_the_directory_and_of_a_branch_do_not_count(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), group("pay"))
    ledger.commit("People")
    ledger.git("switch", "-qc", "request")
    ledger.write("a.yaml", user("ada"), group("pay", "ada"))
    inner = ledger.commit("Ada may pay", "Ada Lovelace")
    ledger.git("switch", "-q", "main")
    (ledger.place / "README").write_text("x")
    ledger.commit("Outside")
    merge = ledger.merge("request", "Merge pull request #12 from corp/request\n\nAda may pay")
    found = asked(ledger, "--group", "pay")
    brought = row(found, "ada")["since"]
    assert brought["commit"]["id"] == merge != inner
    assert brought["by"] == [{"name": "Ada Lovelace", "email": "ada@corp.example"}]
    assert brought["request"] == "#12"
    grace = {"name": "Grace Hopper", "email": "grace@corp.example", "how": "merge", "isAuthor": False}
    assert brought["approvedBy"] == [grace]
    assert found["history"]["commits"] == 2


# As of


def test_as_of_a_day_is_the_state_at_its_end(ledger: Ledger) -> None:
    for members in ((), ("ada",), ("ada", "bob")):
        ledger.write("a.yaml", user("ada"), user("bob"), group("pay", *members))
        ledger.commit()

    def who(*words: str) -> list[str]:
        return [each["user"]["name"] for each in asked(ledger, "--group", "pay", *words)["access"]]

    assert who("--as-of", "2026-01-05") == []
    assert who("--as-of", "2026-01-06") == ["ada"]
    assert who("--as-of", "2026-01-06+10:00") == ["ada"]  # 08:00Z is 18:00 there
    assert who("--as-of", "2026-01-06+20:00") == []  # 08:00Z is 04:00 of the day after
    assert who("--as-of", "2026-01-06T07:59:59Z") == []
    assert who("--as-of", "2026-01-06T08:00:00Z") == ["ada"]
    assert who("--as-of", "HEAD~1") == ["ada"]
    assert who() == ["ada", "bob"]


def test_as_of_goes_by_when_it_was_committed_and_not_written(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), group("pay"))
    ledger.commit()
    ledger.write("a.yaml", user("ada"), group("pay", "ada"))
    ledger.commit("Old work", GIT_AUTHOR_DATE=f"{BEGIN - 99 * DAY} +0000")
    assert asked(ledger, "--group", "pay", "--as-of", "2026-01-05")["access"] == []


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        pytest.param("2999-01-01", "is still to come", id="the future"),
        pytest.param("2020-01-01", "there was no commit yet: the history begins at", id="before the first commit"),
        pytest.param("2026-02-30", "is no date of the calendar", id="no date"),
        pytest.param("9999-12-31", "", id="the last date of all"),
        pytest.param("no-such-branch", "Git cannot read the revision no-such-branch", id="no revision"),
        pytest.param("--output=x", "is not a revision", id="an option of Git"),
        pytest.param("HEAD:access/a.yaml", "Git cannot read", id="a file"),
        pytest.param("\x1b[2J", "is not a revision", id="a terminal escape"),
    ],
)
def test_a_moment_that_there_is_not_is_a_sentence(ledger: Ledger, as_of: str, said: str) -> None:
    ledger.write("a.yaml", user("ada"), group("pay", "ada"))
    ledger.commit()
    stderr = refused(ledger.access("--all", "--as-of", as_of))
    assert said in stderr
    assert "\x1b" not in stderr
    assert not (ledger.place / "x").exists()


def test_the_text(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ledger.place)
    ledger.write("people.yaml", user("ada"), user("bob", {"team": "payments"}), user("cyd", active=False))
    ledger.write(
        "groups.yaml",
        group("payments", "ada", "@oncall"),
        group("oncall", {"userSelector": {"matchLabels": {"team": "payments"}}}, "cyd"),
    )
    ledger.commit("Payments and who is on call\n\nReviewed-by: Grace Hopper <grace@corp.example>", "Ada Lovelace")
    words = ["access", "access", "--group", "payments", "--as-of", "2026-01-31"]
    text = CliRunner().invoke(main, words).stdout
    commit = ledger.git("rev-parse", "--short=12", "HEAD")
    assert text.replace(commit, "0123456789ab") == (Path(__file__).parents[1] / "data/access/payments.txt").read_text()
    assert max(map(len, text.splitlines())) <= 80
