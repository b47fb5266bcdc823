"""The commands of docs/import.md do what the page says, run as they stand there."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import yaml

from scim_operator.local.checks import check
from scim_operator.local.manifests import collect
from scim_operator.sources.columns import KNOWN
from tests.docs.markdown import ROOT, command_lines, fences
from tests.support.clouds import GRAPH, OKTA_GROUP, OKTA_USERS, OPS, REALM
from tests.support.desk import Desk, desk, for_simulator
from tests.support.identity_provider import SECRET, TOKEN, Provider, graph, okta, provider, realm
from tests.support.rig import service_group, service_user

PAGE = ROOT / "docs/import.md"
LINES = [line for _, line in command_lines(PAGE) if line.startswith("scim-operator ") and " import ld" not in line]
PEOPLE = (
    "userName,Mail,First name,Last name,Employee type,Department,Short,Room,groups\n"
    "U1,ADA@corp.example,Ada,Lovelace,Staff,R&D,al,7,Ops\n"
    "U2,bob@corp.example,Bob,Guest,Guest,Sales,bg,8,\n"
)

CLOUDS = ("entra", "saved-entra", "okta", "saved-okta", "realm", "saved-realm")


async def run(line: str, folder: Path, at: Desk, cloud: Provider) -> int:
    line = line.replace("vc.example.com", for_simulator(at.simulator)["SCIM_TOKEN_HOSTS"])
    line = line.replace("https://example.okta.com", cloud.url).replace("https://sso.example.com", cloud.url)
    line = line.replace("members-GROUPID", f"members-{OPS}").replace("GROUPID", str(OKTA_GROUP["id"]))
    line += f" --graph-url={cloud.url}/v1.0 --login-url={cloud.url}" if "--tenant" in line else ""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**for_simulator(at.simulator), **os.environ, "PATH": path, "XDG_STATE_HOME": str(folder / "home")}
    process = await asyncio.create_subprocess_shell(f"{line} >/dev/null 2>&1", cwd=folder, env=environment)
    return await process.wait()


def saved(at: Desk, path: str) -> bytes:
    """An answer of the service, as somebody saved it."""
    return bytes(at.simulator.by_hand("GET", path).body)


def lay(folder: Path, at: Desk) -> None:
    """The files that the page begins with."""
    (folder / "access").mkdir(parents=True)
    at.folder.joinpath("provisioningconfig-vmware.yaml").rename(folder / "access/config.yaml")
    (folder / "vmware.token").write_text(at.simulator.token)
    (folder / "people.csv").write_text(PEOPLE)
    (folder / "export.csv").write_bytes("userName;Title\nada;Größe\n".encode("cp1252"))
    [rules] = (fence.body for fence in fences(PAGE) if fence.language == "yml")
    (folder / "import.yaml").write_text(rules)
    for name in ("entra.secret", "reader.secret"):
        (folder / name).write_text(SECRET)
    (folder / "okta.token").write_text(TOKEN)
    exports = {f"graph-{name}".replace("graph-members", "members"): body for name, body in GRAPH.items()}
    exports |= {"okta-users.json": OKTA_USERS, "okta-groups.json": [OKTA_GROUP]}
    exports |= {f"{OKTA_GROUP['id']}.json": OKTA_USERS[:1], "acme-realm.json": REALM}
    for name, body in exports.items():
        (folder / name).write_text(json.dumps(body))


async def test_the_commands_of_the_page_in_their_order(tmp_path: Path) -> None:
    assert [line.split()[1] for line in LINES] == ["import", "validate", "plan", *["import"] * 15]
    async with desk(tmp_path) as at, provider() as cloud:
        graph(cloud)
        okta(cloud)
        realm(cloud, REALM["users"], 2)
        at.configure(users={"externalId": "Required"}, mode="Plan")
        ids, _ = at.simulator.seed([service_user("ada"), service_user("bob")])
        at.simulator.seed(groups=[service_group("ops", ids)])
        folder = tmp_path / "work"
        lay(folder, at)
        for name in ("Users", "Groups"):
            (folder / f"{name.lower()}.json").write_bytes(saved(at, f"/{name}"))
        codes = [await run(line, folder, at, cloud) for line in LINES]
        assert codes == [0, 0, 2, *[0] * 15], dict(zip(LINES, codes, strict=True))
        assert at.writes() == []
        assert at.folder.exists()
    made = collect([folder / name for name in ("people", "mapped", "export", "staff", "teams", *CLOUDS)])
    assert [finding for finding in made.findings if finding] == []
    teams = collect([folder / "teams"])
    assert [finding.as_text() for finding in check(teams)] == []
    assert sorted(each.name for each in (folder / "teams").glob("*.yaml")) == ["_groups.yaml", "r-d.yaml"]
    user = next(teams.of("ScimUser"))
    assert (user.name, user.body["spec"]["displayName"]) == ("ada", "Ada Lovelace")


def test_the_columns_that_the_page_names_are_known() -> None:
    names = {name for several in KNOWN.values() for name in several}
    for shown in ("First name", "Mail", "Employee ID", "Job title", "groups", "manager"):
        assert f"`{shown}`" in PAGE.read_text()
        assert re.sub("[^a-z]", "", shown.lower()) in names


def test_the_rules_of_the_page_are_yaml() -> None:
    [rules] = (fence.body for fence in fences(PAGE) if fence.language == "yml")
    assert set(yaml.safe_load(rules)) == {"map", "users", "groups", "layout", "team"}
