"""Runs parts of the test suite over a copy of the source."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verify.safeties.copy import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

NONE_LEFT = 5
"""What pytest ends with where all tests were deselected."""
HANG = "20"
"""Seconds after which what a test waits for is not coming: without a safety, that is a way to notice."""
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?::.+?)(?: - (.*))?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Red:
    """The first test that failed, "" for none, and what pytest says of it."""

    test: str = ""
    sentence: str = ""


def first_red(folder: Path, tests: Sequence[str], but: Iterable[str] = ()) -> Red:
    """Return the first of these tests, or files or folders of tests, that fails over the source in a folder."""
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "verify.safeties.over", "-o", f"pythonpath={folder} {ROOT}"]
    without = [f"--deselect={test}" for test in but]
    command = [sys.executable, "-m", "pytest", *options, "--timeout", "240", *without, *tests]
    variables = environment(folder) | {"HANG": os.environ.get("HANG", HANG), "COLUMNS": "400"}
    ended = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves
    if ended.returncode not in {0, 1, NONE_LEFT} or "not tested over" in ended.stdout + ended.stderr:
        raise RuntimeError(f"{ended.stdout[-3000:]}\n{ended.stderr[-3000:]}")
    found = _FAILED.search(ended.stdout)
    if found is None and ended.returncode == 1:
        raise RuntimeError(ended.stdout[-3000:])
    return Red(found[1], found[2] or "") if found else Red()
