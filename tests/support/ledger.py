"""A Git repository with manifests, made commit by commit, whose history the tests know."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import yaml
from click.testing import CliRunner

from scim_operator.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

VERSION = "scim-operator.io/v1alpha1"
BEGIN = 1_767_600_000  # 2026-01-05T08:00:00Z
DAY = 86_400


class Ledger:
    """`folder` is the directory of the manifests; each commit comes a day after the one before."""

    def __init__(self, place: Path, folder: str = "access") -> None:
        self.place = place
        self.folder = place / folder if folder else place
        self.folder.mkdir(parents=True, exist_ok=True)
        self.day = 0
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str, **environment: str) -> str:
        done = subprocess.run(
            ["git", *words],
            cwd=self.place,
            env={**os.environ, **self._identity(), **environment},
            capture_output=True,
            check=True,
            text=True,
        )
        return done.stdout.strip()

    def _identity(self, name: str = "Linus Example") -> dict[str, str]:
        mail = f"{name.split(maxsplit=1)[0].lower()}@corp.example"
        who = {
            f"GIT_{role}_{field}": value
            for role in ("AUTHOR", "COMMITTER")
            for field, value in (("NAME", name), ("EMAIL", mail), ("DATE", f"{BEGIN + self.day * DAY} +0000"))
        }
        return {**who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def commit(self, message: str = "A change", author: str = "Linus Example", **environment: str) -> str:
        self.git("add", "-A", ".")
        self.git("commit", "-q", "--allow-empty", "-m", message, **(self._identity(author) | environment))
        self.day += 1
        return self.git("rev-parse", "HEAD")

    def merge(self, branch: str, message: str, author: str = "Grace Hopper") -> str:
        self.git("merge", "-q", "--no-ff", "-m", message, branch, **self._identity(author))
        self.day += 1
        return self.git("rev-parse", "HEAD")

    def write(self, file: str, *manifests: dict[str, Any]) -> None:
        (self.folder / file).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / file).write_text(yaml.safe_dump_all(manifests, sort_keys=False, allow_unicode=True))

    def access(self, *words: str) -> Result:
        """Call the command about the directory."""
        return CliRunner().invoke(main, ["access", str(self.folder), *words], env={"SCIM_OPERATOR_LOG_STORE": None})


def user(name: str, labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, **({"labels": labels} if labels else {})}
    return {
        "apiVersion": VERSION,
        "kind": "ScimUser",
        "metadata": metadata,
        "spec": {"userName": f"{name}@corp.example", **spec},
    }


def group(name: str, *members: str | dict[str, Any], **spec: Any) -> dict[str, Any]:
    """A member that begins with "@" is a group."""
    listed = [
        each
        if isinstance(each, dict)
        else {"groupRef": {"name": each[1:]}}
        if each[0] == "@"
        else {"userRef": {"name": each}}
        for each in members
    ]
    return {
        "apiVersion": VERSION,
        "kind": "ScimGroup",
        "metadata": {"name": name},
        "spec": {"displayName": name.title(), "members": listed, **spec},
    }


def config(**spec: Any) -> dict[str, Any]:
    service = {"url": "https://vc.example.com/scim/v2", "auth": {"bearer": {"secretRef": {"name": "t"}}}}
    return {
        "apiVersion": VERSION,
        "kind": "ProvisioningConfig",
        "metadata": {"name": "vmware"},
        "spec": {
            "service": service,
            "scope": "All",
            **spec,
            "users": {"externalId": "Generated", **spec.get("users", {})},
        },
    }


def day(number: int) -> str:
    """The instant of the commit of that number, the first is 0."""
    return datetime.fromtimestamp(BEGIN + number * DAY, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def asked(ledger: Ledger, *words: str) -> dict[str, Any]:
    """The answer as JSON."""
    result = ledger.access(*words, "-o", "json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = orjson.loads(result.stdout)
    return found


def row(found: dict[str, Any], name: str) -> dict[str, Any]:
    """The one row of a user."""
    rows = [each for each in found["access"] if each["user"]["name"] == name]
    assert len(rows) == 1, found
    return rows[0]  # type: ignore[no-any-return]


def since(ledger: Ledger, name: str, *words: str) -> str | None:
    """The commit since which a user has access to the group pay."""
    found = row(asked(ledger, "--group", "pay", *words), name)
    return found["since"] and found["since"]["commit"]["id"]  # type: ignore[no-any-return]


def refused(result: Result) -> str:
    """What a command that failed has said."""
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    return result.stderr
