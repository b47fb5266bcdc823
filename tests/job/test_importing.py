"""A tenant becomes manifests, and the operator takes over exactly what they describe without a write to the service."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.core.keys import Kind
from scim_operator.local.checks import API_VERSION, check
from scim_operator.local.manifests import collect
from scim_operator.scim.clock import SystemClock
from tests.support.desk import for_simulator
from tests.support.rig import Rig, rig, service_group, service_user
from tests.support.scim2 import scim2_service
from tools.measure.tenant import MAPPINGS, fill

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from click.testing import Result


async def imported(r: Rig, folder: Path, *options: str) -> Result:
    """Import everything that the rig's service has."""
    environment = {"SCIM_TOKEN": r.simulator.token, **for_simulator(r.simulator)}
    arguments = ["import", "scim", str(folder), "--url", r.simulator.url, *options]
    return await asyncio.to_thread(CliRunner().invoke, main, arguments, env=environment)


def specs(folder: Path) -> dict[str, dict[str, Any]]:
    """What the directory says, by name."""
    return {each.name: each.body["spec"] for each in collect([folder]).manifests}


def written(folder: Path) -> list[str]:
    """The texts of all files below a folder."""
    return [each.read_text() for each in folder.rglob("*") if each.is_file()]


def applied(r: Rig, folder: Path) -> list[Any]:
    """Apply the directory, which must be valid, as kubectl reads it."""
    found = collect([folder], "identity")
    assert [finding.as_text() for finding in check(found)] == []
    for each in found.manifests:
        r.cluster.apply(Kind(each.kind), each.name, each.body["spec"])
    return found.manifests


async def takes_over(r: Rig, how_many: int, left: int = 0) -> None:
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
    assert (totals["users"]["unmanaged"], totals["groups"]["unmanaged"]) == (left, 0)


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


async def test_a_small_tenant_of_another_service_is_taken_over_without_a_write(tmp_path: Path) -> None:
    """scim2-server, which others wrote: it nests groups, and its resources have no externalId."""
    with scim2_service() as service:
        r = Rig(service, SystemClock())  # type: ignore[arg-type]
        r.spec["service"]["profile"] = "generic"
        keeps = {"mappings": [{"target": "externalId", "source": "externalId", "apply": "OnCreate"}]}
        r.spec |= {"users": keeps, "groups": keeps}
        ids = [
            r.by_hand("POST", "/Users", service_user(name, title="NO", externalId=None))["id"]
            for name in ("ada", "bob", "cyd")
        ]
        within = r.by_hand("POST", "/Groups", service_group("compilers", ids[:1], externalId=None))["id"]
        r.by_hand("POST", "/Groups", service_group("engineering", [*ids[1:], within], externalId=None))
        r.by_hand("POST", "/Groups", service_group("empty", externalId=None))
        try:
            result = await imported(r, tmp_path / "people")
            assert result.exit_code == 0, result.output
            assert "Without an externalId at the service: 3 users and 3 groups." in result.stderr
            assert specs(tmp_path / "people")["engineering"]["members"][0] == {"groupRef": {"name": "compilers"}}
            assert specs(tmp_path / "people")["empty"]["members"] == []
            assert len(applied(r, tmp_path / "people")) == 6
            await takes_over(r, 6)
        finally:
            await r.stop()


async def test_a_config_says_where_the_service_is(r: Rig, tmp_path: Path) -> None:
    r.simulator.seed([service_user("ada")])
    auth = {"bearer": {"secretRef": {"name": "t"}}}
    service = {"url": r.simulator.url, "allowInsecure": True, "auth": auth}
    body = {"apiVersion": API_VERSION, "kind": "ProvisioningConfig", "metadata": {"name": "v"}}
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**body, "spec": {"service": service}}))
    environment = {"SCIM_TOKEN": r.simulator.token, **for_simulator(r.simulator)}
    arguments = ["import", "scim", str(tmp_path / "people"), "--config", str(config)]
    result = await asyncio.to_thread(CliRunner().invoke, main, arguments, env=environment)
    assert result.exit_code == 0, result.output
    assert set(specs(tmp_path / "people")) == {"ada-corp.example"}


async def test_the_token_goes_only_to_hosts_that_are_named(r: Rig, tmp_path: Path) -> None:
    """The author of a config says where the service is, and not where the token may go."""
    environment = {"SCIM_TOKEN": r.simulator.token, **for_simulator(r.simulator), "SCIM_TOKEN_HOSTS": "vc.example.com"}
    auth = {"bearer": {"secretRef": {"name": "t"}}}
    service = {"url": r.simulator.url, "allowInsecure": True, "auth": auth}
    body = {"apiVersion": API_VERSION, "kind": "ProvisioningConfig", "metadata": {"name": "v"}}
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**body, "spec": {"service": service}}))
    arguments = ["import", "scim", str(tmp_path / "people"), "--config", str(config)]
    result = await asyncio.to_thread(CliRunner().invoke, main, arguments, env=environment)
    assert result.exit_code == 1
    assert "The token was not sent" in result.stderr
    assert r.simulator.log.last == 0


