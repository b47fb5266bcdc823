"""`access` where something cannot be read, is not there, or is asked wrongly: it is said, and nothing is guessed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import orjson
import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from tests.support.ledger import Ledger, asked, config, day, group, refused, row, user

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "repository")


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
