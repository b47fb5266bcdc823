"""Replaying a seed in another process."""

from __future__ import annotations

import os
import sys


def fix_order_of_sets(module: str) -> None:
    """Start the module again with its arguments, unless sets have a fixed order: that is a part of the schedule too."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        words = [sys.executable, "-m", module, *sys.argv[1:]]
        os.execve(sys.executable, words, os.environ | {"PYTHONHASHSEED": "0"})
