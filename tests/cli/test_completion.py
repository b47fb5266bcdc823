"""Completion, as a shell asks for it: by the program, in its environment, on a line that is not finished."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from scim_operator.cli import COMMANDS, main
from tests.support.waiting import HANG

if TYPE_CHECKING:
    from pathlib import Path

USER = "apiVersion: scim-operator.io/v1alpha1\nkind: ScimUser\nmetadata: {{name: {name}}}\nspec: {{userName: {name}}}\n"
GROUP = "---\napiVersion: scim-operator.io/v1alpha1\nkind: ScimGroup\nmetadata: {name: engineering}\nspec: {}\n"
CONFIG = "apiVersion: scim-operator.io/v1alpha1\nkind: ProvisioningConfig\nmetadata: {name: vmware}\nspec: {}\n"
PROGRAM = "from scim_operator.cli import main; main(prog_name='scim-operator')"


def completed(*words: str, **environ: str) -> list[str]:
    asked = {
        **os.environ,
        "KUBECONFIG": "/nowhere",
        "COMP_WORDS": " ".join(["scim-operator", *words]),
        "COMP_CWORD": str(len(words)),
        "_SCIM_OPERATOR_COMPLETE": "bash_complete",
        "SCIM_OPERATOR_COMPLETION_SECONDS": str(HANG),
        **environ,
    }
    ended = subprocess.run([sys.executable, "-c", PROGRAM], env=asked, capture_output=True, text=True, check=False)
    assert ended.stderr == "", "what is written to standard error stands in the prompt"
    return [line.removeprefix("plain,") for line in ended.stdout.splitlines() if line]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "ada.yaml").write_text(USER.format(name="ada") + GROUP)
    (tmp_path / "people" / "alan.yaml").write_text(USER.format(name="alan"))
    (tmp_path / "people" / "broken.yaml").write_text("kind: [")
    (tmp_path / "vmware.yaml").write_text(CONFIG)
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "eve.yaml").write_text(USER.format(name="eve"))
    return tmp_path


def test_commands_and_options_are_completed() -> None:
    assert set(completed("")) >= set(COMMANDS)
    assert completed("sta") == ["status"]
    assert "--output" in completed("status", "--o")
    assert completed("status", "--output", "ya") == ["yaml"]


def test_names_come_from_the_directory_that_is_read(directory: Path) -> None:
    assert completed("access", str(directory), "--user", "a") == ["ada", "alan"]
    assert completed("access", str(directory), "--group", "") == ["engineering"]
    assert completed("plan", str(directory), "--config", "v") == ["vmware"]
    protected = completed("apply", str(directory), "--approve-protected", "scim")
    assert protected == ["scimuser/ada", "scimuser/alan", "scimgroup/engineering"]
    assert completed("apply", str(directory), "--approve-protected", "scimuser/al") == ["scimuser/alan"]


def test_without_a_cluster_there_are_no_names_and_no_error() -> None:
    for words in (("status", ""), ("explain", "scimuser/"), ("logs", "--user", "a"), ("explain", "x", "--config", "")):
        assert completed(*words) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "kubectl"])
def test_each_shell_has_its_script(shell: str) -> None:
    shown = CliRunner().invoke(main, ["completion", shell])
    assert shown.exit_code == 0
    assert "COMPLETE=" in shown.output


def asked_by(shell: list[str], folder: Path, name: str, script: str, *words: str) -> str:
    """What a shell prints that finds our program by that name, for these words, or `sta`."""
    program = folder / name
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{PROGRAM.replace("scim-operator", name)}" "$@"\n')
    program.chmod(0o755)
    environ = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    (folder / "script").write_text(script)
    command = [*shell, str(folder / "script"), *(words or ["sta"])]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert ended.stderr == ""
    return ended.stdout


def test_bash_takes_the_script(tmp_path: Path) -> None:
    script = CliRunner().invoke(main, ["completion", "bash"]).output
    asking = "COMP_WORDS=(scim-operator sta)\nCOMP_CWORD=1\n_scim_operator_completion scim-operator\n"
    shown = asked_by(["bash"], tmp_path, "scim-operator", f'{script}\n{asking}echo "${{COMPREPLY[*]}}"\n')
    assert shown == "status\n"


def test_kubectl_asks_by_the_program_for_it(tmp_path: Path) -> None:
    script = CliRunner().invoke(main, ["completion", "kubectl"]).output
    assert asked_by(["sh"], tmp_path, "kubectl-scim", script) == "status\n:4\n"
    assert asked_by(["sh"], tmp_path, "kubectl-scim", script, "validate", "") == ":0\n", (
        "files are the shell's to offer"
    )
