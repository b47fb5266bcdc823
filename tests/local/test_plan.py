"""`scim-operator plan DIR`: what would be changed at the service, without a cluster and without a write."""

from __future__ import annotations

import asyncio
import subprocess
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from scim_operator.core.keys import Kind
from scim_operator.review.plan_review import Review
from tests.support.desk import Desk
from tests.support.rig import rig, service_group, service_user

if TYPE_CHECKING:
    from pathlib import Path


def steps(plan: dict[str, Any]) -> list[tuple[str, str, list[str], list[str]]]:
    return [(step["verb"], step["name"], step["gains"], step["losses"]) for step in plan["steps"]]


def create(at: Desk, path: str, document: dict[str, Any]) -> str:
    reply = at.simulator.by_hand("POST", path, document)
    assert reply.status == 201, reply.body
    return str(orjson.loads(reply.body)["id"])


async def test_who_would_get_and_lose_which_access(at: Desk) -> None:
    ada = create(at, "/Users", service_user("ada", externalId="identity/ada"))
    bob = create(at, "/Users", service_user("bob", externalId="identity/bob"))
    create(at, "/Groups", service_group("ops", [ada, bob], externalId="identity/ops"))
    at.user("ada", title="Analyst")
    at.user("bob")
    at.user("cyd")
    at.group("ops", "ada", "cyd")
    at.group("new", "cyd", "bob")
    mark = at.mark()
    result = await at.run("plan")
    assert result.exit_code == 2
    assert at.writes(mark) == []
    assert steps(await at.plan()) == [
        ("Update", "ada@corp.example", [], []),
        ("Create", "cyd@corp.example", [], []),
        ("Create", "new", ["bob@corp.example", "cyd@corp.example"], []),
        ("Update", "ops", ["cyd@corp.example"], ["bob@corp.example"]),
    ]
    assert "bob@corp.example gets new; loses ops\n" in result.stdout
    assert '        title: (none) -> "Analyst"\n' in result.stdout
    assert "Plan: 2 to create, 2 to change, 0 to disable, 0 to delete; members: 3 to add, 1 to remove." in result.stdout


async def test_nothing_to_do_is_exit_status_0(at: Desk) -> None:
    create(at, "/Users", service_user("ada", externalId="identity/ada"))
    create(at, "/Users", service_user("else"))
    at.user("ada")
    result = await at.run("plan")
    assert (result.exit_code, result.stdout) == (
        0,
        "Plan for identity/vmware\n\nIn scope: 1 user, 0 groups.\n"
        "Left alone, as no manifest claims it: 1 resource.\nNo changes: the service is as the manifests say.\n",
    )


async def test_what_cannot_be_provisioned_is_exit_status_1(at: Desk) -> None:
    at.user("ada", name={})
    result = await at.run("plan")
    assert result.exit_code == 1
    assert "scimuser/ada: InvalidSpec: The service requires name.givenName, name.familyName" in result.stdout


@pytest.mark.parametrize(
    ("token", "sentence"), [("wrong", "401"), ("", "give --token-file or set SCIM_TOKEN")], ids=["refused", "missing"]
)
async def test_without_the_right_token_there_is_no_plan(at: Desk, token: str, sentence: str) -> None:
    at.user("ada")
    result = await at.run("plan", token=token)
    assert result.exit_code == 1
    assert sentence in result.stderr


