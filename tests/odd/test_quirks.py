"""What was found out about a service shows in the config's status, and no longer once it is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.cli.test_connection import findings
from scim_operator.core.keys import Kind
from scim_operator.core.service.quirks import SENTENCES, Quirk
from scim_operator.job.base.settings import settings_of
from tests.docs.markdown import ROOT
from tests.support.explaining import config
from tests.support.rig import service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig

FOUND_BY_READING = [
    ("slash=307", "TrailingSlash", [("", [])]),
    ("cursor=only", "CursorPaging", [("Group", []), ("User", [])]),
    ("cursor=only;path=/Users", "CursorPaging", [("User", [])]),
    ("zero-index", "IndexFromZero", [("", [])]),
    ("no-match=404", "NoMatchIsNotFound", [("User", [])]),
]
FOUND_BY_WRITING = [
    ("refused-attribute=title:400:invalidSyntax;method=PATCH", "PutOnly", [("User", ["title"])]),
    ("patch-limited=active;path=/Users", "PutOnly", [("User", ["title"])]),
    ("unreturned=title", "Reformatted", [("User", ["title"])]),
    ("accept-type=application/json", "PlainJson", [("", [])]),
]


def quirks(r: Rig, name: str) -> list[tuple[str, list[str]]]:
    """The quirks of that name in the config's status: resource type and attributes."""
    listed: list[dict[str, Any]] = r.status.get("service", {}).get("quirks") or []
    assert all(one["message"].endswith(".") for one in listed)
    return [(one.get("resourceType", ""), one.get("attributes", [])) for one in listed if one["name"] == name]


async def a_small_tenant(r: Rig, *faults: str) -> None:
    r.simulator.faults.add(*faults)
    r.simulator.seed([service_user("stranger")])
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()


async def begun_again(r: Rig) -> None:
    await r.stop()
    r.simulator.faults.clear()
    await r.start()
    await r.settle()


@pytest.mark.parametrize(("fault", "name", "found"), FOUND_BY_READING)
async def test_what_reading_finds_out(r: Rig, fault: str, name: str, found: list[tuple[str, list[str]]]) -> None:
    await a_small_tenant(r, fault)
    await r.sweep()
    await r.until(lambda: quirks(r, name) == found)
    await begun_again(r)
    assert quirks(r, name) == [], "it is not so any more"


@pytest.mark.parametrize(("fault", "name", "found"), FOUND_BY_WRITING)
async def test_what_writing_finds_out_shows_without_a_sweep(
    hurried: Rig, fault: str, name: str, found: list[tuple[str, list[str]]]
) -> None:
    r = hurried
    r.spec |= {"interval": "24h"}
    await a_small_tenant(r)
    r.simulator.faults.add(fault)
    r.user("ada", title="Countess")
    await r.until(lambda: quirks(r, name) == found)


async def test_a_capability_that_was_learned_shows_without_a_sweep(hurried: Rig) -> None:
    r = hurried
    r.spec |= {"interval": "24h"}
    await a_small_tenant(r)
    r.simulator.faults.add("status=405;method=PATCH;path=/Users")
    r.user("ada", title="Countess")
    shown = {"value": False, "source": "Learned"}
    await r.until(lambda: (r.status["service"]["capabilities"].get("users") or {}).get("patch") == shown)
    await begun_again(r)
    assert not (r.status["service"]["capabilities"].get("users") or {}).get("patch")


async def test_a_filter_that_is_ignored(r: Rig) -> None:
    r.spec["users"] = {"matching": ["nickName", "userName"]}
    await a_small_tenant(r, "filter-attributes=userName,displayName,externalId")
    r.user("bob", nickName="bobby")
    await r.until(lambda: r.reason("bob") == "Provisioned")
    await r.until(lambda: quirks(r, "NotFilterable") == [("User", ["nickName"])])


async def test_members_that_are_never_shown(r: Rig) -> None:
    r.spec["service"] |= {"capabilities": {"verifyMembers": False}}
    await a_small_tenant(r, "hide-members")
    await r.until(lambda: quirks(r, "HiddenMembers") == [("", [])])
    r.group("engineering", [])
    await r.until(lambda: r.members("engineering") == set())
    r.simulator.faults.clear()
    r.group("engineering", ["ada"])
    await r.until(lambda: r.reason("engineering", Kind.GROUP) == "Provisioned" and r.members("engineering") == {"ada"})
    await r.sweep()
    await r.until(lambda: quirks(r, "HiddenMembers") == [])


async def test_an_ordinary_service_has_none(r: Rig) -> None:
    await a_small_tenant(r)
    await r.sweep()
    assert not r.status["service"].get("quirks")


async def test_connection_prints_what_it_finds(r: Rig) -> None:
    r.simulator.seed([service_user("stranger")])
    r.simulator.faults.add("slash=308", "cursor=only;path=/Users", "status=403;path=/Groups", "discovery=no-patch")
    settings = settings_of(config(r))
    client = await r.connector.connect(settings, r.cluster)
    try:
        found = [row async for row in findings(client, settings.enabled)]
    finally:
        await client.close()
    said = {step: (what, passes) for step, what, passes in found}
    assert said["Users"] == ("can be listed, 1 in all", True)
    assert said["Groups"][0].startswith("cannot be listed: The service answered 403 to GET /Groups")
    assert said["Groups"][1] is False
    quirks = [what for step, what, _ in found if step == "Quirk"]
    assert quirks == [
        "Its addresses end in a slash: it redirects to those.",
        "Its lists are read by cursor (RFC 9865): it refuses an index. (User)",
    ]
    assert "pageSize 100 (Profile)" in said["In force"][0]


def test_every_quirk_is_explained() -> None:
    text = (ROOT / "docs/concepts.md").read_text()
    assert [name for name in Quirk if f"`{name}`" not in text] == []
    assert set(SENTENCES) == set(Quirk)
