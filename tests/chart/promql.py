"""PromQL in rules and dashboards: read by promtool, and about metrics that the operator shows."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from scim_operator.observability.metrics import Metrics

if TYPE_CHECKING:
    from pathlib import Path

WORDS = {"and", "or", "unless", "offset", "bool", "by", "on", "without", "ignoring"}


def run(promtool: Path, *args: str) -> tuple[bool, str]:
    ended = subprocess.run([promtool, *args], capture_output=True, text=True, check=False)
    return ended.returncode == 0, ended.stdout + ended.stderr


def metrics_in(expression: str) -> set[str]:
    """The names of metrics in an expression of PromQL."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^]]*\]', " ", expression)
    bare = re.sub(r"\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)", " ", bare)
    return set(re.findall(r"\b[a-z_][a-z0-9_]*\b(?!\s*\()", bare)) - WORDS


def exposed() -> set[str]:
    """The names under which the operator shows its metrics."""
    endings = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_count", "_sum"]}
    return {one.name + end for one in Metrics().registry.collect() for end in endings[one.type]}
