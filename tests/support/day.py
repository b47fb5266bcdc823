"""A day in a simulated world: what an operator sent and wrote, when, and what people see of it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.core.records.record import REQUESTS
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS, OF_KIND
from verify.history import Exchange
from verify.manifests import user
from verify.world import CONFIG, NAMESPACE, World

if TYPE_CHECKING:
    from scim_operator.observability.provisioning_log.processed import Processed
    from scim_operator.simulator.settings import Settings
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_COUNTED = (
    "scim_objects",
    "scim_drift_total",
    "scim_held",
    "scim_connected",
    "scim_quarantined",
    "scim_another_operator",
    "scim_internal_errors_total",
    "scim_unproven_total",
    "workqueue_adds_total",
    "workqueue_retries_total",
)
"""Metrics that no clock decides."""
_TIME = re.compile(r"(T\d\d:\d\d):\d\d(?:\.\d+)?Z")
_SWEPT = re.compile(r"swept in \d+\.\d s")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Day:
    """A world with one operator, made in a running virtual loop. Times are seconds since the world began."""

    def __init__(self, settings: Settings | None = None, **spec: Any) -> None:
        self.world = World(1, settings, **spec)
        self.world.weather.slowness = 0.0005  # each way takes as long as any other, so that no order decides a second
        self._from, self._began = 0, 0.0
        self._heard: list[tuple[int, str]] = []
        self._metrics: dict[str, float] = {}
        self.world.network.log = self

    def people(self, *names: str, **more: Any) -> None:
        """Apply users of these names."""
        for name in names:
            self.world.apply(Kind.USER, name, user(name, **more))

    def team(self, name: str, *members: str, **more: Any) -> None:
        """Apply a group of these users."""
        listed = [{"userRef": {"name": one}} for one in members]
        self.world.apply(Kind.GROUP, name, {"displayName": name, "members": listed, **more})

    def ask(self, kind: Kind | None, name: str, value: str, annotation: str = REQUESTS[0]) -> None:
        """Ask for a look at a manifest now, or with None at the whole config."""
        target = Target(CONFIGS if kind is None else OF_KIND[kind], NAMESPACE, name)
        self.world.server.patch(target, {"metadata": {"annotations": {annotation: value}}})

    def config(self, name: str = CONFIG, **changes: Any) -> None:
        """Apply a config whose spec is that of the first one with these changes."""
        self.world.server.apply(Target(CONFIGS, NAMESPACE, name), {**self.world.spec, **changes})

    def without_config(self, name: str = CONFIG) -> None:
        """Delete a config."""
        self.world.server.delete(Target(CONFIGS, NAMESPACE, name))

    def leaves(self, *names: str, kind: Kind = Kind.USER) -> None:
        """Delete manifests."""
        for name in names:
            self.world.delete(kind, name)

    def fault(self, *faults: str) -> None:
        """Give the service these faults, in place of those it has."""
        self.world.service.faults.clear()
        for fault in faults:
            self.world.service.faults.add(fault)

    def by_hand(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """Do what an administrator does at the service; "ada" in a path stands for the id of that user."""
        for one in (*self.world.service.users.values(), *self.world.service.groups.values()):
            name = one.get("displayName") if "userName" not in one else one["userName"].split("@")[0]
            path = path.replace(f"/{name}", f"/{one['id']}") if name else path
        return self.world.service.by_hand(method, path, body or None)

    def patch(self, path: str, /, **operation: Any) -> None:
        """PATCH by hand, with one operation."""
        urn = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
        self.by_hand("PATCH", path, schemas=[urn], Operations=[operation])

    def mark(self) -> None:
        """Forget what happened until now."""
        self._from, self._began = len(self.world.history.entries), self.world.now
        self._heard, self._metrics = [], self.metrics()

    def hear(self, line: str) -> None:
        """Note a line of the operator's log."""
        self._heard.append((int(self.world.now - self._began), f"says {line}"))

    def note(self, processed: Processed) -> None:
        """Take a record of the provisioning log."""
        changes = [f"{each.path}={_brief(each.new)}" for each in processed.changes]
        members = [f"{sign}{one.count}" for sign, one in (("+", processed.gained), ("-", processed.lost)) if one.count]
        parts = (
            processed.key.name,
            processed.trigger.value,
            processed.verb.name if processed.verb else "",
            "sent" if processed.sent else "",
            f"by {processed.found.by}" if processed.found.by else "",
            processed.found.name,
            ", ".join([*changes, *members]),
            f"failed at {processed.failed.value} {processed.code}" if processed.failed else "",
            processed.verdict.reason.value,
        )
        self._heard.append((int(self.world.now - self._began), f"logs {' '.join(filter(None, parts))}"))

    def metrics(self) -> dict[str, float]:
        """Return the operators' metrics that count, all of them together."""
        found: dict[str, float] = {}
        for process in self.world.processes:
            for family in process.metrics.registry.collect():
                for one in family.samples:
                    if one.name.startswith(_COUNTED):
                        labels = " ".join(value for name, value in one.labels.items() if name not in ("config", "name"))
                        found[f"{one.name} {labels}"] = found.get(f"{one.name} {labels}", 0.0) + one.value
        return found

    def story(self) -> list[str]:
        """Return what happened since the mark, sorted within each second, which are counted from there.

        What reads alone at the API server is left out. The order of two objects is no one's business, that of the
        seconds is. The metrics that have moved come last.
        """
        began, seen = self._began, list(self._heard)
        for entry in self.world.history.entries[self._from :]:
            if isinstance(entry, Exchange) and (entry.to_service or entry.writes):
                seen += [(int(entry.sent - began), line) for line in _told(entry)]
        lines = [
            f"{second} {line}{f' ({times} times)' if times > 1 else ''}" for (second, line), times in counted(seen)
        ]
        now = self.metrics().items()
        lines += [f"overdue: {each}" for process in self.world.processes for each in process.supervisor.problems()]
        return lines + [f"{name} {value:g}" for name, value in sorted(now) if value != self._metrics.get(name, 0.0)]

    @property
    def status(self) -> dict[str, Any]:
        """The config's status."""
        return (self.world.server.get(Target(CONFIGS, NAMESPACE, CONFIG)) or {}).get("status") or {}

    def at_service(self, name: str) -> dict[str, Any] | None:
        """Return the user of that name as the service has it."""
        found = (one for one in self.world.service.users.values() if one["userName"].startswith(f"{name}@"))
        return next(found, None)


