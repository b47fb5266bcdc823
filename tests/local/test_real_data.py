"""A part of the Kubernetes project's access data: what each reviewed change is planned to do is what it means.

The oracle works out from the data alone which writes a change means (tools/realdata/oracle.py); `apply` then sends
exactly what `plan` had shown.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.desk import NAMESPACE, Desk, desk
from tests.support.limiting import UNLIMITED
from tools.realdata import dataset, manifests
from tools.realdata.oracle import Oracle, Write

if TYPE_CHECKING:
    from tools.realdata.dataset import Access

EXTRACT = Path(__file__).parents[1] / "data" / "kubernetes-org-extract"
METHODS = {"Create": "POST", "Update": "PATCH", "Disable": "PATCH", "Delete": "DELETE"}


def write(at: Desk, access: Access) -> None:
    people = [manifests.user(who, NAMESPACE) for who in sorted(access.people)]
    teams = [manifests.group(name, access, NAMESPACE) for name in sorted(access.teams)]
    for name, bodies in (("people", people), ("teams", teams)):
        (at.folder / f"{name}.yaml").write_text(yaml.dump_all(bodies, Dumper=yaml.CSafeDumper, allow_unicode=True))


def planned(plan: dict[str, Any]) -> Counter[Write]:
    return Counter(
        Write(
            METHODS[step["verb"]],
            "Users" if step["object"].startswith("scimuser/") else "Groups",
            manifests.handle_of(step["name"]),
        )
        for step in plan["steps"]
    )


@pytest.mark.parametrize("nested", [False, True], ids=["flattened", "nested"])
async def test_each_change_is_planned_as_what_it_means_and_applied_as_planned(tmp_path: Path, *, nested: bool) -> None:
    data = dataset.read(EXTRACT)
    oracle, access = Oracle(data.base, nested=nested), data.base
    async with desk(tmp_path, nested_groups=nested) as at:
        at.configure(groups={"whenDeleted": "Delete"}, limits=UNLIMITED)
        if nested:
            at.configure(service={**at.spec["service"], "capabilities": {"nestedGroups": True}})
        write(at, access)
        await at.applied()
        for change in data.changes:
            previous = str(at.snapshot())
            before, access = access, access.after(change)
            write(at, access)
            wanted = oracle.writes(before, access)
            assert planned(await at.plan("--previous", previous)) == wanted, change.commit
            mark = at.mark()
            await at.applied("--previous", previous)
            sent = Counter(at.writes(mark))
            assert sent == Counter(f"{w.method} /{w.endpoint}" for w in wanted.elements()), change.commit
        active = {user["userName"] for user in at.simulator.users.values() if user["active"]}
        assert active == {manifests.mail(who) for who in data.final.people}
        assert {group["displayName"] for group in at.simulator.groups.values()} == set(data.final.teams)