async def test_what_the_operator_made_keeps_its_name(r: Rig, tmp_path: Path) -> None:
    """The mark says which manifest a resource belongs to: it is ours at once, and needs no approval."""
    r.user("ada.l")
    r.group("ops", ["ada.l"])
    await r.start()
    await r.settle()
    result = await imported(r, tmp_path / "people", "--namespace=identity")
    assert result.exit_code == 0, result.output
    found = specs(tmp_path / "people")
    assert set(found) == {"ada.l", "ops"}
    assert "externalId" not in found["ada.l"]
    mark = r.mark()
    applied(r, tmp_path / "people")
    await r.rest()
    await r.check_quiet()
    assert r.writes(mark) == []


async def test_what_carries_another_manifest_s_mark_is_refused(r: Rig, tmp_path: Path) -> None:
    r.simulator.seed([service_user("ada", externalId="elsewhere/ada"), service_user("bob")])
    result = await imported(r, tmp_path / "people", "--namespace=identity")
    assert result.exit_code == 1
    assert ": externalId has the form of a mark" in result.stderr
    assert not (tmp_path / "people").exists()
    result = await imported(r, tmp_path / "people", "--namespace=identity", "--skip-refused")
    assert (result.exit_code, set(specs(tmp_path / "people"))) == (1, {"bob-corp.example"})


async def test_who_is_left_out_stays_in_the_groups(r: Rig, tmp_path: Path) -> None:
    """An exclusive group would remove whom no manifest names."""
    ids, _ = r.simulator.seed([service_user("ada"), service_user("bob")])
    r.simulator.seed(groups=[service_group("ops", ids), service_group("dev", ids[:1])])
    result = await imported(r, tmp_path / "people", "--where", 'row.userName != "bob@corp.example"')
    assert result.exit_code == 0, result.output
    found = specs(tmp_path / "people")
    assert found["ops"]["membershipPolicy"] == "Additive"
    assert "membershipPolicy" not in found["dev"]
    assert "Additive, for they have members without a manifest, who stay in them: ops (1 group)." in result.stderr
    applied(r, tmp_path / "people")
    await takes_over(r, 3, left=1)
    assert r.members("ops") == {"ada", "bob"}


async def test_members_that_the_service_does_not_show_are_not_managed(r: Rig, tmp_path: Path) -> None:
    ids, _ = r.simulator.seed([service_user("ada")])
    r.simulator.seed(groups=[service_group("ops", ids)])
    r.simulator.faults.add("hide-members")
    result = await imported(r, tmp_path / "people")
    assert "The service shows no members of any group" in result.stderr
    assert "members" not in specs(tmp_path / "people")["ops"]


@pytest.mark.parametrize("fault", ["broken-page", "broken-page=error", "unavailable", "status=403;path=/Groups"])
async def test_a_listing_that_is_not_whole_is_not_imported(r: Rig, tmp_path: Path, fault: str) -> None:
    ids, _ = r.simulator.seed([service_user(f"u{number}") for number in range(150)])
    r.simulator.seed(groups=[service_group("ops", ids)])
    r.simulator.faults.add(fault)
    result = await imported(r, tmp_path / "people")
    assert result.exit_code == 1, result.output
    assert written(tmp_path) == []


async def test_the_service_of_a_wrong_token_is_not_imported(r: Rig, tmp_path: Path) -> None:
    r.rotate("another")
    result = await imported(r, tmp_path / "people")
    assert result.exit_code == 1
    assert written(tmp_path) == []


async def test_values_that_no_manifest_can_hold_are_left_out_and_named(tmp_path: Path) -> None:
    """They are not managed then, and so the service keeps them."""
    async with rig(strict=False) as r:
        ada = service_user("ada", favouriteColour="blue", title=" ", password="hush")
        ada["addresses"] = [{"type": "work", "country": "England"}, {"type": "home", "country": "GB"}]
        ada["urn:example:2.0:User"] = {"badge": 7, "apiToken": "hush"}
        r.simulator.seed([ada])
        result = await imported(r, tmp_path / "people")
        assert result.exit_code == 0, result.output
        [spec] = specs(tmp_path / "people").values()
        assert "addresses" not in spec, "all of them, for the service is to keep the other one too"
        assert spec["extensions"] == {"urn:example:2.0:User": {"badge": 7}}
        assert "title" not in spec
        for name in ("favouriteColour", "title", "addresses.country", "urn:example:2.0:User:apiToken"):
            assert f"{name} (1 row)" in result.stderr
        assert "hush" not in result.output + "".join(written(tmp_path))
        applied(r, tmp_path / "people")
        mappings = ["urn:example:2.0:User:badge"]
        r.spec["users"]["mappings"] = same(mappings)
        await takes_over(r, 1)
