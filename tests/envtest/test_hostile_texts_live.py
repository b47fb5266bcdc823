"""The operator on a real API server, hostile manifests among good ones: all arrive as written, or are told by field."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.envtest.admission import PLURALS, Admission
from tests.support.hostile import BLANK, HOSTILE
from tests.support.waiting import HANG
from tools.live import kube
from tools.live.stage import staged

if TYPE_CHECKING:
    from pathlib import Path

    from tests.envtest.admission import Manifest
    from tools.cluster.controlplane import ControlPlane

PATIENCE = HANG
KEPT = {name: text.replace("\ud800", "\ufffd") for name, text in HOSTILE.items() if name not in BLANK}
"""The texts as the API server keeps them."""


def of(kind: str, name: str, /, **spec: Any) -> Manifest:
    return {"apiVersion": kube.API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}


def person(name: str, title: str) -> Manifest:
    return of(
        "ScimUser",
        name,
        userName=f"{name}@corp.example",
        name={"givenName": name, "familyName": title},
        emails=[{"type": "work", "value": f"{name}@corp.example"}],
        title=title,
    )


def reported(manifest: Manifest | None) -> tuple[str, str]:
    """Reason and message of the condition Ready."""
    conditions = ((manifest or {}).get("status") or {}).get("conditions", ())
    found = [(each["reason"], each["message"]) for each in conditions if each["type"] == "Ready"]
    return found[0] if found else ("", "")


async def test_hostile_manifests_stop_nothing(crds: ControlPlane, namespace: str, tmp_path: Path) -> None:
    people = {f"p{number}": name for number, name in enumerate(HOSTILE) if name not in BLANK}
    manifests = [person(name, HOSTILE[text]) for name, text in people.items()]
    manifests += [
        person("ada", "Analyst"),
        of("ScimGroup", "team", displayName="team", members=[{"userRef": {"name": "ada"}}]),
    ]
    broken = of("ScimGroup", "broken", displayName="broken", members=[{"expression": HOSTILE["a filter's end"]}])
    async with (
        staged(crds, namespace, tmp_path) as stage,
        stage.kube.following(kube.USERS, kube.GROUPS, kube.CONFIGS) as mirror,
    ):
        config = stage.config()
        other = {**config, "metadata": {"name": "other"}}
        other["spec"] = {**config["spec"], "users": {"expression": HOSTILE["an expression that explodes"]}}
        admission = Admission(crds, namespace)
        for manifest in (*manifests, broken, config, other):
            status, answer = await asyncio.to_thread(admission.send, "POST", PLURALS[manifest["kind"]], manifest)
            assert status == 201, answer
        stage.start_operator()
        good = [(kube.USERS, name) for name in (*people, "ada")] + [(kube.GROUPS, "team"), (kube.CONFIGS, "vmware")]
        waited_for = [(kube.GROUPS, "broken"), (kube.CONFIGS, "other")]
        await mirror.until(
            lambda: all(reported(mirror.get(*each))[0] for each in (*good, *waited_for)), "everything is told", PATIENCE
        )
        await mirror.until(
            lambda: all(mirror.ready(*each) for each in good if each[0] != kube.CONFIGS), "the good are there", PATIENCE
        )
        users = {one["userName"].partition("@")[0]: one for one in (await stage.service.dump())["Users"]}
        assert {name: users[name]["title"] for name in people} == {name: KEPT[text] for name, text in people.items()}
        assert {users[name]["name"]["familyName"] for name in people} == set(KEPT.values())
        assert reported(mirror.get(kube.GROUPS, "broken"))[0] == "InvalidSpec"
        assert "spec.members" in reported(mirror.get(kube.GROUPS, "broken"))[1]
        assert reported(mirror.get(kube.CONFIGS, "other"))[0] == "InvalidSpec"
        assert "spec.users.expression" in reported(mirror.get(kube.CONFIGS, "other"))[1]
