"""The frame of the command line: lazy, named after how it was called, with our errors as messages."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import click
import pytest
from click.testing import CliRunner

from scim_operator.cli import COMMANDS, LazyGroup, main, program_name
from scim_operator.errors import TransientError

HEAVY = ("aiohttp", "asyncio", "httpx2", "kopf", "kubernetes", "pydantic", "yaml")


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from scim_operator.cli import main; main(['--help'], standalone_mode=False);"
        f"print('heavy:', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "heavy: []" in ended.stdout
    assert all(name in ended.stdout for name in COMMANDS)


def test_the_folder_named_operator_does_not_hide_the_standard_library() -> None:
    program = "import operator, scim_operator; print(operator.itemgetter(1)('ab'))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "b\n"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_loads_and_has_help(name: str) -> None:
    shown = CliRunner().invoke(main, [name, "--help"])
    assert shown.exit_code == 0, shown.output
    assert f"scim-operator {name}" in shown.output


@pytest.mark.parametrize(
    ("called_as", "name"),
    [
        pytest.param("/usr/local/bin/kubectl-scim", "kubectl scim", id="kubectl finds plugins by the file's name"),
        pytest.param(".venv/bin/scim-operator", "scim-operator", id="console script"),
        pytest.param("-c", "scim-operator", id="from Python, where argv says nothing"),
    ],
)
def test_usage_names_what_was_typed(called_as: str, name: str) -> None:
    assert program_name(called_as) == name


def test_version() -> None:
    assert version("scim-operator") in CliRunner().invoke(main, ["--version"]).output


def test_a_reader_that_goes_away_is_no_error() -> None:
    """As in `scim-operator crds | head -1`: more than a pipe holds is written to no one."""
    program = "from scim_operator.cli import main; main(['crds'])"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == b""


def test_an_unknown_command_is_named() -> None:
    refused = CliRunner().invoke(main, ["provision"])
    assert refused.exit_code == 2
    assert "No such command 'provision'" in refused.output


def test_an_error_of_ours_is_a_message_not_a_traceback() -> None:
    @click.group(cls=LazyGroup, invoke_without_command=True)
    def failing() -> None:
        raise TransientError("The service does not answer; try again.")

    failed = CliRunner().invoke(failing, [])
    assert failed.exit_code == 1
    assert failed.output == "Error: The service does not answer; try again.\n"
