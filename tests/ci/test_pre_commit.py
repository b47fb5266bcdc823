"""The pre-commit hook, run by the real pre-commit in a real repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
HOOKS = ROOT / ".pre-commit-hooks.yaml"
BIN = Path(sys.executable).parent
GOOD = "apiVersion: scim-operator.io/v1alpha1\nkind: ScimUser\nmetadata: {name: ada}\nspec: {userName: ada}\n"


def pre_commit(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(folder / ".git/pre-commit"),
    }
    command = [str(BIN / "pre-commit"), *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def repository(folder: Path) -> None:
    """One that has the hook, from the environment of the tests: to install it anew would need a package index."""
    (hook,) = yaml.safe_load(HOOKS.read_text())
    config = {"repos": [{"repo": "local", "hooks": [{**hook, "language": "system", "args": ["access"]}]}]}
    (folder / "access").mkdir()
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    (folder / "chart.yaml").write_text("{{ not YAML }}\n")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)


def test_the_definition_is_one(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    ended = pre_commit(tmp_path, "validate-manifest", str(HOOKS))
    assert (ended.returncode, ended.stdout) == (0, "")


def test_a_good_commit_passes_and_a_bad_one_is_stopped_at_its_line(tmp_path: Path) -> None:
    repository(tmp_path)
    (tmp_path / "access/ada.yaml").write_text(GOOD)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    passed = pre_commit(tmp_path, "run", "--all-files")
    assert passed.returncode == 0, passed.stdout
    (tmp_path / "access/ada.yaml").write_text(GOOD.replace("userName: ada", "userName: 7"))
    stopped = pre_commit(tmp_path, "run", "--all-files")
    assert stopped.returncode == 1
    assert "access/ada.yaml:4: ScimUser ada: spec.userName: must be a text, not a number" in stopped.stdout
