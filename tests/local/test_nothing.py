"""Commands that find nothing to read: a mistyped path has no manifests either, and ends no one's access."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.desk import Desk


@pytest.mark.parametrize("command", ["plan", "apply"])
async def test_a_directory_without_manifests_is_refused(at: Desk, command: str) -> None:
    at.remove("ProvisioningConfig", "vmware")
    result = await at.run(command)
    assert result.exit_code == 1
    assert "there is no manifest of scim-operator.io" in result.output


@pytest.mark.parametrize("command", [["plan"], ["apply", "--auto-approve"]], ids=str)
async def test_an_empty_revision_is_refused_unless_it_is_allowed(at: Desk, command: list[str], tmp_path: Path) -> None:
    at.user("ada")
    await at.applied()
    empty = tmp_path / "mistyped"
    empty.mkdir()
    result = await at.run(*command, "--previous", str(empty))
    assert result.exit_code == 1
    assert f"{empty}: there is no manifest of scim-operator.io" in result.output
    assert "--allow-empty" in result.output
    allowed = await at.run(*command, "--previous", str(empty), "--allow-empty")
    assert allowed.exit_code == 0, allowed.output


async def test_a_revision_that_is_not_there_is_refused_whatever_is_allowed(at: Desk, tmp_path: Path) -> None:
    result = await at.run("plan", "--previous", str(tmp_path / "none"), "--allow-empty")
    assert result.exit_code == 1
    assert "there is no such file or directory" in result.output
