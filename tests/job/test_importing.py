"""A tenant becomes manifests, and the operator takes over exactly what they describe without a write to the service."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.core.keys import Kind
from scim_operator.local.checks import check
from scim_operator.local.manifests import collect
from tests.support.desk import for_simulator
from tests.support.rig import Rig, rig
from tests.support.tenant import MAPPINGS, fill

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from click.testing import Result


async def imported(r: Rig, folder: Path, *options: str) -> Result:
    """Import everything that the rig's service has."""
    environment = {"SCIM_TOKEN": r.simulator.token, **for_simulator(r.simulator)}
    arguments = ["import", "scim", str(folder), "--url", r.simulator.url, *options]
    return await asyncio.to_thread(CliRunner().invoke, main, arguments, env=environment)


def applied(r: Rig, folder: Path) -> list[Any]:
    """Apply the directory, which must be valid, as kubectl reads it."""
    found = collect([folder], "identity")
    assert [finding.as_text() for finding in check(found)] == []
    for each in found.manifests:
        r.cluster.apply(Kind(each.kind), each.name, each.body["spec"])
    return found.manifests


async def takes_over(r: Rig, how_many: int) -> None:
    """What is imported waits for one approval, and is then provisioned: no sweep writes anything to the service."""
    mark = r.mark()
    await r.start()
    await r.settle()
    assert r.writes(mark) == []
    assert r.status["plan"]["adoptions"] == how_many
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.settle()
    await r.check_quiet()
    assert r.writes(mark) == []
    totals = r.status["totals"]
    assert totals["users"]["provisioned"] + totals["groups"]["provisioned"] == how_many
    assert (totals["users"]["unmanaged"], totals["groups"]["unmanaged"]) == (0, 0)


def same(paths: Iterable[str]) -> list[dict[str, str]]:
    return [{"target": path, "source": path} for path in paths]


@pytest.mark.parametrize("layout", ["person", "team", "one"])
async def test_a_full_tenant_is_taken_over_without_a_write(tmp_path: Path, layout: str) -> None:
    """2,000 users and 200 groups, nested, with odd characters, of every attribute; once by each layout."""
    people, groups = (2000, 200) if layout == "person" else (60, 20)
    async with rig(nested_groups=True, strict=False) as r:
        fill(r.simulator, people, groups)
        r.spec["service"]["capabilities"] = {"nestedGroups": True}
        r.spec["users"]["mappings"] = same(MAPPINGS)
        result = await imported(r, tmp_path / "people", f"--layout={layout}")
        assert result.exit_code == 0, result.output
        assert r.writes() == []
        assert len(applied(r, tmp_path / "people")) == people + groups
        await takes_over(r, people + groups)