async def test_a_token_file_goes_before_the_environment(at: Desk, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(at.simulator.token + "\n")
    result = await at.run("plan", "--token-file", str(tmp_path / "token"), token="wrong")
    assert result.exit_code == 0, result.output


async def test_wrong_manifests_are_not_planned(at: Desk) -> None:
    at.user("ada", active="maybe")
    result = await at.run("plan", "-o", "json")
    assert result.exit_code == 1
    assert "scimuser-ada.yaml:" in result.stderr
    assert steps(orjson.loads(result.stdout)) == []


async def test_nothing_is_read_for_a_wrong_config(at: Desk) -> None:
    at.configure(scope="Some")
    mark = at.mark()
    result = await at.run("plan")
    assert result.exit_code == 1
    assert "provisioningconfig-vmware.yaml:" in result.stderr
    assert list(at.simulator.log.since(mark)) == []


async def test_what_was_in_the_earlier_revision_alone_is_removed_and_what_it_alone_sets_is_cleared(at: Desk) -> None:
    for name in ("ada", "bob"):
        create(at, "/Users", service_user(name, externalId=f"identity/{name}", title="Analyst"))
    create(at, "/Groups", service_group("ops", externalId="identity/ops"))
    at.user("ada", title="Analyst")
    at.user("bob")
    at.group("ops")
    at.configure(groups={"whenDeleted": "Delete"})
    previous = str(at.snapshot())
    at.user("ada")
    at.remove("ScimUser", "bob")
    at.remove("ScimGroup", "ops")
    assert steps(await at.plan()) == []
    plan = await at.plan("--previous", previous)
    assert steps(plan) == [
        ("Update", "ada@corp.example", [], []),
        ("Disable", "bob@corp.example", [], []),
        ("Delete", "ops", [], []),
    ]
    assert plan["steps"][0]["attributes"] == [{"path": "title", "old": "Analyst", "new": None}]
    assert plan["scope"]["leaving"] == ["scimgroup/ops", "scimuser/bob"]


async def test_anyone_who_the_service_has_without_our_mark_is_removed_by_approval_alone(at: Desk) -> None:
    """S1: without a cluster, what proves ownership of someone who left is the externalId alone."""
    create(at, "/Users", service_user("bob"))
    at.user("bob")
    previous = str(at.snapshot())
    at.remove("ScimUser", "bob")
    plan = await at.plan("--previous", previous)
    assert steps(plan) == [("Disable", "bob@corp.example", [], [])]
    assert [step["held"] for step in plan["steps"]] == [True]
    at.configure(users={"adoption": "Never"})
    plan = await at.plan("--previous", previous)
    assert (steps(plan), [each["object"] for each in plan["problems"]]) == ([], ["scimuser/bob"])


async def test_removals_beyond_the_limits_are_held_as_a_whole(at: Desk) -> None:
    for name in ("ada", "bob", "cyd"):
        create(at, "/Users", service_user(name, externalId=f"identity/{name}"))
        at.user(name)
    limit = {"percent": 0, "min": 1, "max": 1}
    at.configure(limits={"disables": limit})
    previous = str(at.snapshot())
    at.remove("ScimUser", "bob")
    assert (await at.plan("--previous", previous))["approval"] == ""
    at.remove("ScimUser", "cyd")
    at.user("dan")
    plan = await at.plan("--previous", previous)
    assert [(step["name"], step["held"]) for step in plan["steps"]] == [
        ("bob@corp.example", True),
        ("cyd@corp.example", True),
        ("dan@corp.example", False),
    ]
    assert plan["approval"].startswith("sha256:")
    released = await at.plan("--previous", previous, "--approve", plan["approval"])
    assert [step["held"] for step in released["steps"]] == [False, False, False]


async def test_a_sensitive_value_is_redacted_everywhere(at: Desk) -> None:
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter"
    at.configure(users={"mappings": [{"target": urn, "source": urn, "sensitive": True}]})
    create(at, "/Users", service_user("ada", externalId="identity/ada"))
    at.user("ada", enterprise={"costCenter": "CC-SECRET"})
    at.user("bob", enterprise={"costCenter": "CC-SECRET"})
    for form in ("text", "json", "markdown"):
        result = await at.run("plan", "-o", form)
        assert "CC-SECRET" not in result.output
        assert "[Redacted]" in result.output


async def test_nested_groups_are_planned_with_those_that_are_yet_to_be_created(at: Desk) -> None:
    at.configure(service={**at.spec["service"], "capabilities": {"nestedGroups": True}})
    at.user("ada")
    at.group("all", "@below")
    at.group("below", "ada")
    assert steps(await at.plan())[1:] == [
        ("Create", "all", ["below"], []),
        ("Create", "below", ["ada@corp.example"], []),
    ]


async def test_a_comment_stays_below_what_github_takes_and_counts_what_it_leaves_out(at: Desk) -> None:
    for number in range(600):
        at.user(f"user-{number}", title="x" * 150)
    at.group("all", *(f"user-{number}" for number in range(600)))
    text = (await at.run("plan", "-o", "markdown")).stdout
    assert 30_000 < len(text) < 60_000
    assert "601 to create" in text
    assert "more that do not fit here" in text
    assert text.count("<details>") == text.count("</details>")


async def test_a_hostile_name_writes_no_markdown(at: Desk) -> None:
    at.user("ada", displayName="`</details> @everyone [x](http://evil.example)\n# big", title="\x1b[31mred")
    text = (await at.run("plan", "-o", "markdown")).stdout
    assert '``"`</details> @everyone [x](http://evil.example)\\n# big"``' in text
    assert "\n# big" not in text
    assert "\x1b" not in (await at.run("plan")).stdout


async def test_git_s_own_revision_is_a_memory_too(at: Desk) -> None:
    create(at, "/Users", service_user("bob", externalId="identity/bob"))
    at.user("bob")
    git = ["git", "-C", str(at.folder.parent), "-c", "user.name=t", "-c", "user.email=t@example.com"]
    (at.folder / ".gitattributes").write_text("* export-ignore\n")
    (at.folder / ".github").mkdir()
    (at.folder / ".github/workflow.yaml").write_text("on: push\n")
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "All"]):
        await asyncio.to_thread(subprocess.run, [*git, *words], check=True)
    at.remove("ScimUser", "bob")
    assert steps(await at.plan("--against", "HEAD")) == [("Disable", "bob@corp.example", [], [])]
    unknown = await at.run("plan", "--against", "nowhere")
    assert (unknown.exit_code, "Git cannot read" in unknown.stderr) == (1, True)


