"""Progress: a bar in a terminal, on standard error, and nothing in a pipe or a CI."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import sys
from scim_operator.cli import progress
progress.MOMENT = 0.0
with progress.stage("Listing the service"):
    pass
print(sum(progress.through("Planning")(range(10))), list(progress.through("Reading")(iter("ab"))))
"""
SAID = b"45 ['a', 'b']\n"


def test_in_a_terminal_there_is_a_bar_on_standard_error_alone() -> None:
    shown, terminal = pty.openpty()
    try:
        ended = subprocess.run([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=terminal, check=True)
        text = os.read(shown, 65_536).decode()
    finally:
        os.close(terminal)
        os.close(shown)
    assert ended.stdout == SAID
    assert "Listing the service …" in text
    assert "Planning" in text
    assert "10/10" in text
    assert "100%" in text


def test_elsewhere_there_is_nothing() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    assert (ended.stdout, ended.stderr) == (SAID, b"")


def test_a_command_for_programs_says_nothing_beside_its_answer(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("{}")
    command = "from scim_operator.cli import main; main(['validate', '-o', 'json', '.'])"
    ended = subprocess.run([sys.executable, "-c", command], cwd=tmp_path, capture_output=True, check=False)
    assert ended.stderr == b""
    assert ended.stdout.startswith(b"{")
