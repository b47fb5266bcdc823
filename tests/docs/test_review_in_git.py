"""The commands of docs/review-in-git.md do what the page says, run as they stand there."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import yaml

from tests.docs.markdown import ROOT, command_lines, fences
from tests.support.desk import Desk, desk, for_simulator

PAGE = ROOT / "docs/review-in-git.md"
LINES = [line for _, line in command_lines(PAGE) if line.startswith("scim-operator ") and "cluster" not in line]


async def bash(line: str, folder: Path, at: Desk) -> int:
    line = line.replace("vc.example.com", for_simulator(at.simulator)["SCIM_TOKEN_HOSTS"])
    environment = for_simulator(at.simulator) | {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    environment |= {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "t"}
    environment |= {"GIT_CONFIG_KEY_1": "user.email", "GIT_CONFIG_VALUE_1": "t@example.com"}
    process = await asyncio.create_subprocess_shell(line, cwd=folder, env=environment)
    return await process.wait()


async def test_the_commands_of_the_page_in_their_order(tmp_path: Path) -> None:
    assert [line.split()[1] for line in LINES] == ["validate"] * 2 + ["plan"] * 3 + ["apply"] * 2
    async with desk(tmp_path) as at:
        at.user("ada")
        folder = tmp_path / "repository"
        folder.mkdir()
        at.folder.rename(folder / "access")
        at.folder = folder / "access"
        (folder / "vmware.token").write_text(at.simulator.token)
        assert await bash("git init -q -b main && git add access && git commit -qm All", folder, at) == 0
        at.user("bob")
        codes = [await bash(f"{line} >/dev/null", folder, at) for line in LINES]
        assert codes == [0, 0, 2, 2, 2, 0, 0]
        assert sorted(at.writes()) == ["POST /Users", "POST /Users"]
        assert (folder / "plan.json").is_file()


def test_the_workflow_gives_the_action_inputs_that_it_has() -> None:
    workflow, hooks = (yaml.safe_load(fence.body) for fence in fences(PAGE) if fence.language == "yml")
    step = workflow["jobs"]["plan"]["steps"][1]
    path = step["uses"].partition("scim-operator/")[2].partition("@")[0]
    action = yaml.safe_load((ROOT / path / "action.yml").read_text())
    assert set(step["with"]) <= set(action["inputs"])
    defined = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    assert {hook["id"] for repo in hooks["repos"] for hook in repo["hooks"]} == defined
