"""The same text means the same to the real kubectl."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from scim_operator.local.reading import documents
from tools.cluster.binaries import ensure_binaries

WRITTEN = """yes off y n Y No ~ 012 0o12 0x1F 0b101 -0b11 1_000 08 1e3 1.5 .5 +12 99999999999999999999 2026-12-01
2026-12-01T00:00:00Z 12:30:45 1.2.3 'no' yEs = 1e 1. 0. 1_0.5 ._5 0x -012 1e400 0o8 0B1 1E+3 -.5 _1 0_1 oN"""
SCALARS = tuple(WRITTEN.split())
KEYS = ("y: 1", "on: 1", "1: 1", "1.5: 1", "0x1F: 1", "1e3: 1", '"y": 2', "{<<: {a: 1}, b: 2}")


@pytest.fixture(scope="module")
def kubectl() -> str:
    return ensure_binaries().kubectl


def test_scalars_and_keys_mean_what_they_mean_to_kubectl(kubectl: str) -> None:
    fields = "".join(f"  - {value}\n" for value in SCALARS) + "".join(f"  - {each}\n" for each in KEYS)
    text = f"apiVersion: example.com/v1\nkind: Any\nmetadata: {{name: a}}\nspec:\n{fields}"
    command = [kubectl, "label", "--local", "-f", "-", "x=y", "-o", "json"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    (ours,) = documents(text)
    pairs = zip([*SCALARS, *KEYS], json.loads(done.stdout)["spec"], ours.value["spec"], strict=True)
    assert [pair for pair in pairs if not same(*pair[1:])] == []


def same(theirs: Any, mine: Any) -> bool:
    """JSON knows one kind of number, and Go writes large ones as whole ones."""
    return bool(theirs == mine) and (type(theirs) is type(mine) or abs(theirs) >= 2**63)
