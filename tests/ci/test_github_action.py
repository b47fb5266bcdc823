"""The GitHub Action, step by step as a runner runs it: bash, GITHUB_* variables, and an API on loopback."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.action import ACTION, STEPS, GitHub, Runner

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.desk import Desk


async def test_a_pull_request_gets_one_comment_that_each_push_updates(
    at: Desk, hub: tuple[GitHub, str], tmp_path: Path
) -> None:
    hosted, api = hub
    at.user("ada")
    runner = Runner(at, tmp_path / "runner", api, token=at.simulator.token)
    assert (await runner.step("Validate"))[0] == 0
    assert await runner.step("Plan") == (0, "")
    assert runner.outputs == {"status": "2", "plan": str(tmp_path / "runner/scim-plan.json")}
    assert await runner.step("Comment") == (0, "")
    assert (await runner.step("Judge"))[0] == 0
    at.user("bob")
    await runner.step("Plan")
    await runner.step("Comment")
    ours = [body for body in hosted.comments.values() if body.startswith("<!-- scim-operator plan identity/vmware -->")]
    assert len(ours) == 1
    assert "2 to create" in ours[0]
    assert hosted.tokens == {"Bearer gh"}
    assert at.simulator.token not in ours[0]
    assert json.loads((tmp_path / "runner/scim-plan.json").read_text())["counts"]["creates"] == 2
    assert "Plan for" in (tmp_path / "runner/summary").read_text()
    assert at.writes() == []


async def test_wrong_manifests_are_annotated_where_they_are_wrong(at: Desk, tmp_path: Path) -> None:
    at.user("ada", active="maybe")
    status, output = await Runner(at, tmp_path / "runner", "").step("Validate")
    assert status == 1
    assert f"::error file={at.folder}/scimuser-ada.yaml,line=" in output


@pytest.mark.parametrize(
    ("inputs", "why"),
    [({"token": "wrong"}, "refused the credentials"), ({"config": "missing"}, "There is no ProvisioningConfig")],
)
async def test_a_plan_that_fails_fails_the_job_and_posts_nothing(
    at: Desk, hub: tuple[GitHub, str], tmp_path: Path, inputs: dict[str, str], why: str
) -> None:
    hosted, api = hub
    at.user("ada")
    runner = Runner(at, tmp_path / "runner", api, **{"token": at.simulator.token, **inputs})
    status, output = await runner.step("Plan")
    assert status == 0, "the comment comes before the verdict"
    assert "Error: " in output
    await runner.step("Comment")
    assert (await runner.step("Judge"))[0] == 1
    assert len(hosted.comments) == 150


@pytest.mark.parametrize(("url", "why"), [("https://other.example/scim", "the token is for that service"), ("", "url")])
async def test_the_token_goes_to_the_reviewed_service_alone(at: Desk, tmp_path: Path, url: str, why: str) -> None:
    """Else a pull request that nobody has read could have it sent to any host."""
    runner = Runner(at, tmp_path / "runner", "", token=at.simulator.token, url=url)
    mark = at.mark()
    output = (await runner.step("Plan"))[1]
    assert why in output
    assert (await runner.step("Judge"))[0] == 1
    assert list(at.simulator.log.since(mark)) == []


async def test_inputs_are_words_and_never_shell(at: Desk, tmp_path: Path) -> None:
    runner = Runner(
        at, tmp_path / "runner", "", token="x", config=f"$(touch {tmp_path}/pwned)'; touch {tmp_path}/pwned"
    )
    await runner.step("Plan")
    assert not (tmp_path / "pwned").exists()
    scripts = [step["run"] for step in STEPS.values()]
    assert not any("${{" in script for script in scripts), "an expression in a script is an injection"


def test_the_action_is_whole() -> None:
    assert ACTION["runs"]["using"] == "composite"
    assert all(step["shell"] == "bash" for step in STEPS.values())
    used = set(re.findall(r"inputs\.([\w-]+)", yaml.safe_dump(ACTION["runs"])))
    assert used == set(ACTION["inputs"])
    assert all(each["description"] for each in ACTION["inputs"].values())
    secret: list[dict[str, Any]] = [step for step in STEPS.values() if "SCIM_TOKEN" in step.get("env", {})]
    assert [step["name"] for step in secret] == ["Plan"]
    assert all("inputs.token != ''" in STEPS[name]["if"] for name in ("Plan", "Comment", "Judge"))
