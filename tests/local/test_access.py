"""`access`: who has access by the manifests in Git, by which way, since when, by whom, and what is not known of it."""

from __future__ import annotations

import csv
import io
import shutil
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from tests.support.ledger import BEGIN, DAY, Ledger, config, group, user

if TYPE_CHECKING:
    from click.testing import Result


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "repository")


def day(number: int) -> str:
    """The instant of the commit of that number, the first is 0."""
    return datetime.fromtimestamp(BEGIN + number * DAY, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def asked(ledger: Ledger, *words: str) -> dict[str, Any]:
    result = ledger.access(*words, "-o", "json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = orjson.loads(result.stdout)
    return found


def row(found: dict[str, Any], name: str, team: str = "") -> dict[str, Any]:
    rows = [each for each in found["access"] if each["user"]["name"] == name]
    rows = [each for each in rows if not team or (each["group"] and each["group"]["name"] == team)]
    assert len(rows) == 1, found
    return rows[0]  # type: ignore[no-any-return]


def since(ledger: Ledger, name: str, *words: str, team: str = "pay") -> str | None:
    found = row(asked(ledger, "--group", team, *words), name)
    return found["since"] and found["since"]["commit"]["id"]  # type: ignore[no-any-return]


def refused(result: Result) -> str:
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    return result.stderr


# Ways


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


# What cannot be read


def test_what_cannot_be_read_is_told_and_since_says_so(ledger: Ledger) -> None:
    ledger.write("a.yaml", group("pay", "ada", "bob"), user("bob"))
    ledger.write("b.yaml", user("ada"))
    first = ledger.commit("All")
    whole = (ledger.folder / "b.yaml").read_text()
    (ledger.folder / "b.yaml").write_text(whole.replace("userName", "userNme"))
    broken = ledger.commit("Misspelt")
    found = asked(ledger, "--group", "pay")
    assert (row(found, "ada")["state"], row(found, "ada")["reason"]) == ("Unknown", "InvalidSpec")
    assert row(found, "bob")["since"]["commit"]["id"] == first
    assert [each["file"] for each in found["notRead"]] == ["b.yaml"] * len(found["notRead"]) != []
    (ledger.folder / "b.yaml").write_text(whole)
    fixed = ledger.commit("Right again")
    brought = row(asked(ledger, "--group", "pay"), "ada")["since"]
    assert brought["commit"]["id"] == first
    [gap] = brought["notKnown"]
    assert (gap["from"]["id"], gap["until"]["id"]) == (broken, fixed)
    assert {each["file"] for each in gap["notRead"]} == {"b.yaml"}
    assert row(asked(ledger, "--group", "pay"), "bob")["since"]["notKnown"] == []


def test_yaml_that_is_torn_hides_those_who_stood_in_the_file(ledger: Ledger) -> None:
    ledger.write("a.yaml", group("pay", "ada"), user("bob"))
    ledger.write("b.yaml", user("ada"))
    first = ledger.commit("All")
    whole = (ledger.folder / "b.yaml").read_text()
    (ledger.folder / "b.yaml").write_text("spec: {\n")
    torn = ledger.commit("Torn")
    assert row(asked(ledger, "--group", "pay"), "ada")["state"] == "Unknown"
    (ledger.folder / "b.yaml").write_text(whole)
    ledger.commit("Right again")
    brought = row(asked(ledger, "--group", "pay"), "ada")["since"]
    assert (brought["commit"]["id"], brought["notKnown"][0]["from"]["id"]) == (first, torn)


def test_a_group_that_cannot_be_read_keeps_its_members_in_doubt(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), user("bob"))
    ledger.write("pay.yaml", group("pay", "ada"))
    first = ledger.commit("All")
    ledger.write("pay.yaml", group("pay", "ada", displayNme="x"))
    broken = ledger.commit("Misspelt")
    assert row(asked(ledger, "--group", "pay"), "ada")["state"] == "Unknown"
    ledger.write("pay.yaml", group("pay", "ada", "bob"))
    fixed = ledger.commit("Right again")
    found = asked(ledger, "--group", "pay")
    assert row(found, "ada")["since"]["commit"]["id"] == first
    assert row(found, "ada")["since"]["notKnown"][0]["from"]["id"] == broken
    # Bob may have come with the commit that cannot be read, or with the one after it.
    assert row(found, "bob")["since"]["commit"]["id"] == fixed
    assert row(found, "bob")["since"]["notKnown"][0]["from"]["id"] == broken


def test_who_is_taken_out_of_a_group_is_out_whatever_cannot_be_read_of_the_user(ledger: Ledger) -> None:
    ledger.write("ada.yaml", user("ada"))
    ledger.write("pay.yaml", group("pay", "ada"))
    ledger.commit("All")
    ledger.write("ada.yaml", user("ada", titel="x"))
    ledger.commit("Misspelt")
    ledger.write("pay.yaml", group("pay"))
    ledger.commit("Out")
    assert asked(ledger, "--group", "pay")["access"] == []


def test_who_may_be_selected_by_labels_that_cannot_be_read_is_not_known(ledger: Ledger) -> None:
    ledger.write("ada.yaml", user("ada", {"team": "pay"}))
    ledger.write("pay.yaml", group("pay", {"userSelector": {"matchLabels": {"team": "pay"}}}))
    ledger.commit("All")
    ledger.write("ada.yaml", user("ada", {"team": "pay"}, titel="x"))
    ledger.commit("Misspelt")
    assert row(asked(ledger, "--group", "pay"), "ada")["state"] == "Unknown"


def test_one_who_stands_twice_is_not_known(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), group("pay", "ada"))
    ledger.write("b.yaml", user("ada", active=False))
    ledger.commit()
    found = asked(ledger, "--group", "pay")
    assert row(found, "ada")["state"] == "Unknown"
    assert any("stands in two places" in each["message"] for each in found["notRead"])


