"""A directory of manifests, a simulated service, and the commands between them, called as a person calls them."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
import yaml
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.core.secrecy.destinations import destination_of
from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings
from tests.support.rig import WRITES, without_sign_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from click.testing import Result

VERSION = "scim-operator.io/v1alpha1"
NAMESPACE = "identity"


def for_simulator(simulator: Simulator) -> dict[str, str]:
    """The environment in which a command may send its token to a simulator on loopback."""
    hosts = str(destination_of(simulator.url))
    return {"SCIM_TOKEN_HOSTS": hosts, "SCIM_OPERATOR_ALLOW_INSECURE_SERVICES": "true"}


class Desk:
    """`folder` holds the manifests, one file each."""

    def __init__(self, folder: Path, simulator: Simulator) -> None:
        self.folder = folder
        self.simulator = simulator
        self.spec: dict[str, Any] = {
            "service": {
                "url": simulator.url,
                "allowInsecure": True,
                "auth": {"bearer": {"secretRef": {"name": "t"}}},
                "budget": {"requestsPerSecond": 1000, "concurrency": 8},
            },
            "scope": "All",
        }
        self.configure()

    def configure(self, **changes: Any) -> None:
        """Write the config, with these top-level fields of its spec changed."""
        self.spec = without_sign_in({**self.spec, **changes})
        self.write("ProvisioningConfig", "vmware", self.spec)

    def user(self, name: str, /, **spec: Any) -> None:
        """Write a ScimUser with all that VMware Identity Service requires."""
        body = {
            "userName": f"{name}@corp.example",
            "name": {"givenName": name.title(), "familyName": "Example"},
            "emails": [{"type": "work", "value": f"{name}@corp.example", "primary": True}],
        }
        self.write("ScimUser", name, {**body, **spec})

    def group(self, name: str, *members: str, **spec: Any) -> None:
        """Write a ScimGroup; a member that begins with "@" is a group."""
        listed = [{"groupRef": {"name": m[1:]}} if m[0] == "@" else {"userRef": {"name": m}} for m in members]
        self.write("ScimGroup", name, {"displayName": name, "members": listed, **spec})

    def write(self, kind: str, name: str, spec: dict[str, Any]) -> None:
        """Write one manifest."""
        body = {
            "apiVersion": VERSION,
            "kind": kind,
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": spec,
        }
        (self.folder / f"{kind.lower()}-{name}.yaml").write_text(yaml.safe_dump(body, allow_unicode=True))

    def remove(self, kind: str, name: str) -> None:
        """Delete one manifest."""
        (self.folder / f"{kind.lower()}-{name}.yaml").unlink()

    def snapshot(self) -> Path:
        """A copy of the directory as it stands, for --previous."""
        copy = self.folder.parent / "previous"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.folder, copy)
        return copy

    async def run(self, *words: str, answer: str | None = None, token: str | None = None) -> Result:
        """Call a command with the directory as its argument."""
        command, *options = words
        environment = {
            "SCIM_TOKEN": self.simulator.token if token is None else token,
            "XDG_STATE_HOME": str(self.folder.parent / "home"),
            **for_simulator(self.simulator),
        }
        arguments = [command, str(self.folder), *options]
        return await asyncio.to_thread(CliRunner().invoke, main, arguments, input=answer, env=environment)

    async def plan(self, *options: str) -> dict[str, Any]:
        """The plan as JSON; the exit status must be that of a plan."""
        result = await self.run("plan", "-o", "json", *options)
        assert result.exit_code in (0, 1, 2), result.output
        assert result.stdout.startswith("{"), result.output
        found: dict[str, Any] = orjson.loads(result.stdout)
        return found

    async def applied(self, *options: str) -> Result:
        """Apply without a question; fails unless all of it was done."""
        result = await self.run("apply", "--auto-approve", *options)
        assert result.exit_code == 0, result.output
        return result

    def mark(self) -> int:
        """A place in the service's request log."""
        return self.simulator.log.last

    def writes(self, since: int = 0) -> list[str]:
        """The writes that the service got, as "METHOD path-without-id"."""
        entries = self.simulator.log.since(since)
        return [f"{e.method} /{e.path.split('/')[1]}" for e in entries if e.method in WRITES]

    def members(self, group: str) -> set[str]:
        """The userNames (without the domain) in a group at the service."""
        users = self.simulator.users
        ids = [member["value"] for member in (self.simulator.group(group) or {}).get("members", ())]
        return {users[id]["userName"].split("@")[0] for id in ids if id in users}


@asynccontextmanager
async def desk(folder: Path, **settings: Any) -> AsyncIterator[Desk]:
    """A desk over a fresh service."""
    manifests = folder / "manifests"
    manifests.mkdir()
    async with Simulator(Settings(token="desk-token", **settings)) as simulator:
        yield Desk(manifests, simulator)
