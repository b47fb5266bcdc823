"""A pull request against the GitHub Action that plans it."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.action import ROOT, STEPS, GitHub, Runner

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.desk import Desk


@pytest.mark.parametrize("viewer", ["github-actions[bot]", "github-actions", None])
async def test_a_comment_that_someone_else_wrote_is_not_taken_for_ours(
    at: Desk, hub: tuple[GitHub, str], tmp_path: Path, viewer: str | None
) -> None:
    """Its author could change it after the review, and it would still stand where the plan is looked for."""
    hosted, api = hub
    hosted.viewer = viewer
    planted = "<!-- scim-operator plan identity/vmware -->\nNothing would change."
    hosted.comments[3] = hosted.comments[149] = planted
    hosted.users[149] = {"login": "github-actions[bot]", "type": "User"} if viewer == "github-actions" else {}
    at.user("ada")
    runner = Runner(at, tmp_path / "runner", api, token=at.simulator.token)
    for _ in range(2):
        await runner.step("Plan")
        assert await runner.step("Comment") == (0, "")
    assert (hosted.comments[3], hosted.comments[149]) == (planted, planted)
    assert sum("1 to create" in body for body in hosted.comments.values()) == 1


async def test_modules_in_the_checkout_are_not_run(at: Desk, tmp_path: Path) -> None:
    """`python3 -m venv` begins with the working directory, which holds the change under review."""
    runner = Runner(at, tmp_path / "runner", "", token="x")
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("venv", "pip", "json", "ensurepip", "sitecustomize"):
        (checkout / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nraise SystemExit(0)\n")
    (tmp_path / "runner/scim-operator/bin/scim-operator").unlink()
    for line in [line for line in STEPS["Install"]["run"].splitlines() if "-m venv" in line]:
        script = line.replace("-m venv", "-m venv --without-pip")
        process = await asyncio.create_subprocess_exec("bash", "-ec", script, cwd=checkout, env=runner.environment)
        assert await process.wait() == 0
    assert not (tmp_path / "ran").exists()
    scripts = "\n".join(step["run"] for step in STEPS.values())
    started = re.findall(r"\S*\bpython3?\"? (\S+)", scripts)
    assert started == ["-I"] * 3, "in isolated mode the working directory and PYTHONPATH are not imported from"


def test_everything_that_the_action_installs_is_hashed() -> None:
    lines = [line for line in STEPS["Install"]["run"].splitlines() if "${pip[@]}" in line]
    locked, project = lines
    assert "--require-hashes" in locked
    assert {f"requirements/{name}.txt" for name in ("run", "build")} <= {word.strip('"')[6:] for word in locked.split()}
    assert {"--no-index", "--no-deps", "--no-build-isolation"} <= set(project.split())


def test_actions_in_the_documentation_are_pinned_by_commit() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("**/action.y*ml")]
    used = [name for page in pages for name in re.findall(r"uses: (\S+@\S+)", page.read_text())]
    assert used
    assert [name for name in used if not re.search(r"@([0-9a-f]{40}|COMMIT)$", name)] == []