def test_a_shallow_clone_says_at_least_since(ledger: Ledger, tmp_path: Path) -> None:
    ledger.write("a.yaml", user("ada"), group("pay", "ada"))
    ledger.commit("Ada")
    ledger.write("a.yaml", user("ada"), user("bob"), group("pay", "ada"))
    ledger.commit("Bob")
    ledger.write("a.yaml", user("ada"), user("bob"), group("pay", "ada", "bob"))
    last = ledger.commit("Bob may pay")
    ledger.git("clone", "-q", "--depth=2", f"file://{ledger.place}", str(tmp_path / "shallow"))
    words = ["access", str(tmp_path / "shallow/access"), "--group", "pay"]
    found = orjson.loads(CliRunner().invoke(main, [*words, "-o", "json"]).stdout)
    assert (row(found, "ada")["since"]["atLeast"], row(found, "bob")["since"]["atLeast"]) == (True, False)
    assert row(found, "bob")["since"]["commit"]["id"] == last
    assert "This clone is shallow" in found["notes"][0]
    assert "at least since" in CliRunner().invoke(main, words).stdout


def test_what_is_not_committed_is_told_and_not_counted(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), user("bob"), group("pay", "ada"))
    ledger.commit()
    ledger.write("a.yaml", user("ada"), user("bob"), group("pay", "ada", "bob"))
    ledger.write("new.yaml", user("cyd"))
    found = asked(ledger, "--group", "pay")
    assert [each["user"]["name"] for each in found["access"]] == ["ada"]
    assert any("Not committed" in note and "a.yaml, new.yaml" in note for note in found["notes"])
    assert not any("Not committed" in note for note in asked(ledger, "--group", "pay", "--as-of", "HEAD")["notes"])


def test_line_ends_of_windows_are_no_change(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), group("pay", "ada"))
    ledger.commit()
    file = ledger.folder / "a.yaml"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert not any("Not committed" in note for note in asked(ledger, "--all")["notes"])


# Without a history


def test_a_directory_in_no_repository_works_without_since(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), group("pay", "ada"))
    shutil.rmtree(ledger.place / ".git")
    found = asked(ledger, "--group", "pay")
    assert (row(found, "ada")["state"], row(found, "ada")["since"]) == ("Access", None)
    assert "is in no Git repository" in found["notes"][0]
    assert "so nothing is known of 2026-01-05" in refused(ledger.access("--all", "--as-of", "2026-01-05"))


def test_a_repository_without_a_commit_and_a_directory_that_is_not_committed(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), group("pay", "ada"))
    assert "Nothing of" in asked(ledger, "--group", "pay")["notes"][0]
    (ledger.place / ".gitignore").write_text("access/\n")
    ledger.commit()
    found = asked(ledger, "--group", "pay")
    assert "in any commit" in found["notes"][0]
    assert row(found, "ada")["state"] == "Access"


def test_no_history_reads_the_files(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), group("pay", "ada"))
    ledger.commit()
    assert row(asked(ledger, "--group", "pay", "--no-history"), "ada")["since"] is None
    assert ledger.access("--all", "--no-history", "--as-of", "HEAD").exit_code == 2


