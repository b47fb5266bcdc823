"""Carries a state of the data, and its changes, through the API server to the service, and compares."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tools.live.kube import GROUPS, USERS, Manifest, Mirror
from tools.realdata import manifests
from tools.realdata.manifests import object_name
from tools.realdata.oracle import Oracle, Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tools.live.service import Document, Entry
    from tools.live.stage import Stage
    from tools.realdata.dataset import Access, Change

BASE_SECONDS, CHANGE_SECONDS = 3600.0, 300.0
"""Seconds after which a wait is a hang; how quick a change is, the latencies say."""
_PLURAL = {"Users": USERS, "Groups": GROUPS}


@dataclass(frozen=True)
class Step:
    """The result of one change: writes wanted and sent, and seconds from its first apply to the last write."""

    commit: str
    wanted: Counter[Write]
    sent: Counter[Write]
    seconds: float

    @property
    def exact(self) -> bool:
        return self.wanted == self.sent

    def __str__(self) -> str:
        missing, extra = self.wanted - self.sent, self.sent - self.wanted
        listed = [*(f"missing {w}" for w in missing.elements()), *(f"needless {w}" for w in extra.elements())]
        return f"{self.commit[:12]}: {'; '.join(sorted(listed)) or 'exact'}"


@dataclass
class Replayer:
    """Keeps the state that was applied last, and the names behind the service's ids.

    With `at_once` the operator stands still while a change is applied, and sees all of it at once however busy the
    machine is: groups wait for company a moment only, and what a change costs must not hang on that.
    """

    stage: Stage
    mirror: Mirror
    access: Access
    oracle: Oracle
    at_once: bool = False
    names: dict[str, tuple[str, str]] = field(default_factory=dict)

    async def create_base(self) -> None:
        """Create the manifests of the first state, eight at a time."""
        namespace = self.stage.kube.namespace
        bodies = [(USERS, manifests.user(who, namespace)) for who in sorted(self.access.people)]
        bodies += [(GROUPS, manifests.group(name, self.access, namespace)) for name in sorted(self.access.teams)]
        slots = asyncio.Semaphore(8)

        async def create(plural: str, body: Manifest) -> None:
            async with slots:
                await self.stage.kube.create(plural, body)

        await asyncio.gather(*(create(plural, body) for plural, body in bodies))

    async def base_provisioned(self) -> None:
        """Wait until every manifest of the first state is Ready."""
        await self.mirror.all_ready(len(self.access.people) + len(self.access.teams), BASE_SECONDS)

    async def replay(self, change: Change) -> Step:
        """Apply one change, wait until the service has it, and return the writes that it took."""
        before, self.access = self.access, self.access.after(change)
        wanted = self.oracle.writes(before, self.access)
        mark, started = await self.stage.service.last(), asyncio.get_running_loop().time()
        with self._operator_still():
            generations = await self._apply(before, change)
        gone = {(USERS, object_name(who)) for who in change.people_removed}
        gone |= {(GROUPS, object_name(name)) for name in change.teams_removed}

        def settled() -> bool:
            ready = all(self.mirror.ready(*key, generation) for key, generation in generations.items())
            return ready and not gone & self.mirror.objects.keys()

        await self.mirror.until(settled, f"the change {change.commit}", CHANGE_SECONDS)
        entries = await self._arrived(wanted, mark)
        seconds = max((entry.at for entry in entries), default=started) - started
        return Step(change.commit, wanted, self._named(entries), seconds)

    async def late_writes(self, mark: int) -> Counter[Write]:
        """Return the writes after `mark`, by name: those that came when all seemed done."""
        return self._named(await self.stage.service.writes(mark))

    async def difference(self, wanted: Access) -> list[str]:
        """Return one sentence for each difference of the service from `wanted`."""
        dump = await self.stage.service.dump()
        return [*_people_differ(dump["Users"], wanted), *self._groups_differ(dump, wanted)]

    @contextlib.contextmanager
    def _operator_still(self) -> Iterator[None]:
        process = self.stage.operator.process if self.stage.operator and self.at_once else None
        if process:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            if process:
                process.send_signal(signal.SIGCONT)

    async def _apply(self, before: Access, change: Change) -> dict[tuple[str, str], int]:
        """Do what `kubectl apply --prune` does, in its order; return the generations to wait for."""
        kube, generations = self.stage.kube, {}
        for body in self._bodies(before, change):
            applied = await kube.apply(body)
            plural = USERS if body["kind"] == "ScimUser" else GROUPS
            generations[plural, body["metadata"]["name"]] = applied["metadata"]["generation"]
        for team in sorted(change.teams_removed):
            await kube.delete(GROUPS, object_name(team))
        for who in sorted(change.people_removed):
            await kube.delete(USERS, object_name(who))
        return generations

    def _bodies(self, before: Access, change: Change) -> Iterable[Manifest]:
        namespace = self.stage.kube.namespace
        for who in sorted(change.people_added):
            yield manifests.user(who, namespace)
        for name, team in sorted(self.access.teams.items()):
            if team != before.teams.get(name) or self.access.children(name) != before.children(name):
                yield manifests.group(name, self.access, namespace)

    async def _arrived(self, wanted: Counter[Write], mark: int) -> list[Entry]:
        """Wait until the groups that are to change are as they should be; return the writes since `mark`."""
        entries = await self.stage.service.until_writes(wanted.total(), mark, CHANGE_SECONDS)
        for write in wanted:
            if write.endpoint == "Groups" and write.name in self.access.teams:
                await self._group_arrived(write.name)
        return await self.stage.service.writes(mark) if wanted else entries

    async def _group_arrived(self, name: str) -> None:
        deadline = asyncio.get_running_loop().time() + CHANGE_SECONDS
        wanted = self.oracle.members(self.access, name)
        while self._members(await self.stage.service.resource("Groups", self._id(GROUPS, name))) != wanted:
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"the members of {name} at the service are not those of the data")
            await asyncio.sleep(0.005)

    def _members(self, document: Document | None) -> frozenset[str]:
        ids = [member["value"] for member in (document or {}).get("members", ())]
        self._learn_names(ids)
        return frozenset(self.names.get(id_, ("", id_))[1] for id_ in ids)

    def _named(self, entries: Iterable[Entry]) -> Counter[Write]:
        found = list(entries)
        self._learn_names(entry.resource_id for entry in found)
        return Counter(
            Write(entry.method, entry.path.split("/")[1], self.names.get(entry.resource_id, ("", entry.path))[1])
            for entry in found
        )

    def _learn_names(self, ids: Iterable[str]) -> None:
        """Learn names by the ids in statuses, and keep them, because manifests go before their last write."""
        if all(id_ in self.names for id_ in ids):
            return
        for (plural, _), manifest in self.mirror.objects.items():
            id_ = _service_id(manifest)
            if id_:
                spec = manifest["spec"]
                name = manifests.handle_of(spec["userName"]) if plural == USERS else spec["displayName"]
                self.names[id_] = (plural, name)

    def _id(self, plural: str, name: str) -> str:
        return _service_id(self.mirror.get(plural, object_name(name)) or {})

    def _groups_differ(self, dump: dict[str, list[Document]], wanted: Access) -> Iterable[str]:
        names = {user["id"]: manifests.handle_of(user["userName"]) for user in dump["Users"]}
        names |= {group["id"]: group["displayName"] for group in dump["Groups"]}
        there = {group["displayName"]: group for group in dump["Groups"]}
        if len(there) != len(dump["Groups"]):
            yield "two groups have one displayName"
        for name in sorted(there.keys() ^ wanted.teams.keys()):
            yield f"group {name} is {'not wanted' if name in there else 'missing'}"
        for name in sorted(there.keys() & wanted.teams.keys()):
            members = [names.get(member["value"], "?") for member in there[name].get("members", ())]
            if sorted(members) != sorted(self.oracle.members(wanted, name)):
                yield f"group {name} has other members"
            if _description(there[name]) != wanted.teams[name].description:
                yield f"group {name} has another description"


def _people_differ(users: list[Document], wanted: Access) -> Iterable[str]:
    handles = [manifests.handle_of(user["userName"]) for user in users]
    if len(handles) != len(set(handles)):
        yield "a person is there twice"
    active = {manifests.handle_of(user["userName"]) for user in users if user["active"]}
    for who in sorted(active ^ wanted.people):
        yield f"user {who} is {'still active' if who in active else 'missing'}"


def _description(group: Document) -> str:
    urn = "urn:ietf:params:scim:schemas:extension:ws1b:2.0:Group"
    return str(group.get(urn, {}).get("description") or "")


def _service_id(manifest: Manifest) -> str:
    services = (manifest.get("status") or {}).get("services") or [{}]
    return str(services[0].get("id") or "")
