"""Random histories: `access` says of each commit what a fresh look says, and since when, as a walk by hand does."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.records.record import record_of
from scim_operator.job.base.settings import settings_of
from scim_operator.job.gather.knowledge import Knowledge
from scim_operator.job.gather.namespace import Namespace
from scim_operator.local.checks import check
from scim_operator.local.findings import Severity
from scim_operator.local.manifests import as_served, collect
from tests.support.ledger import BEGIN, DAY, Ledger, config, group, user

if TYPE_CHECKING:
    from pathlib import Path

    from scim_operator.local.manifests import Collection

PEOPLE = ["ada", "bob", "cyd", "dan", "eve"]
TEAMS = ["pay", "ops", "dev"]
HOUR = timedelta(hours=1)
"""After each commit; the one moment at which dates in the manifests come."""


class Access(NamedTuple):
    group: str
    user: str


class World:
    """Manifests that change by chance; each stands in one of a few files."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.bodies: dict[tuple[str, str], dict[str, Any]] = {}
        self.files: dict[tuple[str, str], str] = {}
        self.config: dict[str, Any] = {}

    def step(self) -> None:
        for _ in range(self.chance.randint(1, 3)):
            self.chance.choice([self.person, self.person, self.team, self.team, self.move, self.leave, self.scope])()

    def person(self) -> None:
        name = self.chance.choice(PEOPLE)
        spec: dict[str, Any] = {}
        if self.chance.random() < 0.3:
            spec["active"] = self.chance.random() < 0.5
        begin, end = sorted([self.instant(), self.instant()])
        if self.chance.random() < 0.3:
            spec["notAfter"] = end
        if self.chance.random() < 0.2 and begin < end:
            spec["notBefore"] = begin
        spec["title"] = self.chance.choice(["Analyst", "Engineer"])
        labels = {"team": self.chance.choice(TEAMS)} if self.chance.random() < 0.6 else None
        self.put("ScimUser", name, user(name, labels, **spec))

    def instant(self) -> str:
        moment = datetime.fromtimestamp(BEGIN + self.chance.randint(-3, 15) * DAY, UTC) + HOUR
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def team(self) -> None:
        name = self.chance.choice(TEAMS)
        members: list[Any] = self.chance.sample(PEOPLE, self.chance.randint(0, 3))
        if self.chance.random() < 0.4:
            members.append(f"@{self.chance.choice([each for each in TEAMS if each != name])}")
        if self.chance.random() < 0.3:
            members.append({"userSelector": {"matchLabels": {"team": self.chance.choice(TEAMS)}}})
        if self.chance.random() < 0.3:
            members.append({"expression": f'user.title == "{self.chance.choice(["Analyst", "Engineer"])}"'})
        if self.chance.random() < 0.3:
            dated = {"userRef": {"name": self.chance.choice(PEOPLE)}, "notAfter": self.instant()}
            members = [each for each in members if each != dated["userRef"]["name"]] + [dated]
        self.put("ScimGroup", name, group(name, *members))

    def put(self, kind: str, name: str, body: dict[str, Any]) -> None:
        self.bodies[kind, name] = body
        self.files.setdefault((kind, name), self.file())

    def file(self) -> str:
        return self.chance.choice(["a.yaml", "b.yaml", "sub/c.yaml"])

    def move(self) -> None:
        if self.files:
            self.files[self.chance.choice([*self.files])] = self.file()

    def leave(self) -> None:
        if self.bodies and self.chance.random() < 0.5:
            key = self.chance.choice([*self.bodies])
            del self.bodies[key], self.files[key]

    def scope(self) -> None:
        if self.chance.random() < 0.5:
            spec: dict[str, Any] = {}
            if self.chance.random() < 0.5:
                clause = {"attribute": "title", "operator": "EQUALS", "value": "Analyst"}
                spec["users"] = {"filters": [{"title": "Analysts", "clauses": [clause]}]}
            if self.chance.random() < 0.5:
                spec |= {"scope": "Assigned", "assignments": [{"groupRef": {"name": self.chance.choice(TEAMS)}}]}
            self.config = config(**spec)

    def write(self, ledger: Ledger) -> None:
        for path in ledger.folder.rglob("*.yaml"):
            path.unlink()
        by_file: dict[str, list[dict[str, Any]]] = {"config.yaml": [self.config]}
        for key in sorted(self.bodies, key=lambda _: self.chance.random()):
            by_file.setdefault(self.files[key], []).append(self.bodies[key])
        for file, bodies in by_file.items():
            ledger.write(file, *bodies)


def read(ledger: Ledger) -> Collection:
    found = collect([ledger.folder])
    assert [each for each in check(found) if each.severity is Severity.ERROR] == []
    return found


def fresh(found: Collection, at: datetime) -> set[Access]:
    """Who has access by the files as they stand, at an instant: the operator's rules over all of them at once."""
    settings = next(settings_of(as_served(each)) for each in found.of("ProvisioningConfig"))
    namespace = Namespace(lambda: at)
    for kind in Kind:
        namespace.replace(kind, [record_of(kind, as_served(each)) for each in found.of(kind.value)])
    knowledge = Knowledge.from_status(settings, namespace, {}, lambda: at)

    def stands(kind: Kind, name: str) -> bool:
        record = namespace.get(kind, name)
        if record is None or not knowledge.desired.scopes.of(record).in_scope:
            return False
        return not knowledge.desired.mapper(record).map(record, record.document, creating=False).ends

    return {
        Access(name, who)
        for name in namespace.topology.groups()
        for who in namespace.topology.effective_users(name)
        if stands(Kind.GROUP, name) and stands(Kind.USER, who)
    }


@pytest.mark.parametrize("seed", range(12))
def test_access_as_of_any_commit_is_what_a_fresh_look_and_a_walk_say(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    ledger, world = Ledger(tmp_path), World(chance)
    world.config = config()
    for name in PEOPLE[:3]:
        world.put("ScimUser", name, user(name))
    world.put("ScimGroup", "pay", group("pay", "ada", "@ops"))
    commits: list[str] = []
    days: list[list[tuple[datetime, set[Access]]]] = []
    for _ in range(10):
        world.step()
        world.write(ledger)
        begun, found = datetime.fromtimestamp(BEGIN + ledger.day * DAY, UTC), read(ledger)
        commits.append(ledger.commit("Change"))
        days.append([(instant, fresh(found, instant)) for instant in (begun, begun + HOUR)])
    for number, commit in enumerate(commits):
        result = ledger.access("--all", "--as-of", commit, "-o", "json")
        assert result.exit_code == 0, result.output
        rows = [row for row in orjson.loads(result.output)["access"] if row["group"]]
        shown = {Access(row["group"]["name"], row["user"]["name"]): row for row in rows if row["state"] == "Access"}
        assert {*shown} == days[number][0][1], (number, result.output)
        steps = [step for day in days[:number] for step in day] + days[number][:1]
        for access, row in shown.items():
            begun = steps[-1][0]
            for instant, held in reversed(steps):
                if access not in held:
                    break
                begun = instant
            since = row["since"]
            assert since["date"] == begun.strftime("%Y-%m-%dT%H:%M:%SZ"), (number, access, row)
            if not since["byDateInManifest"]:
                assert since["commit"]["id"] == commits[int((begun.timestamp() - BEGIN) // DAY)]
