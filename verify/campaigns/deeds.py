"""What each step of a campaign does to the world."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.core.resource import CORE_USER
from verify.campaigns.acts import PEOPLE
from verify.campaigns.finale import exchange, has_finale
from verify.campaigns.names import is_own, own_names, settled
from verify.campaigns.outcome import own_name
from verify.campaigns.wishes import config_of
from verify.fates import Fate, View
from verify.manifests import changed, user
from verify.service import NEW_TOKEN, TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verify.campaigns.steps import Step
    from verify.world import World

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
TOKENS = {"old": TOKEN, "new": NEW_TOKEN}
LOOSE = ("title", "nickName")
"""Attributes that manifests of a campaign have at one time, and not at another."""
LATE = frozenset({"duplicated", "delayed", "404 late"})
"""Fates by which a request takes effect late: what it sets may be managed by no manifest any more."""
SOON = 300.0
"""Seconds within which all is done that waits for no sweep: longer than what a kill leaves to be asked again."""


class Deeds:
    """Does the steps of one campaign, and remembers what its end has to be judged by."""

    def __init__(self, world: World, *, prompt: bool = False) -> None:
        self.world = world
        self.prompt = prompt
        self.wishes: dict[str, Any] = {}
        """What the config is to be, in the words of the steps."""
        self.strangers: list[dict[str, Any]] = []
        """The users that someone else made at the service."""
        self.touched: set[str] = set()
        """Names of manifests that were deleted, or whose resource was changed by hand."""
        self.left: set[str] = set()
        """Names of manifests whose resource stays as it was: they were deleted while suspended or while their kind was
        off, or someone used the resource by hand afterwards."""
        self.guests: defaultdict[str, set[str]] = defaultdict(set)
        """Who was put into each group by hand: of an additive group, they stay members."""
        self.parted: set[str] = set()
        """Groups that were additive when they were deleted: who was put into them by hand stays."""
        self.late = False
        """Whether requests took effect late: then anyone may have become a member again."""
        self.rivalry = False
        """Whether anyone claimed what belongs to another: then the end depends on who came first."""
        self.given: dict[str, dict[str, Any]] = {}
        """Who got whose userName, or e-mail address, in the last act."""
        self._ends: set[asyncio.Task[None]] = set()
        self._configure()

    async def do(self, step: Step) -> None:
        """Do one step."""
        await asyncio.sleep(step.wait)
        self.world.note(f"{step.deed} {step.args}")
        await self.did(step.deed, step.args)

    async def did(self, deed: str, args: Mapping[str, Any]) -> None:
        """Do what a step says, at once."""
        done = getattr(self, f"_{deed}")(**{key.replace(" ", "_"): value for key, value in args.items()})
        if done is not None:
            await done

    async def end(self) -> None:
        """Let the campaign come to its end: at once where nothing may wait for a sweep, else to rest."""
        await self.heal()
        await self._settled()
        if has_finale(self.world.seed):
            apart = {*self.left, *(name for names in self.guests.values() for name in names)}
            self.given = await exchange(self.world, self.world.random, apart)
            people = {own_name(name) for name in self.given}
            self.touched |= people if self.touched & people else set()
            await self._settled()

    async def _settled(self) -> None:
        if self.prompt:
            await self.world.pass_time(SOON)
        else:
            await self.rest(self.world)

    async def rest(self, world: World) -> None:
        """Let a world come to rest, this one or the one that it is compared with."""
        await world.rest()

    def is_foreign(self, id: str) -> bool:
        """Return whether a user whom someone else made is at the service in a fresh tenant too."""
        return id in self.world.service.users

    def config(self) -> dict[str, Any]:
        """Return the fields of the config's spec for what the steps asked for."""
        return config_of(self.wishes)

    async def heal(self) -> None:
        """Let all that goes wrong come to an end: one operator, all reachable, and a config that applies."""
        world = self.world
        world.note("all heals")
        world.weather.clear()
        world.service.faults.clear()
        world.service.reachable = world.server.reachable = True
        for task in self._ends:
            task.cancel()
        self._token("old", "old")
        while len(world.processes) > 1:
            await world.kill()
        if not world.processes:
            world.start()
        found = {name: one["spec"] for name, one in world.manifests(Kind.USER).items()}
        names = settled(found, self._held()) if self.prompt else own_names(found)
        for name, spec in found.items():
            # Who has nothing to heal is not edited: an edit wakes who should be awake.
            resumed = {"suspend": False} if spec.get("suspend") else {}
            world.apply(Kind.USER, name, {**spec, **resumed, "userName": names[name]})
        self._config(suspend=False, mode="Apply", groups=True)

    def unreported(self) -> set[str]:
        """Return who has an attribute at the service that no status names, as right before a kill.

        If the manifest has it no more when the operator comes back, no one knows that it was ours, and it stays.
        """
        users, known = self.world.service.users, self.world.manifests(Kind.USER).values()
        entries = [entry for one in known for entry in (one.get("status") or {}).get("services", ())]
        applied = {entry.get("id", ""): " ".join(entry.get("applied", ())) for entry in entries}
        return {
            own_name(user["userName"])
            for id, user in users.items()
            if any(path not in applied.get(id, "") for path in LOOSE if path in user)
        }

    def _held(self) -> dict[str, str]:
        """Return the userName at the service of each manifest whose status has an id."""
        users = self.world.service.users
        return {name: users[id]["userName"] for name, id in self.recorded().items() if id in users}

    def recorded(self) -> dict[str, str]:
        """Return the id in the status of each user's manifest, "" for none."""
        found = self.world.manifests(Kind.USER).items()
        return {name: entry.get("id", "") for name, one in found for entry in one.get("status", {}).get("services", ())}

    def _start(self) -> None:
        if not self.world.processes:
            self.world.start()

    def _look(self) -> None:
        """Let time go by."""

    def _user(self, name: str, spec: Mapping[str, Any], labels: Mapping[str, str] | None = None) -> None:
        self.rivalry |= not is_own(name, spec)
        found = self.world.manifests(Kind.USER)
        known = next((one for one in found if own_name(one) == name), name)
        # Before a renamed manifest has taken over the account of the one before, another userName makes another
        # account, and the former one is in its way if it wants the name back.
        former = found.get(known, {}).get("spec", spec)["userName"]
        self.rivalry |= known != name and former != spec["userName"] and known not in self._held()
        self._let_go(found.get(known), name, spec)
        self.world.apply(Kind.USER, known, spec, labels=dict(labels or {}))

    def _let_go(self, found: Mapping[str, Any] | None, name: str, spec: Mapping[str, Any]) -> None:
        """Note who is suspended while the manifest is on its way out, and so is let go as they are."""
        if found and spec.get("suspend") and "deletionTimestamp" in found["metadata"]:
            self.left.add(name)

    def _group(self, name: str, spec: Mapping[str, Any]) -> None:
        found = self.world.manifests(Kind.GROUP).get(name, {"metadata": {}})
        if "deletionTimestamp" in found["metadata"] and spec.get("membershipPolicy") == "Additive":
            self.parted.add(name)
        self.world.apply(Kind.GROUP, name, spec)

    def _delete(self, user: str = "", group: str = "") -> None:
        kind, name = (Kind.USER, user) if user else (Kind.GROUP, group)
        self.touched.add(name)
        spec = self.world.manifests(kind).get(name, {}).get("spec", {})
        if spec.get("membershipPolicy") == "Additive":
            self.parted.add(name)
        if spec.get("suspend") or (group and not self.wishes.get("groups", True)):
            held = own_name(self._held().get(name, name))
            self.left |= {name, held}
            self.rivalry |= held != own_name(name)  # whose name it is cannot have it for good
        self.world.delete(kind, name)

    def _again(self, name: str, spec: Mapping[str, Any], labels: Mapping[str, str]) -> None:
        self._delete(user=name)
        self._ends.add(asyncio.create_task(self._return(name, spec, labels)))

    async def _return(self, name: str, spec: Mapping[str, Any], labels: Mapping[str, str]) -> None:
        """Apply as soon as the former manifest is gone, as `kubectl replace --force` does."""
        while name in self.world.manifests(Kind.USER):  # noqa: ASYNC110 - in virtual time
            await asyncio.sleep(0.05)
        self._user(name, spec, labels)

    def _rename(self, name: str, spec: Mapping[str, Any], labels: Mapping[str, str], to: str) -> None:
        for found, manifest in self.world.manifests(Kind.USER).items():
            if own_name(found) == name:
                # Under another userName the one before keeps its account, and may be in the way later.
                self.rivalry |= manifest["spec"]["userName"] != spec["userName"]
                self._delete(user=found)
        # So does an account that was still to be renamed.
        accounts = {one["userName"] for one in self.world.service.users.values() if own_name(one["userName"]) == name}
        self.rivalry |= not is_own(name, spec) or bool(accounts - {spec["userName"]})
        self._let_go(self.world.manifests(Kind.USER).get(f"{name}-{to}"), name, spec)
        self.world.apply(Kind.USER, f"{name}-{to}", spec, labels=dict(labels))

    def _swap(self, names: list[str]) -> None:
        self.rivalry = True
        found = self.world.manifests(Kind.USER)
        if all(name in found for name in names):
            one, other = (found[name]["spec"] for name in names)
            for name, spec, taken in ((names[0], one, other), (names[1], other, one)):
                self.world.apply(Kind.USER, name, {**spec, "userName": taken["userName"]})

    def _claim(self, name: str, of: str) -> None:
        """Want the userName of another: where nothing may wait for a sweep, it is had as soon as that one lets go."""
        self.rivalry |= not self.prompt
        self.touched |= {name, of}
        self._edit(name, {"userName": user(of)["userName"]})

    def _newcomer(self, name: str, of: str) -> None:
        """Want the userName of another, as one who has no account."""
        self.rivalry |= not self.prompt
        self.touched |= {name, of}
        self.world.apply(Kind.USER, name, user(name, userName=user(of)["userName"]))

    def _unclaim(self, name: str, user_name: str) -> None:
        self.touched.add(name)
        self._edit(name, {"userName": user_name})

    def _drift(self, user: str, path: str, value: str, edit: Mapping[str, Any]) -> None:
        if user in self.world.manifests(Kind.USER):
            self._hand(user=user, path=path, value=value)
            self._edit(user, edit)

    def _pause(self, name: str, groups: list[str]) -> None:
        self._edit(name, {"suspend": True})
        for group in groups:
            self._regroup(group, {name}, {name})

    def _resume(self, name: str) -> None:
        self._edit(name, {"suspend": False})

    def _guest(self, group: str) -> None:
        if self._id("gus") == "none":
            self._hand(stranger="gus")
        self._hand(group=group, add="gus")

    def _join(self, group: str, who: list[str], *, leave: bool) -> None:
        self._regroup(group, set() if leave else set(who), set(who) if leave else set())

    def _edit(self, name: str, change: Mapping[str, Any]) -> None:
        """Change some fields of a user's manifest, where there is one."""
        if (found := self.world.manifests(Kind.USER).get(name)) is not None:
            spec = {**found["spec"], **change}
            self._let_go(found, own_name(name), spec)
            self.world.apply(Kind.USER, name, spec)

    def _regroup(self, group: str, joining: set[str], leaving: set[str]) -> None:
        """Let people join a group's manifest who are not in it, and leave it who are."""
        if (found := self.world.manifests(Kind.GROUP).get(group)) is not None:
            entries = found["spec"].get("members", [])
            named = {one["userRef"]["name"] for one in entries if "userRef" in one}
            kept = [one for one in entries if one.get("userRef", {}).get("name") not in leaving]
            new = [{"userRef": {"name": name}} for name in sorted(joining - named)]
            self.world.apply(Kind.GROUP, group, {**found["spec"], "members": [*kept, *new]})

    def _config(self, **wishes: Any) -> None:  # noqa: ANN401 - of the steps
        self.wishes |= wishes
        if not self.wishes.get("groups", True):
            leaving = (one["metadata"] for one in self.world.manifests(Kind.GROUP).values())
            self.left |= {one["name"] for one in leaving if "deletionTimestamp" in one}
        self._configure()

    def _configure(self) -> None:
        self.world.configure(**self.config(), **({"interval": "24h"} if self.prompt else {}))

    def _hand(self, **what: Any) -> None:  # noqa: ANN401 - of the steps
        service = self.world.service
        if (name := what.get("stranger")) is not None:
            self.rivalry |= name != "gus"
            made = service.by_hand("POST", "/Users", stranger(name))
            self.strangers += [made] if made else []
        elif (name := what.get("remove_user")) is not None:
            service.by_hand("DELETE", f"/Users/{self._id(name)}")
        elif (name := what.get("remove_group")) is not None:
            service.by_hand("DELETE", f"/Groups/{self._group_id(name)}")
        elif "group" in what:
            self._members(what)
        elif what["path"] != "active" or what["user"] in self.world.manifests(Kind.USER):
            # One who has left and is enabled by hand stays so for good, as documented.
            self.touched.add(what["user"])
            path, value, id = what["path"], what["value"], self._id(what["user"])
            service.by_hand("PATCH", f"/Users/{id}", patch({"op": "replace", "path": path, "value": value}))
            if id not in self.recorded().values():  # of who is no one's it stays
                self.strangers = [changed(one, path, value) if one["id"] == id else one for one in self.strangers]

    def _members(self, what: Mapping[str, Any]) -> None:
        id = self._id(what.get("add") or what["take"])
        if "add" in what:
            self.guests[what["group"]].add(what["add"])
        if what["group"] not in self.world.manifests(Kind.GROUP):
            self.left.add(what["group"])
        add = {"op": "add", "path": "members", "value": [{"value": id}]}
        take = {"op": "remove", "path": f'members[value eq "{id}"]'}
        path = f"/Groups/{self._group_id(what['group'])}"
        self.world.service.by_hand("PATCH", path, patch(add if "add" in what else take))

    def _id(self, name: str) -> str:
        users = self.world.service.users.items()
        return next((id for id, user in users if own_name(user["userName"]) == name), "none")

    def _group_id(self, name: str) -> str:
        groups = self.world.service.groups.items()
        return next((id for id, group in groups if own_name(group["displayName"]) == name), "none")

    async def _kill(self) -> None:
        if self.world.processes:
            self.touched |= self.unreported()
            await self.world.kill()
        self.world.start()

    async def _second(self) -> None:
        """Start a second operator, as an upgrade without a lease does, for a while: each forgets what the other did."""
        self.rivalry = True
        process = self.world.start()
        await asyncio.sleep(20.0)
        if process in self.world.processes:
            await self.world.kill(process)

    def _outage(self, seconds: float, of: str) -> None:
        if of == "groups":
            self.world.service.faults.add("status=503;path=/Groups")
        elif of == "api":
            self.world.server.reachable = False
        else:
            self.world.service.reachable = False
        self._ends.add(asyncio.create_task(self._over(seconds, of)))

    async def _over(self, seconds: float, of: str) -> None:
        await asyncio.sleep(seconds)
        if of == "groups":
            self.world.service.faults.clear()
        elif of == "api":
            self.world.server.reachable = True
        else:
            self.world.service.reachable = True

    def _weather(self, of: str, fate: str, share: float) -> None:
        self.late |= fate in LATE
        if fate in LATE:
            self.touched |= set(PEOPLE)
        shares = self.world.weather.service if of == "service" else self.world.weather.api
        shares[Fate(fate)] = share

    def _view(self, view: str, share: float) -> None:
        self.world.weather.views[View(view)] = share

    def _calm(self) -> None:
        self.world.weather.clear()

    def _token(self, secret: str, service: str) -> None:
        self.world.secret(TOKENS[secret])
        self.world.service.token = TOKENS[service]

    def _compact(self) -> None:
        self.world.server.compact()


def stranger(name: str) -> dict[str, Any]:
    """Return a user as someone else makes one at the service."""
    return {"schemas": [CORE_USER], **user(name), "externalId": f"foreign-{name}"}


def patch(*operations: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a PATCH."""
    return {"schemas": [PATCH_OP], "Operations": list(operations)}
