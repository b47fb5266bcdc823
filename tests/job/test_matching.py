"""`scim-operator import scim --match`: the report says of each manifest and resource what the operator would do."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.scim.clock import SystemClock
from tests.support.desk import Desk, desk, for_simulator
from tests.support.rig import Rig, service_group, service_user
from tests.support.scim2 import scim2_service

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


async def matched(d: Desk, *options: str, form: str = "json") -> Result:
    """Ask for the report on a desk's directory."""
    environment = {"SCIM_TOKEN": d.simulator.token, **for_simulator(d.simulator)}
    arguments = ["import", "scim", "--match", str(d.folder), "-o", form, *options]
    return await asyncio.to_thread(CliRunner().invoke, main, arguments, env=environment)


async def report(d: Desk, *options: str) -> dict[str, Any]:
    """The report as JSON; nothing was written, and the exit status fits."""
    mark = d.mark()
    result = await matched(d, *options)
    assert result.stdout.startswith("{"), result.output
    found: dict[str, Any] = json.loads(result.stdout)
    assert result.exit_code == (0 if found["oneToOne"] else 1)
    assert d.writes(mark) == []
    return found


def rows(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Standing and attribute of each manifest, or of the name of what has none."""
    return {row["manifest"] or row["name"]: (row["standing"], row["matchedBy"]) for row in found["rows"]}


def note(found: dict[str, Any], manifest: str) -> str:
    return next(str(row["note"]) for row in found["rows"] if row["manifest"] == manifest)


async def test_who_matches_whom_and_by_what(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        ids, _ = d.simulator.seed([service_user("ada"), service_user("bob"), service_user("eve")])
        d.simulator.seed(groups=[service_group("ops", ids[:2]), service_group("old")])
        d.user("ada", externalId="foreign-ada")
        d.user("robert", userName="bob@corp.example", externalId="foreign-bob")
        d.user("cyd", externalId="foreign-cyd")
        d.group("ops", "ada", "robert", externalId="foreign-ops")
        found = await report(d)
        assert rows(found) == {
            "scimuser/ada": ("Matched", "externalId"),
            "scimuser/robert": ("Matched", "externalId"),
            "scimuser/cyd": ("OnlyInGit", ""),
            "scimgroup/ops": ("Matched", "externalId"),
            "eve@corp.example": ("OnlyAtService", ""),
            "old": ("OnlyAtService", ""),
        }
        assert not found["oneToOne"]
        assert found["counts"]["users"]["Matched"] == 2
        assert found["matchedBy"]["users"] == {"externalId": 2}


async def test_everything_one_to_one_is_success(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.simulator.seed([service_user("ada")])
        d.user("ada", externalId="foreign-ada")
        assert (await report(d))["oneToOne"]
        result = await matched(d, form="text")
        assert result.exit_code == 0, result.output
        assert "Users: 1 match one to one (1 by externalId)." in result.stdout
        assert result.stdout.endswith("Everything matches one to one.\n")


async def test_two_resources_for_one_manifest(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        mail = [{"type": "work", "value": "ada@corp.example", "primary": True}]
        d.simulator.seed([service_user("ada"), service_user("lovelace", emails=mail)])
        d.configure(users={"matching": ['emails[type eq "work"].value']})
        d.user("ada")
        found = await report(d)
        assert rows(found) == {"scimuser/ada": ("Ambiguous", 'emails[type eq "work"].value')}
        assert len(found["rows"][0]["ids"]) == 2
        assert "Several resources at the service match by emails" in note(found, "scimuser/ada")


async def test_two_manifests_for_one_resource(tmp_path: Path) -> None:
    """By one value, or by two: the one has its externalId, and the other its userName."""
    async with desk(tmp_path) as d:
        d.simulator.seed([service_user("ada"), service_user("bob")])
        d.user("ada", externalId="foreign-ada")
        d.user("ada2", userName="ada2@corp.example", externalId="foreign-ada")
        d.user("bob", userName="bob@corp.example", externalId="other")
        d.user("bob2", userName="bob2@corp.example", externalId="foreign-bob")
        found = await report(d)
        standings = {name: standing for name, (standing, _) in rows(found).items()}
        assert standings == dict.fromkeys(["scimuser/ada", "scimuser/ada2", "scimuser/bob", "scimuser/bob2"], "Shared")
        assert "scimuser/ada2 claims the same" in note(found, "scimuser/ada")
        assert "scimuser/bob2 matches the same resource" in note(found, "scimuser/bob")


async def test_an_external_id_that_the_service_keeps(tmp_path: Path) -> None:
    """VMware never changes one; another service would, and so it is a change there, and no obstacle."""
    async with desk(tmp_path) as d:
        d.simulator.seed([service_user("ada")])
        d.user("ada", externalId="right")
        found = await report(d)
        assert rows(found) == {"scimuser/ada": ("ExternalIdDiffers", "userName")}
        assert 'externalId is "foreign-ada" there and "right" in the manifest' in note(found, "scimuser/ada")
        plan = await d.plan()
        assert [each["reason"] for each in plan["problems"]] == ["Immutable"]
        d.configure(service={**d.spec["service"], "profile": "generic"})
        found = await report(d)
        assert rows(found) == {"scimuser/ada": ("Matched", "userName")}
        assert "externalId" in note(found, "scimuser/ada")


async def test_what_the_operator_would_not_take_over(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.simulator.seed([service_user("ada"), service_user("bob", externalId="elsewhere/bob"), service_user("eve")])
        d.user("ada", externalId="foreign-ada", adoption="Never")
        d.user("bob", externalId="foreign-bob")
        d.configure(scope="Assigned", assignments=[{"userRef": {"name": "ada"}}, {"userRef": {"name": "bob"}}])
        d.user("eve", externalId="foreign-eve")
        found = await report(d)
        standings = {name: standing for name, (standing, _) in rows(found).items()}
        assert standings == {"scimuser/ada": "Refused", "scimuser/bob": "Refused", "scimuser/eve": "LeftOut"}
        assert "adoption: Approve" in note(found, "scimuser/ada")
        assert "carries the mark of" in note(found, "scimuser/bob")


async def test_who_cannot_be_said(tmp_path: Path) -> None:
    """A manifest with an error, and one for which an expression fails, are no one's match and no one's absence."""
    async with desk(tmp_path) as d:
        d.simulator.seed([service_user("ada"), service_user("bob")])
        d.user("ada", externalId="foreign-ada")
        d.user("bob", externalId="foreign-bob", unknownField=1)
        found = await report(d)
        assert rows(found)["scimuser/bob"][0] == "Unknown"
        assert rows(found)["scimuser/ada"][0] == "Matched"
        assert found["invalid"]
        assert not found["oneToOne"]


@pytest.mark.parametrize("fault", ["broken-page", "unavailable", "status=403;path=/Groups"])
async def test_a_listing_that_is_not_whole_is_no_report(tmp_path: Path, fault: str) -> None:
    async with desk(tmp_path) as d:
        ids, _ = d.simulator.seed([service_user(f"u{number}") for number in range(150)])
        d.simulator.seed(groups=[service_group("ops", ids)])
        d.user("ada", externalId="foreign-ada")
        d.simulator.faults.add(fault)
        result = await matched(d)
        assert (result.exit_code, result.stdout) == (1, "")


async def test_each_form_has_all_counts_and_escapes_what_others_wrote(tmp_path: Path) -> None:
    async with desk(tmp_path, strict=False) as d:
        d.simulator.seed([service_user(f"u{number}") for number in range(60)])
        d.simulator.seed([service_user("x", userName="=cmd\x1b[31m`|<b>")])
        d.user("ada", externalId="foreign-ada")
        for form in ("text", "markdown"):
            result = await matched(d, form=form)
            assert result.exit_code == 1
            assert "61 at the service alone" in result.stdout
            assert "and 11 more" in result.stdout
            assert "\x1b" not in result.stdout
        lines = [*csv.reader(io.StringIO((await matched(d, form="csv")).stdout))]
        assert len(lines) == 63
        assert "'=cmd\\x1b[31m`|<b>" in [line[3] for line in lines]
        assert len((await report(d))["rows"]) == 62


async def test_a_url_and_a_profile_are_enough(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.simulator.seed([service_user("ada")])
        d.user("ada", externalId="foreign-ada")
        d.remove("ProvisioningConfig", "vmware")
        found = await report(d, "--url", d.simulator.url, "--profile=vmware-identity-service")
        assert rows(found) == {"scimuser/ada": ("Matched", "externalId")}


async def test_a_config_of_its_own_file(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.simulator.seed([service_user("ada")])
        d.user("ada", externalId="foreign-ada")
        (d.folder / "provisioningconfig-vmware.yaml").rename(tmp_path / "config.yaml")
        found = await report(d, f"--config={tmp_path / 'config.yaml'}")
        assert found["config"] == "identity/vmware"
        assert rows(found) == {"scimuser/ada": ("Matched", "externalId")}


@pytest.mark.parametrize("options", [(), ("out", "--match", "in"), ("--match", "in", "--set", "a=b")])
def test_options_that_do_not_go_together(tmp_path: Path, options: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, ["import", "scim", "--url", "https://vc.example.com/scim/v2", *options])
    assert result.exit_code == 2
    assert "--match" in result.stderr


async def test_a_service_that_others_wrote(tmp_path: Path) -> None:
    """scim2-server: what was imported from it matches one to one, and then no longer."""
    with scim2_service() as service:
        r = Rig(service, SystemClock())  # type: ignore[arg-type]
        ids = [r.by_hand("POST", "/Users", service_user(name, externalId=None))["id"] for name in ("ada", "bob")]
        r.by_hand("POST", "/Groups", service_group("ops", ids, externalId=None))
        environment = {"SCIM_TOKEN": service.token, **for_simulator(service)}  # type: ignore[arg-type]
        folder = tmp_path / "people"
        words = ["import", "scim", "--url", service.url]

        async def asked(*more: str) -> Result:
            return await asyncio.to_thread(CliRunner().invoke, main, [*words, *more], env=environment)

        try:
            assert (await asked(str(folder))).exit_code == 0
            result = await asked("--match", str(folder))
            assert result.exit_code == 0, result.output
            assert "Users: 2 match one to one (2 by userName)." in result.stdout
            assert "Groups: 1 match one to one (1 by displayName)." in result.stdout
            next(folder.glob("users/bob*")).unlink()
            result = await asked("--match", str(folder))
            assert result.exit_code == 1
            assert "1 at the service alone" in result.stdout
        finally:
            await r.stop()


async def test_the_path_to_adoption_writes_nothing(tmp_path: Path) -> None:
    """Import, match report, plan: what the report calls matched is what the plan takes over."""
    async with desk(tmp_path) as d:
        ids, _ = d.simulator.seed([service_user(f"u{number}") for number in range(20)])
        d.simulator.seed(groups=[service_group("ops", ids)])
        environment = {"SCIM_TOKEN": d.simulator.token, **for_simulator(d.simulator)}
        config = d.folder / "provisioningconfig-vmware.yaml"
        arguments = ["import", "scim", str(d.folder / "people"), "--config", str(config)]
        result = await asyncio.to_thread(CliRunner().invoke, main, arguments, env=environment)
        assert result.exit_code == 0, result.output
        found = await report(d)
        assert found["oneToOne"]
        assert [row["note"] for row in found["rows"] if row["note"]] == []
        plan = await d.plan()
        assert len(plan["adopted"]) == len(found["rows"]) == 21
        assert plan["counts"]["updates"] == plan["counts"]["creates"] == 0
        assert yaml.safe_load(config.read_text())["spec"]["scope"] == "All"
