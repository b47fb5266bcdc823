"""What a person sees who runs it: one sentence where something is missing, and each fault with its place."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING

from tests.docs.markdown import ROOT
from tools.site.building import findings

if TYPE_CHECKING:
    from pathlib import Path


def test_without_the_generator_one_sentence_says_what_to_run(tmp_path: Path) -> None:
    """As where .venv is older than the lock: the other packages are there."""
    python = tmp_path / "python"
    python.symlink_to(os.path.realpath(sys.executable))
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([sysconfig.get_path("purelib"), str(ROOT / "operator")])}
    command = [str(python), "-m", "tools.site", f"--into={tmp_path / 'site'}"]
    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr == "The generator of the site is missing (zensical); run `make setup` first.\n"
    assert not (tmp_path / "site").exists()


def test_the_warnings_of_the_generator_are_read_from_what_it_prints() -> None:
    log = """\
\x1b[33mWarning:\x1b[0m page does not exist
    \x1b[38;5;246m╭\x1b[0m\x1b[38;5;246m─\x1b[0m\x1b[38;5;246m[\x1b[0m concepts.md:40:11 \x1b[38;5;246m]\x1b[0m
    │
 40 │ [it](nothing.md)
1 issues found
"""
    assert findings(log) == ["concepts.md:40:11: page does not exist"]
