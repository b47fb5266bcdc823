"""The GitHub Action, step by step as a runner runs it: bash, GITHUB_* variables, and an API on loopback."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.desk import Desk

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github/actions/plan"
ACTION = yaml.safe_load((FOLDER / "action.yml").read_text())
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}


US = {"login": "github-actions[bot]", "type": "Bot"}


class GitHub:
    """Issue comments, as GitHub's REST API has them; who wrote them stands in `users`, else it was somebody."""

    def __init__(self) -> None:
        self.comments: dict[int, str] = {number: f"chatter {number}" for number in range(150)}
        self.users: dict[int, dict[str, str]] = {}
        self.tokens: set[str] = set()
        self.viewer: str | None = US["login"]

    async def ask(self, request: web.Request) -> web.Response:
        """GraphQL, of which one question is known; a GitHub that does not answer it says 403."""
        assert await request.json() == {"query": "{ viewer { login } }"}
        return web.json_response({"data": {"viewer": {"login": self.viewer}}}, status=200 if self.viewer else 403)

    async def serve(self, request: web.Request) -> web.Response:
        self.tokens.add(request.headers["Authorization"])
        if request.method == "GET":
            page = int(request.query["page"])
            somebody = {"login": "mallory", "type": "User"}
            listed = [
                {"id": id, "body": body, "user": self.users.get(id, somebody)} for id, body in self.comments.items()
            ]
            return web.json_response(listed[(page - 1) * 100 : page * 100])
        id = int(request.match_info["id"]) if request.method == "PATCH" else 1000 + len(self.comments)
        self.comments[id] = (await request.json())["body"]
        self.users.setdefault(id, US)
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
            "SCIM_OPERATOR_ALLOW_INSECURE_SERVICES": "true",  # the service of the tests is on loopback
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


@asynccontextmanager
async def github() -> AsyncIterator[tuple[GitHub, str]]:
    """A GitHub on loopback, and the URL of its API."""
    hub, app = GitHub(), web.Application()
    app.router.add_route("*", "/repos/corp/access/issues/7/comments", hub.serve)
    app.router.add_route("POST", "/graphql", hub.ask)
    app.router.add_route("PATCH", "/repos/corp/access/issues/comments/{id}", hub.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield hub, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()
