"""The GitHub Action, step by step as a runner runs it: bash, GITHUB_* variables, and an API on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from aiohttp import web

from tests.support.desk import Desk, desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github/actions/plan"
ACTION = yaml.safe_load((FOLDER / "action.yml").read_text())
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}


class GitHub:
    """Issue comments, as GitHub's REST API has them."""

    def __init__(self) -> None:
        self.comments: dict[int, str] = {number: f"chatter {number}" for number in range(150)}
        self.tokens: set[str] = set()

    async def serve(self, request: web.Request) -> web.Response:
        self.tokens.add(request.headers["Authorization"])
        if request.method == "GET":
            page = int(request.query["page"])
            listed = [{"id": id, "body": body} for id, body in self.comments.items()]
            return web.json_response(listed[(page - 1) * 100 : page * 100])
        id = int(request.match_info["id"]) if request.method == "PATCH" else 1000 + len(self.comments)
        self.comments[id] = (await request.json())["body"]
        return web.json_response({"id": id})


class Runner:
    """Runs one step of the action as GitHub's runner does, so far as the action needs it."""

    def __init__(self, at: Desk, temporary: Path, api: str, **inputs: str) -> None:
        defaults = {name: each.get("default", "") for name, each in ACTION["inputs"].items()}
        self.at = at
        self.temporary = temporary
        self.inputs = {**defaults, "directory": str(at.folder), "pull-request": "7", "github-token": "gh"}
        self.inputs |= {"url": at.simulator.url, **inputs}
        self.outputs: dict[str, str] = {}
        (temporary / "scim-operator/bin").mkdir(parents=True)
        (temporary / "scim-operator/bin/scim-operator").symlink_to(Path(sys.executable).parent / "scim-operator")
        self.environment = {
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": str(temporary),
            "GITHUB_ACTION_PATH": str(FOLDER),
            "GITHUB_OUTPUT": str(temporary / "output"),
            "GITHUB_STEP_SUMMARY": str(temporary / "summary"),
            "GITHUB_API_URL": api,
            "GITHUB_REPOSITORY": "corp/access",
        }

    async def step(self, name: str) -> tuple[int, str]:
        step = STEPS[name]
        own = {key: self.expanded(value) for key, value in step.get("env", {}).items()}
        script = self.temporary / "step.sh"
        script.write_text(step["run"])
        process = await asyncio.create_subprocess_exec(
            *("bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)),
            env={**self.environment, **own},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output = (await process.communicate())[0].decode()
        if (self.temporary / "output").exists():
            lines = (self.temporary / "output").read_text().splitlines()
            self.outputs = dict(line.split("=", 1) for line in lines)
        return process.returncode or 0, output

    def expanded(self, value: str) -> str:
        inner = re.fullmatch(r"\$\{\{ (inputs|steps\.plan\.outputs)\.([\w-]+) \}\}", value)
        assert inner is not None, f"the test does not know {value}"
        return (self.inputs if inner[1] == "inputs" else self.outputs).get(inner[2], "")


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as made:
        yield made


@pytest.fixture
async def github() -> AsyncIterator[tuple[GitHub, str]]:
    hub, app = GitHub(), web.Application()
    app.router.add_route("*", "/repos/corp/access/issues/7/comments", hub.serve)
    app.router.add_route("PATCH", "/repos/corp/access/issues/comments/{id}", hub.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield hub, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_pull_request_gets_one_comment_that_each_push_updates(
    at: Desk, github: tuple[GitHub, str], tmp_path: Path
) -> None:
    hub, api = github
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
    ours = [body for body in hub.comments.values() if body.startswith("<!-- scim-operator plan identity/vmware -->")]
    assert len(ours) == 1
    assert "2 to create" in ours[0]
    assert hub.tokens == {"Bearer gh"}
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
    at: Desk, github: tuple[GitHub, str], tmp_path: Path, inputs: dict[str, str], why: str
) -> None:
    hub, api = github
    at.user("ada")
    runner = Runner(at, tmp_path / "runner", api, **{"token": at.simulator.token, **inputs})
    status, output = await runner.step("Plan")
    assert status == 0, "the comment comes before the verdict"
    assert "Error: " in output
    await runner.step("Comment")
    assert (await runner.step("Judge"))[0] == 1
    assert len(hub.comments) == 150


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
