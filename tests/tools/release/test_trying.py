"""What is tried of a built plugin: every command, and a console with all its pages and files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tools.release import trying
from tools.release.errors import ReleaseError

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """#!{python}
import sys
sys.argv[0] = "kubectl-scim"
from scim_operator.cli import main
{before}
main()
"""


def program(folder: Path, before: str = "") -> Path:
    """Our own program under the plugin's name; `before` takes something out of it."""
    made = folder / "kubectl-scim"
    made.write_text(PROGRAM.format(python=sys.executable, before=before))
    made.chmod(0o700)
    return made


def test_a_whole_program_passes(tmp_path: Path) -> None:
    whole = program(tmp_path)
    trying.every_command(whole, ["status"])
    trying.the_cluster(whole, tmp_path, [("status",)])
    trying.the_console(whole)


def test_a_command_that_is_left_out_is_seen(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="status --help fails"):
        trying.every_command(program(tmp_path, left_out("cli.status")), ["status"])


def test_what_is_imported_late_is_seen_too(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="access does not ask the cluster"):
        trying.the_cluster(
            program(tmp_path, left_out("cli.present_access")), tmp_path, [("access", "--from-cluster", "--all")]
        )


def test_a_console_that_does_not_start_is_seen(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="ui prints no address"):
        trying.the_console(program(tmp_path, left_out("console.server")))


def test_a_file_of_the_console_that_is_left_out_is_seen(tmp_path: Path) -> None:
    without = "import scim_operator.console.server as server; server.STATIC.pop('htmx.min.js')"
    with pytest.raises(ReleaseError, match=r"htmx\.min\.js: HTTP Error 404"):
        trying.the_console(program(tmp_path, without))


def left_out(module: str) -> str:
    return f"sys.modules['scim_operator.{module}'] = None"
