"""What the cluster remembers counts in a plan against it: limits that are spent, approvals that were used."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.cli.directory import Request, connected, gathered
from scim_operator.core.secrecy.destinations import destination_of
from scim_operator.local.world import FileSecretReader
from scim_operator.review.planner import review
from scim_operator.scim.clock import SystemClock
from scim_operator.scim.egress import Egress
from tests.support.desk import Desk, desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from scim_operator.review.plan_review import Review


@pytest.fixture
async def leaving(tmp_path: Path) -> AsyncIterator[tuple[Desk, Path]]:
    """Bob is at the service and leaves; one disable is allowed in a day."""
    async with desk(tmp_path) as at:
        at.configure(limits={"disables": {"percent": 0, "min": 1, "max": 1}})
        at.user("bob")
        await at.applied()
        previous = at.snapshot()
        at.remove("ScimUser", "bob")
        yield at, previous


async def planned(leaving: tuple[Desk, Path], **limits: Any) -> Review:
    at, previous = leaving
    known = replace(gathered(Request(at.folder, previous=previous)), config_status={"limits": {"owned": [], **limits}})
    clock, egress, hosts = SystemClock(), Egress(allow_insecure=True), str(destination_of(at.simulator.url))
    settings = gathered(Request(at.folder)).settings
    secret_reader = FileSecretReader(settings, at.simulator.token.encode(), None, hosts, egress)
    async with connected(known.settings, secret_reader, clock, egress) as service:
        return await review(known, service, clock)


def spent(disables: int) -> list[dict[str, Any]]:
    return [{"since": SystemClock().now().isoformat(), "disables": disables}]


async def test_what_was_spent_within_the_window_counts(leaving: tuple[Desk, Path]) -> None:
    assert (await planned(leaving)).held == 0
    assert (await planned(leaving, spent=spent(1))).held == 1


async def test_an_approval_is_for_once(leaving: tuple[Desk, Path]) -> None:
    digest = (await planned(leaving, spent=spent(1))).approval
    leaving[0].configure(approvedPlan=digest)
    assert (await planned(leaving, spent=spent(1))).held == 0
    assert (await planned(leaving, spent=spent(1), usedPlan=digest)).held == 1