async def test_several_configs_need_a_choice(at: Desk) -> None:
    at.write("ProvisioningConfig", "other", at.spec | {"mode": "Plan"})
    result = await at.run("plan")
    assert "Choose one with --config" in result.stderr
    assert (await at.run("plan", "--config", "other")).exit_code == 0


@pytest.mark.parametrize("spec", [{"suspend": True}, {"mode": "Plan"}])
async def test_a_config_that_sends_nothing_is_planned_and_says_so(at: Desk, spec: dict[str, Any]) -> None:
    at.configure(**spec)
    at.user("ada")
    result = await at.run("plan")
    assert result.exit_code == 2
    assert "nothing is sent until" in result.stdout


@pytest.mark.parametrize("options", [["--no-such-option"], ["--prune"], ["--previous=x", "--against=y"], ["-o", "xml"]])
async def test_a_mistyped_option_is_not_taken_for_changes(at: Desk, options: list[str]) -> None:
    result = await at.run("plan", *options)
    assert (result.exit_code, result.stderr.startswith("Usage: ")) == (1, True)


async def test_whom_it_would_take_over_is_reported(at: Desk) -> None:
    create(at, "/Users", service_user("ada"))
    at.configure(users={"adoption": "IfUnowned"})
    at.user("ada")
    plan = await at.plan()
    assert (plan["adopted"], steps(plan)) == (["ada@corp.example"], [("Update", "ada@corp.example", [], [])])
    (step,) = plan["steps"]
    assert (step["held"], step["adopts"]["matchedBy"], step["attributes"]) == (False, "userName", [])
    assert "Taken over, as they match and no one owns them: ada@corp.example." in (await at.run("plan")).stdout


async def test_what_was_never_in_scope_was_never_applied_and_is_not_cleared(at: Desk) -> None:
    create(at, "/Users", service_user("ada", externalId="identity/ada", title="Analyst"))
    at.configure(scope="Assigned")
    at.user("ada", title="Analyst")
    previous = str(at.snapshot())
    at.configure(scope="All")
    at.user("ada")
    assert steps(await at.plan("--previous", previous)) == []


async def test_an_earlier_manifest_with_errors_is_not_remembered_and_no_one_is_removed_for_it(at: Desk) -> None:
    """Else the pull request that mends it could never be planned."""
    create(at, "/Users", service_user("bob", externalId="identity/bob"))
    at.user("bob", active="maybe")
    previous = str(at.snapshot())
    at.remove("ScimUser", "bob")
    plan = await at.plan("--previous", previous)
    assert (steps(plan), plan["notes"]) == ([], ["Not remembered, for it has errors: 1 of the earlier revision."])


async def test_the_digest_that_approves_is_that_of_the_operator(tmp_path: Path) -> None:
    async with rig() as r:
        for name in ("ada", "bob", "cyd"):
            r.user(name)
        r.group("ops", ["ada", "bob"])
        await r.start()
        await r.settle()
        limits = {"disables": {"percent": 0, "min": 1, "max": 1}}
        await r.configure(limits=limits)
        await r.settle()
        (tmp_path / "manifests").mkdir()
        at = Desk(tmp_path / "manifests", r.simulator)
        at.configure(limits=limits)
        for name in ("ada", "bob", "cyd"):
            at.user(name, active=True)
        at.group("ops", "ada", "bob")
        previous = str(at.snapshot())
        for name in ("bob", "cyd"):
            at.remove("ScimUser", name)
            r.cluster.delete(Kind.USER, name)
        await r.until(lambda: r.status.get("plan", {}).get("held") and r.rested)
        await r.sweep()
        assert (await at.plan("--previous", previous))["approval"] == r.status["plan"]["digest"]


async def test_the_token_is_sent_to_the_named_service_alone(at: Desk) -> None:
    at.user("ada")
    assert (await at.run("plan", "--url", at.simulator.url + "/")).exit_code == 2
    mark = at.mark()
    result = await at.run("plan", "--url", "https://vc.example.com/scim/v2")
    assert (result.exit_code, list(at.simulator.log.since(mark))) == (1, [])
    assert "spec.service.url of identity/vmware is not https://vc.example.com/scim/v2" in result.stderr


def test_the_steps_are_not_in_the_repr_that_python_makes_when_a_command_ends() -> None:
    """`asyncio.run` restores the handler of SIGINT, which holds the task and so its result, and `signal` writes it."""
    assert "steps" not in repr(Review("identity/vmware", steps=()))


async def test_by_default_taking_over_is_held_and_says_what_would_change(at: Desk) -> None:
    create(at, "/Users", service_user("ada", title="Old"))
    at.user("ada", title="New")
    plan = await at.plan()
    (step,) = plan["steps"]
    assert step["held"]
    assert step["adopts"]["matchedBy"] == "userName"
    assert [each["path"] for each in step["attributes"]] == ["title"]
    shown = (await at.run("plan")).stdout
    assert f"takes over {step['adopts']['id']}, which matches by userName" in shown
    assert 'title: "Old" -> "New"' in shown
    assert plan["approval"]
