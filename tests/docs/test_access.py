"""The commands of docs/access.md do what the page says, run as they stand there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scim_operator.observability.provisioning_log.record import record_of
from scim_operator.observability.provisioning_log.store import Store
from tests.docs.markdown import ROOT, command_lines
from tests.support.ledger import Ledger, config, group, user
from tests.support.noted import AT, processed

CLUSTER = "--from-cluster"
"""Needs a cluster: `tests/chart/test_four_questions.py` runs it with the rights of its role."""
LINES = [
    line
    for _, line in command_lines(ROOT / "docs/access.md")
    if line.startswith("scim-operator ") and CLUSTER not in line
]


@pytest.mark.parametrize("line", LINES)
def test_a_command_of_the_page(tmp_path: Path, line: str) -> None:
    ledger = Ledger(tmp_path / "repository")
    ledger.write("a.yaml", user("ada"), group("payments", "ada"), config())
    ledger.commit("Ada")
    ledger.write("a.yaml", user("ada"), user("bob"), group("payments", "ada"), config())
    ledger.commit("Bob")
    store = Store(f"sqlite:///{ledger.place}/log.db", now=lambda: AT)
    store.write([record_of(processed("ada", 1))])
    store.close()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=ledger.place,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    page = ledger.place / "access.html"
    assert "payments" in (page.read_text() if page.exists() else done.stdout)


def test_the_page_shows_each_question() -> None:
    assert {word for line in LINES for word in line.split() if word in {"--group", "--user", "--all"}} == {
        "--group",
        "--user",
        "--all",
    }
