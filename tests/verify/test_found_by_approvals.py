"""What campaigns with approvals have found about what a person is shown before they approve."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from scim_operator.core.keys import Kind
from verify.history import Exchange
from verify.manifests import user
from verify.virtual import run
from verify.world import World

SHOWN = frozenset({"digest", "held", "reason", "protected"})


def plans(world: World) -> list[dict[str, Any]]:
    """Return each plan that waits, as the config's status showed it, in order."""
    written = (one for one in world.history.entries if isinstance(one, Exchange) and one.path.endswith("vmware/status"))
    found = (((one.body or {}).get("status") or {}).get("plan") or {} for one in written)
    return [plan for plan in found if plan.get("held")]


def test_a_digest_is_never_shown_beside_another_plan() -> None:
    """While a sweep was at work, the new digest stood beside the changes of the plan before.

    Who approved it then released a creation that no one had been shown (guarded campaign 20050).
    """

    async def live() -> None:
        world = World(1, approval={"policy": "Manual"})
        world.apply(Kind.USER, "ada", user("ada"))
        world.start()
        await world.rest()
        for number, name in enumerate(("ben", "cleo", "dan")):
            world.apply(Kind.USER, name, user(name))
            world.configure(interval=f"{10 + number}m")
            await world.pass_time(0.05)
            for again in range(40):
                world.apply(Kind.USER, name, user(name, title=f"Lead {again}"))
                await world.pass_time(0.1)
            await world.rest()
        contents = defaultdict(set)
        for plan in plans(world):
            contents[plan["digest"]].add(json.dumps({key: plan[key] for key in plan.keys() - SHOWN}, sort_keys=True))
        await world.end()
        assert len(contents) > 3
        assert {digest: shown for digest, shown in contents.items() if len(shown) > 1} == {}

    run(live())
