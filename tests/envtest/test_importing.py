"""What an import writes, kubectl applies, and the API server returns as the values that the service has."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from scim_operator.cli import main
from tests.support.desk import for_simulator
from tests.support.hostile import BLANK, HOSTILE
from tests.support.rig import Rig, rig, service_user
from tools.measure.tenant import BADGES, ODD, fill

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane

UNSENT = ("a terminal's control", "a control of eight bits")
"""What kubectl cannot send by server-side apply."""
TEXTS = [text for name, text in HOSTILE.items() if name not in (*BLANK, *UNSENT, "half a character")]
TEXTS += [text for text in ODD if "\x85" not in text]


async def applied(r: Rig, crds: ControlPlane, namespace: str, folder: Path) -> list[dict[str, Any]]:
    """Import what the service has, and apply it; the objects as the API server returns them."""
    environment = {"SCIM_TOKEN": r.simulator.token, **for_simulator(r.simulator)}
    arguments = ["import", "scim", str(folder), "--url", r.simulator.url]
    result = await asyncio.to_thread(CliRunner().invoke, main, arguments, env=environment)
    assert result.exit_code == 0, result.output
    crds.kubectl("apply", f"--namespace={namespace}", "--recursive", "--server-side", f"--filename={folder}")
    listed = crds.kubectl("get", "scimusers,scimgroups", f"--namespace={namespace}", "--output=json")
    return list(json.loads(listed)["items"])


async def test_every_odd_text_comes_back_as_it_is(crds: ControlPlane, namespace: str, tmp_path: Path) -> None:
    async with rig(strict=False) as r:
        people = [
            service_user(f"u{number}", displayName=text, **{BADGES: {"text": text, "more": [text]}})
            for number, text in enumerate(TEXTS)
        ]
        r.simulator.seed(people)
        there = {each["spec"]["userName"]: each["spec"] for each in await applied(r, crds, namespace, tmp_path / "p")}
        for person, text in zip(people, TEXTS, strict=True):
            spec = there[person["userName"]]
            assert (spec["displayName"], spec["extensions"][BADGES]) == (text, {"text": text, "more": [text]})


async def test_what_no_server_side_apply_can_carry_is_left_out(
    crds: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    async with rig(strict=False) as r:
        r.simulator.seed([service_user(f"u{number}", displayName=HOSTILE[name]) for number, name in enumerate(UNSENT)])
        there = await applied(r, crds, namespace, tmp_path / "people")
        assert len(there) == len(UNSENT)
        assert not any("displayName" in each["spec"] for each in there)


async def test_a_tenant_is_applied_with_every_attribute_and_membership(
    crds: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    async with rig(nested_groups=True, strict=False) as r:
        fill(r.simulator, 80, 12)
        there = await applied(r, crds, namespace, tmp_path / "people")
        assert len(there) == 92
        users = {each["metadata"]["name"]: each["spec"] for each in there if each["kind"] == "ScimUser"}
        groups = {each["metadata"]["name"]: each["spec"] for each in there if each["kind"] == "ScimGroup"}
        for group in groups.values():
            found = r.simulator.group(group["displayName"]) or {}
            wanted = {member["value"] for member in found.get("members", ())}
            named = [
                r.simulator.user(users[m["userRef"]["name"]]["userName"])
                if "userRef" in m
                else r.simulator.group(groups[m["groupRef"]["name"]]["displayName"])
                for m in group["members"]
            ]
            assert {(each or {}).get("id") for each in named} == wanted
