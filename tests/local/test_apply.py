"""`scim-operator apply DIR`: the reviewed plan, and nothing else, is carried out without a cluster."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from scim_operator.core.attributes.paths import parse
from tests.support.desk import Desk, for_simulator
from tests.support.present import present
from tests.support.rig import service_group, service_user


@pytest.fixture
def saved(tmp_path: Path) -> str:
    return str(tmp_path / "plan.json")


async def test_apply_sends_what_plan_shows_and_a_second_time_nothing(at: Desk) -> None:
    for name in ("ada", "bob"):
        at.user(name)
    at.group("ops", "ada", "bob")
    at.group("all", "@ops")
    plan = await at.plan()
    result = await at.applied()
    assert "Done: 4 steps with 4 writes." in result.stdout
    assert at.writes() == ["POST /Users", "POST /Users", "POST /Groups", "POST /Groups"]
    assert [step["verb"] for step in plan["steps"]] == ["Create"] * 4
    assert at.members("all") == {"ada", "bob"}
    mark = at.mark()
    assert "No changes" in (await at.applied()).stdout
    assert at.writes(mark) == []


async def test_everything_that_a_change_can_be(at: Desk) -> None:
    for name in ("ada", "bob", "cyd"):
        at.user(name, title="Analyst")
    at.group("ops", "ada", "bob")
    at.group("old", "cyd")
    at.configure(groups={"whenDeleted": "Delete"})
    await at.applied()
    previous = str(at.snapshot())
    at.user("ada")
    at.remove("ScimUser", "bob")
    at.remove("ScimGroup", "old")
    at.user("dan")
    at.group("ops", "ada", "cyd", "dan")
    mark = at.mark()
    await at.applied("--previous", previous)
    assert sorted(at.writes(mark)) == [
        "DELETE /Groups",
        "PATCH /Groups",
        "PATCH /Users",
        "PATCH /Users",
        "POST /Users",
    ]
    assert at.members("ops") == {"ada", "cyd", "dan"}
    bob, ada = at.simulator.user("bob@corp.example"), at.simulator.user("ada@corp.example")
    assert bob is not None
    assert bob["active"] is False
    assert ada is not None
    assert "title" not in ada
    mark = at.mark()
    await at.applied("--previous", previous)
    assert at.writes(mark) == []


async def test_ask_a_show_me_the_plan_before_you_act(at: Desk) -> None:
    """What the plan names changes as it says, and nothing else at the service does."""
    for name in ("ada", "bob", "cyd"):
        at.user(name, title="Analyst")
    at.group("ops", "ada", "bob")
    at.group("still", "ada")
    await at.applied()
    at.simulator.by_hand("POST", "/Users", service_user("eve"))
    previous = str(at.snapshot())
    at.user("ada", title="Boss")
    at.user("dan")
    at.remove("ScimUser", "bob")
    at.group("ops", "ada", "cyd", "dan", displayName="Operations")
    plan, before = await at.plan("--previous", previous), everything(at)
    await at.applied("--previous", previous)
    after = everything(at)
    changed = {id for id in before.keys() | after.keys() if before.get(id) != after.get(id)}
    assert sorted(name_of(after[id]) for id in changed) == sorted(step["name"] for step in plan["steps"])
    by_name = {name_of(document): document for document in after.values()}
    for step in plan["steps"]:
        for attribute in step["attributes"]:
            value = parse(attribute["path"]).read(by_name[step["name"]])
            assert value == attribute["new"], attribute["path"]
    (group,) = [step for step in plan["steps"] if step["object"] == "scimgroup/ops"]
    assert (group["gains"], group["losses"]) == (["cyd@corp.example", "dan@corp.example"], ["bob@corp.example"])
    assert at.members("Operations") == {"ada", "cyd", "dan"}


def everything(at: Desk) -> dict[str, dict[str, Any]]:
    listed = {**at.simulator.users, **at.simulator.groups}
    return {id: {k: v for k, v in each.items() if k not in ("meta", "groups")} for id, each in listed.items()}


def name_of(document: dict[str, Any]) -> str:
    return str(document.get("userName") or document["displayName"])


async def test_a_saved_plan_is_carried_out_without_a_question(at: Desk, saved: str) -> None:
    at.user("ada")
    assert (await at.run("plan", "--out", saved)).exit_code == 2
    result = await at.run("apply", "--plan", saved)
    assert (result.exit_code, at.writes()) == (0, ["POST /Users"])


async def test_a_saved_plan_is_refused_when_the_manifests_have_moved(at: Desk, saved: str) -> None:
    at.user("ada")
    await at.run("plan", "--out", saved)
    at.user("bob")
    at.user("ada", title="Boss")
    result = await at.run("apply", "--plan", saved)
    assert result.exit_code == 1
    assert "The manifests have moved since the plan was made: scimuser/ada, scimuser/bob. Plan again." in result.stderr
    assert at.writes() == []


async def test_a_saved_plan_is_refused_when_the_service_has_moved(at: Desk, saved: str) -> None:
    at.user("ada", title="Boss")
    at.user("bob")
    await at.run("plan", "--out", saved)
    at.simulator.by_hand("POST", "/Users", service_user("ada", externalId="identity/ada"))
    mark = at.mark()
    result = await at.run("apply", "--plan", saved)
    assert result.exit_code == 1
    assert "The service has moved since the plan was made: scimuser/ada. Plan again." in result.stderr
    assert at.writes(mark) == []


@pytest.mark.parametrize("body", [b"", b"[]", b'{"version": 99}', b'{"version": 1, "steps": 3}'])
async def test_what_is_no_saved_plan_is_refused(at: Desk, saved: str, body: bytes) -> None:
    await asyncio.to_thread(Path(saved).write_bytes, body)
    result = await at.run("apply", "--plan", saved)
    assert result.exit_code == 1
    assert "make a new one with plan --out" in result.stderr


async def test_what_the_limits_hold_is_not_sent_until_its_digest_is_given(at: Desk) -> None:
    for name in ("ada", "bob", "cyd"):
        at.user(name)
    at.group("ops", "ada", "bob")
    await at.applied()
    at.configure(limits={"disables": {"percent": 0, "min": 1, "max": 1}})
    previous = str(at.snapshot())
    at.remove("ScimUser", "bob")
    at.remove("ScimUser", "cyd")
    at.user("dan")
    at.group("ops", "ada", "bob", "dan")
    mark = at.mark()
    result = await at.run("apply", "--auto-approve", "--previous", previous)
    assert result.exit_code == 2, result.output
    assert sorted(at.writes(mark)) == ["PATCH /Groups", "POST /Users"]
    assert at.members("ops") == {"ada", "bob", "dan"}
    digest = (await at.plan("--previous", previous))["approval"]
    mark = at.mark()
    wrong = await at.run("apply", "--auto-approve", "--previous", previous, "--approve", "sha256:" + "0" * 64)
    assert (wrong.exit_code, at.writes(mark)) == (2, [])
    await at.applied("--previous", previous, "--approve", digest)
    assert sorted(at.writes(mark)) == ["PATCH /Groups", "PATCH /Users", "PATCH /Users"]
    assert at.members("ops") == {"ada", "dan"}


async def test_with_manual_approval_nothing_is_sent_without_the_digest(at: Desk) -> None:
    at.configure(approval={"policy": "Manual"})
    at.user("ada")
    at.group("ops", "ada")
    result = await at.run("apply", "--auto-approve")
    assert (result.exit_code, at.writes()) == (2, [])
    at.configure(approvedPlan=(await at.plan())["approval"])
    await at.applied()
    assert at.members("ops") == {"ada"}


@pytest.mark.parametrize("spec", [{"suspend": True}, {"mode": "Plan"}], ids=["suspended", "planning"])
async def test_a_config_that_is_off_sends_nothing(at: Desk, spec: dict[str, object]) -> None:
    """S5."""
    at.configure(**spec)
    at.user("ada")
    result = await at.run("apply", "--auto-approve")
    assert (result.exit_code, at.writes()) == (1, [])
    assert "nothing is sent until" in result.stderr


async def test_no_one_to_ask_is_no_consent(at: Desk) -> None:
    at.user("ada")
    result = await at.run("apply", answer="y\n")
    assert (result.exit_code, at.writes()) == (1, [])
    assert "give --auto-approve" in result.stderr


async def test_what_is_not_ours_stays_as_it_is(at: Desk) -> None:
    """S1 and S9."""
    reply = at.simulator.by_hand("POST", "/Users", service_user("eve"))
    eve = orjson.loads(reply.body)
    at.simulator.by_hand("POST", "/Groups", service_group("others", [eve["id"]]))
    at.user("ada")
    mark = at.mark()
    await at.applied()
    assert at.writes(mark) == ["POST /Users"]
    assert at.members("others") == {"eve"}


async def test_a_refused_object_is_reported_and_the_others_are_done(at: Desk) -> None:
    at.simulator.by_hand("POST", "/Users", service_user("eve", userName="taken@corp.example"))
    at.configure(users={"matching": ["externalId"]})
    at.user("bad", userName="taken@corp.example")
    at.user("good")
    result = await at.run("apply", "--auto-approve")
    assert result.exit_code == 1
    assert "Failed: scimuser/bad: Rejected:" in result.stdout
    assert at.simulator.user("good@corp.example") is not None


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param("drop-before;method=POST;every=2;times=2", id="requests that never arrive"),
        pytest.param("drop-after;method=POST;every=2;times=2", id="creates whose answer is lost"),
        pytest.param("unavailable=0;method=POST;times=2", id="503"),
        pytest.param("throttle=0;method=POST;times=2", id="429"),
    ],
)
async def test_what_fails_for_the_moment_is_tried_again_and_no_one_is_there_twice(at: Desk, fault: str) -> None:
    """S2."""
    for name in ("ada", "bob", "cyd"):
        at.user(name)
    at.simulator.faults.add(fault)
    await at.applied()
    assert sorted(user["userName"][:3] for user in at.simulator.users.values()) == ["ada", "bob", "cyd"]


async def test_an_incomplete_listing_ends_no_one_s_access(at: Desk) -> None:
    """S10."""
    at.user("ada")
    at.group("ops", "ada")
    await at.applied()
    previous = str(at.snapshot())
    at.remove("ScimUser", "ada")
    at.group("ops")
    at.simulator.faults.add("broken-page=total-high:1")
    mark = at.mark()
    result = await at.run("apply", "--auto-approve", "--previous", previous)
    assert (result.exit_code, at.writes(mark)) == (1, [])


async def test_killed_in_the_middle_it_is_finished_by_the_next_run(at: Desk, saved: str) -> None:
    """S2: whatever had reached the service, nobody is there twice, and the plan still holds for what is left."""
    for number in range(30):
        at.user(f"user-{number:02}")
    at.group("ops", *(f"user-{number:02}" for number in range(30)))
    await at.run("plan", "--out", saved)
    at.simulator.faults.add("latency=20")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from scim_operator.cli import main; main()"),
        *("apply", str(at.folder), "--plan", saved),
        env={**os.environ, "SCIM_TOKEN": at.simulator.token, **for_simulator(at.simulator)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    while len(at.writes()) < 5:
        assert process.returncode is None
        await asyncio.sleep(0.01)
    process.kill()
    await process.wait()
    at.simulator.faults.clear()
    assert 5 <= len(at.writes()) < 31
    assert (await at.run("apply", "--plan", saved)).exit_code == 0
    assert len(at.simulator.users) == 30
    assert len(at.members("ops")) == 30
    mark = at.mark()
    await at.applied()
    assert at.writes(mark) == []


async def test_what_does_not_heal_in_time_is_reported(at: Desk) -> None:
    at.user("ada")
    at.simulator.faults.add("status=500;method=POST")
    result = await at.run("apply", "--auto-approve", "--timeout=3")
    assert result.exit_code == 1
    assert "Failed: scimuser/ada: Retrying:" in result.stdout
    assert "Done: 0 steps" in result.stdout


@pytest.mark.parametrize(("answer", "writes", "code"), [("y", ["POST /Users"], 0), ("n", [], 1)])
async def test_at_a_terminal_it_asks(at: Desk, answer: str, writes: list[str], code: int) -> None:
    at.user("ada")
    ours, theirs = os.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from scim_operator.cli import main; main()", "apply", str(at.folder)),
        env={**os.environ, "SCIM_TOKEN": at.simulator.token, **for_simulator(at.simulator)},
        stdin=theirs,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    os.write(ours, f"{answer}\n".encode())
    output = (await process.communicate())[0].decode()
    os.close(ours)
    os.close(theirs)
    assert "Carry out 1 step? [y/N]:" in output
    assert (process.returncode, at.writes()) == (code, writes)


async def test_what_is_drawn_when_created_does_not_keep_a_saved_plan_from_being_applied(
    at: Desk, tmp_path: Path
) -> None:
    at.simulator.seed([{"userName": "z@x", "nickName": "Ada"}])
    at.user("ada")
    choice = {"target": "nickName", "expression": 'SelectUniqueValue(user.name.givenName, "Ada2")', "apply": "OnCreate"}
    drawn = {"target": "title", "expression": "Guid()", "apply": "OnCreate"}
    at.configure(users={"mappings": [choice, drawn]})
    saved = str(tmp_path / "plan.json")
    assert (await at.run("plan", "--out", saved)).exit_code == 2
    assert (await at.run("apply", "--plan", saved)).exit_code == 0
    assert present(at.simulator.user("ada@corp.example"))["nickName"] == "Ada2"