def counted(seen: list[tuple[int, str]]) -> list[tuple[tuple[int, str], int]]:
    """Return each line once, with how often it is there."""
    return sorted(
        Counter(
            (second, _UUID.sub("<id>", _DIGEST.sub("<digest>", _SWEPT.sub("swept in … s", _TIME.sub(r"\1Z", line)))))
            for second, line in seen
        ).items()
    )


def said_of(body: dict[str, Any], type: str) -> tuple[str, str, str]:
    """Status, reason and message of a condition."""
    conditions = body.get("conditions", ())
    return next(
        ((one["status"], one["reason"], one["message"]) for one in conditions if one["type"] == type), ("", "", "")
    )


def _told(exchange: Exchange) -> list[str]:
    if exchange.to_service:
        return [f"{exchange.method} {_where(exchange)} {exchange.status}{_what(exchange.body)}"]
    name, before, after = exchange.path.split("/")[-1], exchange.before or {}, exchange.after or {}
    if exchange.type == "events":
        return [f"Event {exchange.body.get('reason')}: {exchange.body.get('note') or exchange.body.get('message')}"]
    if not exchange.path.endswith("/status"):
        return [f"{name}: finalizer {'on' if after.get('metadata', {}).get('finalizers') else 'off'}"]
    name, before, after = exchange.path.split("/")[-2], before.get("status") or {}, after.get("status") or {}
    if exchange.type != "provisioningconfigs":
        return [f"{name}: {each}" for body in after.get("services", ()) for each in [_entry(body)]]
    types = [one["type"] for one in after.get("conditions", ())]
    conditions = [
        f"{type} {status} {reason}: {message}"
        for type in types
        for status, reason, message in [said_of(after, type)]
        if (status, reason, message) != said_of(before, type)
    ]
    others = sorted(part for part in {*before, *after} - {"conditions"} if before.get(part) != after.get(part))
    lines = [*(f"{part} {_brief(after.get(part))}" for part in others), *conditions] or ["config"]
    return lines if name == CONFIG else [f"{name}: {line}" for line in lines]


def _where(exchange: Exchange) -> str:
    """Return what a request is about: a list, a filter by an attribute, or one resource."""
    found = str(exchange.query.get("filter") or "").split(" ")[0]
    return f"/{exchange.type}" + (f"?{found}" if found else "/<id>" if exchange.path.count("/") > 1 else "")


def _what(body: Any) -> str:
    """Return what a request asks for, briefly."""
    if not isinstance(body, dict):
        return ""
    operations = [f"{one['op']} {one.get('path', '')}={_brief(one.get('value'))}" for one in body.get("Operations", ())]
    fields = [f"{name}={_brief(value)}" for name, value in body.items() if name != "schemas"]
    return " " + ", ".join(operations or fields)


def _entry(body: dict[str, Any]) -> str:
    """Return what an entry in a manifest's status says."""
    _, reason, message = said_of(body, "Ready")
    known = {
        name: body.get(name) for name in ("members", "pendingMembers", "reformatted", "creating", "unprovenId", "id")
    }
    facts = [name if isinstance(value, str) else f"{len(value)} {name}" for name, value in known.items() if value]
    return f"{reason} ({', '.join(facts)}): {message}"


def _brief(value: Any) -> str:
    """Return a value without what is empty, zero, or another each time."""
    if isinstance(value, dict):
        shown = {name: _brief(one) for name, one in value.items() if name not in _EACH_TIME}
        return "{" + " ".join(f"{name}={one}" for name, one in shown.items() if one not in ("", "0", "{}", "[]")) + "}"
    if isinstance(value, list):
        return str(len(value)) if value else "[]"
    return "" if value is None else str(value)


_EACH_TIME = frozenset(
    {"proof", "startedAt", "releasedAt", "duration", "since", "reported", "time", "id", "identity", "service"}
)