# Bad input


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--group", "pya"], "There is no ScimGroup pya", id="a group, misspelt"),
        pytest.param(["--group", "pya"], "did you mean pay", id="which is named"),
        pytest.param(["--user", "adda"], "did you mean ada", id="a user, misspelt"),
        pytest.param(["--all", "--config", "vmwre"], "did you mean vmware", id="a config, misspelt"),
        pytest.param(["--user", "\x1b[31mx"], "There is no ScimUser \\x1b[31mx", id="a terminal escape"),
    ],
)
def test_who_is_not_there_is_said_with_the_near_names(ledger: Ledger, words: list[str], said: str) -> None:
    ledger.write("a.yaml", user("ada"), group("pay", "ada"), config())
    ledger.commit()
    assert said in refused(ledger.access(*words))


def test_who_was_removed_is_said_with_the_commit(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), user("bob"))
    ledger.commit()
    ledger.write("a.yaml", user("bob"))
    gone = ledger.commit("Ada leaves")
    assert f"commit {gone[:12]} of {day(1)} removed it" in refused(ledger.access("--user", "ada"))
    assert row(asked(ledger, "--user", "ada", "--as-of", f"{gone}~1"), "ada")["state"] == "Access"


@pytest.mark.parametrize("words", [[], ["--all", "--user", "ada"], ["--group", "a", "--user", "b"]])
def test_one_question_at_a_time(ledger: Ledger, words: list[str]) -> None:
    result = ledger.access(*words)
    assert (result.exit_code, "Give one of --group, --user and --all" in result.stderr) == (2, True)


def test_no_directory(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["access", str(tmp_path / "nowhere"), "--all"])
    assert "is no directory" in refused(result)


def test_several_configs_and_several_namespaces(ledger: Ledger) -> None:
    other = {**config(), "metadata": {"name": "okta", "namespace": "other"}}
    ledger.write("a.yaml", user("ada"), group("pay", "ada"), config(), other)
    ledger.commit()
    assert "Choose one with --config" in refused(ledger.access("--all"))
    assert asked(ledger, "--all", "--config", "vmware")["config"] == "default/vmware"
    ledger.write("a.yaml", user("ada"), {**group("pay"), "metadata": {"name": "pay", "namespace": "other"}})
    ledger.commit()
    assert "several namespaces" in refused(ledger.access("--all"))


def test_a_config_with_errors_says_that_scope_is_not_known(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), group("pay", "ada"), config(mod="Apply"))
    ledger.commit()
    assert "while the config vmware has errors" in refused(ledger.access("--all"))


# Hostile texts

HOSTILE = "=cmd|' /C calc'!A0"
SCRIPT = '<script>alert("x")</script><img src=x onerror=alert(1)>'
ESCAPE = "\x1b[31mred\x1b[0m\u202eevil"


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.fixture
def hostile(ledger: Ledger) -> Ledger:
    name = f"{SCRIPT}{ESCAPE}"
    ledger.write(
        f"a{ESCAPE}.yaml", user("ada", userName=f"{SCRIPT}{HOSTILE}"), group("pay", "ada", displayName=HOSTILE)
    )
    ledger.commit(
        f"=SUM(A1) {SCRIPT}\n\nReviewed-by: {SCRIPT} <{HOSTILE}>",
        GIT_AUTHOR_NAME=name.replace("<", "«").replace(">", "»"),
    )
    return ledger


def test_a_page_has_no_element_that_a_name_has(hostile: Ledger) -> None:
    text = hostile.access("--all", "-o", "html").stdout
    page = Page()
    page.feed(text)
    assert page.tags <= {
        *("html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "br", "ul", "li"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
    assert page.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class"}
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "http" not in text.replace("http-equiv", "")


def test_cells_begin_no_formula(hostile: Ledger) -> None:
    rows = list(csv.DictReader(io.StringIO(hostile.access("--all", "-o", "csv").stdout)))
    assert [each["groupDisplayName"] for each in rows] == [f"'{HOSTILE}"]
    assert all(not cell.startswith(("=", "+", "-", "@")) for each in rows for cell in each.values())
    assert rows[0]["subject"].startswith("'=SUM")


@pytest.mark.parametrize("form", ["text", "json", "csv", "html"])
def test_no_form_steers_a_terminal(hostile: Ledger, form: str) -> None:
    text = hostile.access("--all", "-o", form).stdout
    assert all(each.isprintable() or each in "\r\n" for each in text)


def test_a_path_that_is_no_text_is_shown_all_the_same(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), group("pay", "ada"))
    bad = ledger.folder / "b\udcff.yaml"
    bad.write_text("spec: {\n")
    ledger.commit()
    for form in ("text", "json", "csv", "html"):
        assert ledger.access("--all", "-o", form).exit_code == 0


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
