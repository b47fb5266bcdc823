"""The ground truth that all checks share: every version of every manifest, and which manifest each resource is of."""

from __future__ import annotations

import bisect
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS, GROUPS, SECRETS, USERS
from verify.fates import Fate, View
from verify.network import LATE
from verify.promises.documents import document_of, mark_of, same
from verify.promises.state import State, config_target
from verify.world import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify.apiserver import Event, Manifest
    from verify.history import Exchange
    from verify.world import World

Key = tuple[str, str]
"""A resource at the service: its endpoint and its id."""

ENDPOINTS = {"Users": USERS, "Groups": GROUPS}
LAG = 30.0
"""Seconds that a view of the operator may lag behind on a day like any other, its way to the request included."""
SLOW_LAG = LAG + 3 * LATE
"""The same while requests to the service may be long on their way: a plan waits for a read, a write and a look."""
LYING_LAG = 1800.0
"""The same after watches, lists or answers of the API server went wrong: a silent watch ends after ten minutes."""
VIEWS = 200
"""Moments whose objects are kept."""
_ESSENTIAL = ("uid", "generation", "labels", "finalizers", "deletionTimestamp", "namespace", "name")


class Ground:
    """What is true, by the API server's objects and the exchanges in their order."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.config = config_target(world.namespace, CONFIG)
        self.owners: defaultdict[Key, set[Target]] = defaultdict(set)
        self._recorded: dict[Target, str] = {}
        """The id that a status named last for each manifest, in the order in which that was."""
        self.tombstones: dict[str, float] = {}
        """When an id was last listed among the tombstones of the config."""
        self.left: set[Target] = set()
        """Manifests that went while suspended: their resources stay as they are, memberships too."""
        self.plans: dict[str, dict[str, Any]] = {}
        """The plans that the config's status showed, by their digests."""
        self._versions: defaultdict[Target, list[tuple[int, Manifest | None]]] = defaultdict(list)
        self._moments: list[float] = []
        """When each change came, in their order: several may come at one time."""
        self._views: dict[int, dict[Target, Manifest]] = {}
        """The objects after so many changes, as they were asked for last: most requests are judged by the same few."""
        self._version = -1
        self._lied_at = self._slow_at = float("-inf")
        self._dropped = False
        self.catch_up()

    def heard(self, event: Event) -> None:
        """Take a change at the API server in."""
        self._version = event.version
        gone = event.kind.value == "DELETED"
        self._take(event.target, None if gone else event.manifest)

    def catch_up(self) -> None:
        """Take in what changed without an event, as when a backup of etcd is put back; note how the weather is."""
        weather, server = self.world.weather, self.world.server
        lying = weather.views or weather.stale_lists or weather.api or not getattr(server, "reachable", True)
        self._dropped = self._dropped or bool(weather.views.get(View.DROPPED))
        if lying:
            self._lied_at = self.world.now
        if weather.service.keys() & {Fate.DELAYED, Fate.LATE}:
            self._slow_at = self.world.now
        if server.version != self._version:
            found = server.dump()
            for target in {*found, *self._versions}:
                if target.namespace not in self.world.neighbours:
                    self._take(target, found.get(target))
            self._version = server.version

    def did(self, exchange: Exchange) -> None:
        """Take in whose resource was created, or recorded."""
        if exchange.to_service and exchange.method == "POST" and exchange.before is None and exchange.after:
            self.owners[key_of(exchange)] |= self._made_for(exchange)
        elif exchange.to_service and exchange.writes and exchange.after and exchange.type in ENDPOINTS:
            # What no status names yet is taken over by the request that changes it: the status may come long after.
            self.owners[key_of(exchange)] |= set() if self.owners[key_of(exchange)] else self.possible_owners(exchange)
        if not exchange.to_service and exchange.status == 200:
            for target, entry in self.entries(exchange):
                if entry.get("id"):
                    self.owners[endpoint_of(target), entry["id"]].add(target)
                    self._recorded.pop(target, None)
                    self._recorded[target] = entry["id"]

    def entries(self, exchange: Exchange) -> Iterator[tuple[Target, dict[str, Any]]]:
        """Yield the entries of the config that a write to the status of a manifest has."""
        target = manifest_of(exchange)
        if target is None or not exchange.path.endswith("/status"):
            return
        for entry in ((exchange.body or {}).get("status") or {}).get("services") or ():
            if entry.get("config") == CONFIG:
                yield target, entry

    def approved(self, state: State, target: Target) -> bool:
        """Return whether an approval stands that releases what waited of a manifest."""
        plan = self.plans.get(state.config.get("approvedPlan") or "", {})
        return f"{target.resource.kind.lower()}/{target.name}" in {one["object"] for one in plan.get("first") or ()}

    @property
    def lag(self) -> float:
        """Return the seconds that a view of the operator may lag behind now."""
        if self._dropped:
            return self.world.now
        if self.world.now - self._lied_at < LYING_LAG:
            return LYING_LAG
        return SLOW_LAG if self.world.now - self._slow_at < SLOW_LAG else LAG

    def versions(self, target: Target) -> list[Manifest]:
        """Return every version of an object since the world began."""
        return [manifest for _, manifest in self._versions[target] if manifest]

    def targets(self) -> list[Target]:
        """Return all users and groups that ever were."""
        return [target for target in self._versions if target.resource in (USERS, GROUPS)]

    def secrets(self) -> Iterator[dict[str, str]]:
        """Yield the data of each version of each Secret."""
        for target, versions in self._versions.items():
            if target.resource == SECRETS:
                yield from (manifest["data"] for _, manifest in versions if manifest)

    def state(self) -> State:
        """Return what the manifests ask for now."""
        return self._after(len(self._moments), self.world.now)

    def states(self, until: float, lag: float | None = None) -> list[State]:
        """Return what was asked for at each moment that an operator may have had in view when it sent something.

        Or what was asked for within the last `lag` seconds, where that is given.
        """
        since = max(0.0, until - (self.lag if lag is None else lag))
        first, last = bisect.bisect_right(self._moments, since), bisect.bisect_right(self._moments, until)
        within = [self._after(count + 1, self._moments[count]) for count in range(first, last)]
        return [self._after(first, since), *within, self._after(last, until)]

    def views(self, until: float) -> Iterator[State]:
        """Yield these, and what an operator may have had in view in between: each kind has a watch of its own."""
        states = self.states(until)
        yield from states
        yield from (state.with_users_of(other) for state in states for other in states if other is not state)

    def _after(self, count: int, at: float) -> State:
        """Return what is asked for after so many changes."""
        if count not in self._views:
            if len(self._views) >= VIEWS:
                del self._views[next(iter(self._views))]
            self._views[count] = self._objects(count)
        return State(at, self._views[count], self.config, self.left)

    def _objects(self, count: int) -> dict[Target, Manifest]:
        objects = {}
        for target, versions in self._versions.items():
            index = bisect.bisect_left(versions, count, key=lambda each: each[0])
            if index and (manifest := versions[index - 1][1]):
                objects[target] = manifest
        return objects

    def ids_of(self, target: Target) -> list[str]:
        """Return the ids of all resources that are, or were, of a manifest."""
        endpoint = endpoint_of(target)
        return [id for (type, id), owners in self.owners.items() if type == endpoint and target in owners]

    def _take(self, target: Target, manifest: Manifest | None) -> None:
        if target.resource == CONFIGS and manifest:
            self._remember(manifest.get("status") or {})
        essence = _essence(manifest)
        known = self._versions[target]
        if known and known[-1][1] == essence:
            return
        if known and known[-1][1] and essence is None and known[-1][1].get("spec", {}).get("suspend"):
            self.left |= {target, *self._predecessors(target)}
        known.append((len(self._moments), essence))
        self._moments.append(self.world.now)

    def _predecessors(self, target: Target) -> set[Target]:
        """Return the manifests whose resource, with its mark, was a manifest's last (campaign 710098)."""
        return {owner for id in self.ids_of(target) for owner in self.owners[endpoint_of(target), id]}

    def _remember(self, status: dict[str, Any]) -> None:
        self.tombstones |= {one["id"]: self.world.now for one in status.get("tombstones") or ()}
        if digest := (status.get("plan") or {}).get("digest"):
            self.plans[digest] = status["plan"]

    def _made_for(self, exchange: Exchange) -> set[Target]:
        """Return the manifests that a new resource may be of: by its mark, else by its identifiers."""
        document = exchange.after or {}
        mine = [target for target in self.targets() if target.resource == ENDPOINTS[exchange.type]]
        owners = {state.owner for state in self.states(exchange.sent)}
        marked = {target for target in mine for one in owners if document.get("externalId") == mark_of(target, one)}
        return marked or {target for target in mine if any(self._names(target, document, exchange.sent))}

    def holders(self, key: Key) -> set[Target]:
        """Return whose a resource is: not of who has lost it to another, or has one of their own by now."""
        owners = self.owners[key]
        mine = {owner for owner in owners if self._recorded.get(owner, key[1]) == key[1]}
        return {owner for owner in mine if not self.has_lost(owner, key[1])} or mine or owners

    def on_record(self, key: Key) -> set[Target]:
        """Return the manifests whose status named this resource last."""
        return {owner for owner in self.owners[key] if self._recorded.get(owner) == key[1]}

    def has_lost(self, target: Target, id: str) -> bool:
        """Return whether a resource of a manifest is another one's by now: its status named it later."""
        named = (one for one, known in reversed(self._recorded.items()) if known == id)
        return next((one for one in named if one.resource == target.resource), target) != target

    def wanting(self, key: Key) -> set[Target]:
        """Return the manifests that ask now for the name that a resource has."""
        document = self.world.service.shown(key[1]) or {}
        name = "userName" if key[0] == "Users" else "displayName"
        there = [(one, held) for one, held in self.state().objects.items() if one.resource == ENDPOINTS[key[0]]]
        return {one for one, held in there if same(document_of(one, held).get(name), document.get(name))}

    def heirs(self, key: Key, owners: set[Target]) -> set[Target]:
        """Return who may take over a resource whose owners' manifests are gone; no one while one of them is there.

        Such a member stays in the groups that are to have the new owner, suspended or not (campaign 560270).
        """
        there = self.state().objects.keys()
        return set() if owners & there else self.wanting(key)

    def possible_owners(self, exchange: Exchange) -> set[Target]:
        """Return the manifests that a resource is of, or may just be taken over by: the status says so later."""
        mine = [target for target in self.targets() if target.resource == ENDPOINTS[exchange.type]]
        shown = [document for document in (exchange.before, exchange.after) if document]
        taking = {target for target in mine if any(any(self._names(target, each, exchange.sent)) for each in shown)}
        return self.owners[key_of(exchange)] | taking

    def _names(self, target: Target, document: dict[str, Any], until: float) -> Iterator[bool]:
        for state in self.states(until):
            if (manifest := state.objects.get(target)) is not None:
                wanted = document_of(target, manifest, state.owner)
                name = "userName" if target.resource == USERS else "displayName"
                yield same(wanted.get(name), document.get(name)) or wanted["externalId"] == document.get("externalId")


def key_of(exchange: Exchange) -> Key:
    """Return the resource that a request to the service is about."""
    return exchange.type, exchange.id


def endpoint_of(target: Target) -> str:
    """Return the endpoint of the resources of a kind of manifest."""
    return "Users" if target.resource == USERS else "Groups"


def manifest_of(exchange: Exchange) -> Target | None:
    """Return the user or group that a write to the API server is about."""
    parts = exchange.path.split("/")
    resource = {"scimusers": USERS, "scimgroups": GROUPS}.get(parts[0])
    return Target(resource, parts[1], parts[2]) if resource and len(parts) > 2 else None


def _essence(manifest: Manifest | None) -> Manifest | None:
    """Return what checks ask of a version: everything but its status and what changes with each write."""
    if manifest is None:
        return None
    metadata = {name: manifest["metadata"][name] for name in _ESSENTIAL if name in manifest["metadata"]}
    body: Manifest = {name: manifest[name] for name in ("spec", "data") if name in manifest}
    return {"metadata": metadata, **body}
