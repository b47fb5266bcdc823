"""S6: Ready=True for a generation only after the service held it; no config is ready that knows of what is unsent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.promises.documents import path_of
from verify.promises.finalizer import FINALIZER
from verify.promises.ground import manifest_of
from verify.promises.mapped import unlike
from verify.promises.promise import Promise
from verify.world import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.kube.client import Target
    from verify.apiserver import Event, Manifest
    from verify.history import Exchange
    from verify.promises.ground import Ground
    from verify.promises.violation import Violation

LISTS = (f"scimusers/{NAMESPACE}", f"scimgroups/{NAMESPACE}")
KNOWN = 60.0
"""Seconds after which the status of a config has to know what the status of an object says."""
UNSENT = frozenset({"Retrying", "Rejected", "Held", "Conflict", "InvalidSpec", "Immutable", "Ambiguous", "Pending"})


class Readiness(Promise):
    """Compares after every exchange with the service, and after every edit, what is held with what is asked for.

    What someone changes at the service by hand, an operator sees with its next sweep: until then it goes by what it
    was shown last.
    """

    name = "S6"

    def __init__(self, ground: Ground, violations: list[Violation]) -> None:
        super().__init__(ground, violations)
        self._held: dict[Target, tuple[str, int]] = {}
        """The newest uid and generation of a manifest that the service was seen to hold."""
        self._shown: dict[tuple[str, str], dict[str, Any] | None] = {}
        """Each resource by its id as each operator was shown it last."""
        self._unsent: dict[Target, float] = {}
        """Since when the status of an object says that something of it is unsent."""
        self._listed: dict[tuple[str, str], float] = {}
        """When each operator was first shown the manifests of a kind: before that one knows of none."""

    def changed(self, event: Event) -> None:
        """Compare, and note what the status of an object says."""
        if event.target in self.ground.targets():
            self._note(event)
            self._look()

    def sending(self, exchange: Exchange) -> None:
        """See that an operator knows better by now than what a status says: the API server may not take the news."""
        for target in () if exchange.to_service else self._done_with(exchange):
            if target in self._unsent:
                self._unsent[target] = self.world.now

    def _done_with(self, exchange: Exchange) -> Iterator[Target]:
        """Yield the manifests of which a write says that nothing is unsent: in a status, or by taking the finalizer."""
        for target, entry in self.ground.entries(exchange):
            if ready_of(entry["conditions"])[1] not in UNSENT:
                yield target
        metadata, manifest = (exchange.body or {}).get("metadata") or {}, manifest_of(exchange)
        if manifest is not None and FINALIZER not in metadata.get("finalizers", (FINALIZER,)):
            yield manifest

    def done(self, exchange: Exchange) -> None:
        """Compare what the service holds, and judge what a status says that was taken."""
        self._look()
        if exchange.to_service:
            self._see(exchange)
        if exchange.to_service or not exchange.writes or exchange.status != 200:
            return
        for target, entry in self.ground.entries(exchange):
            self._entry(target, entry, exchange)
        if exchange.type == "provisioningconfigs" and exchange.path.endswith("/status"):
            self._config((exchange.body or {}).get("status") or {}, exchange)

    def ended(self, exchange: Exchange) -> None:
        """Note who was shown the manifests."""
        if exchange.answered and not exchange.to_service and exchange.path in LISTS:
            self._listed.setdefault((exchange.sender, exchange.path), self.world.now)

    def rest(self) -> None:
        """Judge what is said at rest: nothing is on its way any more that could make it true."""
        ready = ready_of((self.world.config.get("status") or {}).get("conditions"))
        unsent = ", ".join(sorted(f"{each.resource.kind} {each.name}" for each in self._unsent))
        if ready == ("True", "Provisioned") and unsent:
            self.broken(f"the config is Provisioned at rest, and {unsent} unsent")

    def _look(self) -> None:
        """Note the newest generation of each manifest that the service holds now."""
        state = self.ground.state()
        for target in self.ground.targets():
            uid = state.objects[target]["metadata"]["uid"] if target in state.objects else ""
            known, held = self._held.get(target, ("", 0))
            for manifest in self._versions(target, uid, held + 1 if known == uid else 0):
                if not unlike(self.ground, state.but(target, manifest), target):
                    self._held[target] = uid, manifest["metadata"]["generation"]

    def _see(self, exchange: Exchange) -> None:
        """Note what an operator is shown."""
        service = self.world.service
        listed = exchange.method == "GET" and not exchange.id and "filter" not in exchange.query
        shown = service.users if exchange.type == "Users" else service.groups
        for id in shown if listed else (exchange.id,):
            self._shown[exchange.sender, id] = service.shown(id)

    def _versions(self, target: Target, uid: str, least: int) -> list[Manifest]:
        """Return the versions of a manifest from a generation on."""
        metadata = ((one, one["metadata"]) for one in self.ground.versions(target))
        return [one for one, has in metadata if has["uid"] == uid and has["generation"] >= least]

    def _entry(self, target: Target, entry: dict[str, Any], exchange: Exchange) -> None:
        status, reason = ready_of(entry["conditions"])
        if status == "True" and reason in UNSENT:
            self.broken(f"{target.resource.kind} {target.name} is Ready, and says {reason}", exchange)
        if (status, reason) != ("True", "Provisioned") or (now := self.world.server.get(target)) is None:
            return
        generation = next(one["observedGeneration"] for one in entry["conditions"] if one["type"] == "Ready")
        uid, held = self._held.get(target, ("", 0))
        if not (uid == now["metadata"]["uid"] and held >= generation):
            versions = self._versions(target, now["metadata"]["uid"], generation)
            # Who is named as still to come is not said to be there; that they come is judged at rest (`mapped`).
            coming = {f"the member {key.partition('/')[2]}" for key in entry.get("pendingMembers") or ()}
            lacking = [one for one in self._lacking(target, versions, entry, exchange.sender) if one not in coming]
            what = f"generation {generation} of {target.resource.kind} {target.name} is Ready"
            if lacking:
                self.broken(f"{what}, and the service never held {', '.join(lacking)}", exchange)

    def _lacking(self, target: Target, versions: list[Manifest], entry: dict[str, Any], sender: str) -> list[str]:
        """Return what is not held of the version that is most like it, of other objects as an operator may see them."""
        skipped = {path_of(one["path"]) for one in entry.get("reformatted") or ()}
        seen = (state.but(target, one) for state in self.ground.views(self.world.now) for one in versions)
        ways = (self.world.service.shown, lambda id: self._shown.get((sender, id)))
        return _least(unlike(self.ground, one, target, skipped, shown) for one in seen for shown in ways)

    def _config(self, status: dict[str, Any], exchange: Exchange) -> None:
        if ready_of(status.get("conditions")) != ("True", "Provisioned") or len(self.world.processes) > 1:
            return  # of two operators at once, each knows what it does itself
        began = max(self._listed.get((exchange.sender, path), self.world.now) for path in LISTS)
        old = [each for each, since in self._unsent.items() if self.world.now - max(since, began) > KNOWN]
        if old:
            named = ", ".join(sorted(f"{each.resource.kind} {each.name}" for each in old))
            self.broken(f"the config is Provisioned, and {named} unsent for more than {KNOWN:.0f} s", exchange)

    def _note(self, event: Event) -> None:
        said = ready_of((event.manifest.get("status") or {}).get("conditions"))
        if event.kind.value == "DELETED" or said[0] != "False" or said[1] not in UNSENT:
            self._unsent.pop(event.target, None)
        else:
            self._unsent.setdefault(event.target, self.world.now)


def _least(every: Iterable[list[str]]) -> list[str]:
    """Return the shortest of these lists, and look no further than the first that is empty."""
    least: list[str] | None = None
    for lacking in every:
        least = lacking if least is None or len(lacking) < len(least) else least
        if not least:
            return least
    return ["it at all"] if least is None else least


def ready_of(conditions: Any) -> tuple[str, str]:  # noqa: ANN401 - JSON
    """Return status and reason of the condition Ready."""
    found: dict[str, str] = next((one for one in conditions or () if one["type"] == "Ready"), {})
    return found.get("status", ""), found.get("reason", "")
