"""The services of the contract suite are built once for each state of their sources, and lacked where no tool is."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tools.services import builds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("ensure", [builds.ensure_scimmy, builds.ensure_scim_sdk])
def test_without_its_tools_there_is_none(ensure: Callable[[], Path | None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert ensure() is None


def test_what_is_pinned_is_pinned_with_its_hashes() -> None:
    lock = (builds.HERE / "scimmy" / "package-lock.json").read_text()
    assert lock.count('"integrity"') > 50
    assert "resolved" not in lock, "it names no registry"


@pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm on this machine")
def test_a_second_call_builds_nothing() -> None:
    first = builds.ensure_scimmy()
    assert first is not None
    made = (first / "node_modules").stat().st_mtime
    assert builds.ensure_scimmy() == first
    assert (first / "node_modules").stat().st_mtime == made
