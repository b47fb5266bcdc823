"""Status as values: what a manifest's status says of each service, and the condition over all of them.

The shape is that of Gateway API's `status.parents`: one entry per ProvisioningConfig that has the object, or had it.
An entry is also the operator's memory: the id at the service and the applied attributes survive restarts here.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from scim_operator.core.printing import one_line
from scim_operator.core.service.address import address_of
from scim_operator.core.sharing import LONGEST, shared, shared_text
from scim_operator.core.values import valueclass

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping


class Reason(StrEnum):
    """The reason why an object is, or is not, Ready. An API: names stay stable."""

    PROVISIONED = "Provisioned"
    OUT_OF_SCOPE = "OutOfScope"
    DISABLED = "Disabled"
    EMPTIED = "Emptied"
    RETAINED = "Retained"
    UNDECIDED = "Undecided"
    NOT_CREATED = "NotCreated"
    INCOMPLETE = "Incomplete"
    CONFLICT = "Conflict"
    AMBIGUOUS = "Ambiguous"
    NOT_OWNED = "NotOwned"
    OWNED_BY_OTHER = "OwnedByOther"
    TRANSFERRED = "Transferred"
    INVALID_SPEC = "InvalidSpec"
    REJECTED = "Rejected"
    IMMUTABLE = "Immutable"
    RETRYING = "Retrying"
    HELD = "Held"
    NEEDED = "Needed"
    PLANNED = "Planned"
    PENDING = "Pending"
    ACTION_OFF = "ActionOff"
    SUSPENDED = "Suspended"
    QUARANTINED = "Quarantined"
    INTERNAL_ERROR = "InternalError"


AWAY = frozenset({Reason.DISABLED, Reason.EMPTIED})
"""The reasons of resources that give no access any more and are deleted when they have stayed away long enough."""

SETTLED = AWAY | {
    Reason.PROVISIONED,
    Reason.OUT_OF_SCOPE,
    Reason.RETAINED,
    Reason.NOT_CREATED,
    Reason.TRANSFERRED,
}
"""The reasons that mean: the service is as the manifest and the config want it (Ready=True)."""

PARKED = frozenset(
    {
        Reason.CONFLICT,
        Reason.AMBIGUOUS,
        Reason.NOT_OWNED,
        Reason.OWNED_BY_OTHER,
        Reason.INVALID_SPEC,
        Reason.UNDECIDED,
        Reason.REJECTED,
        Reason.IMMUTABLE,
    }
)
"""The reasons of what is wrong and does not heal by waiting."""

HALTED = frozenset(
    {
        Reason.HELD,
        Reason.NEEDED,
        Reason.PLANNED,
        Reason.ACTION_OFF,
        Reason.SUSPENDED,
        Reason.QUARANTINED,
    }
)
"""The reasons of what nothing is wrong with, and what does not go on before someone lets it, or for hours."""

STALLED = PARKED | HALTED
"""The reasons that say Stalled=True; all others of what is not Ready say Reconciling=True (docs/adr/0036-status.md)."""

STAYS_AWAY = PARKED | {Reason.NOT_CREATED, Reason.ACTION_OFF, Reason.SUSPENDED, Reason.TRANSFERRED}
"""The reasons of what has no resource at the service, and gets none unless someone changes something."""


@valueclass(frozen=True, slots=True)
class Verdict:
    """The conclusion of a reconciliation for one object at one service."""

    reason: Reason
    message: str

    @property
    def ready(self) -> bool:
        """Return whether the object is at the service as it should be."""
        return self.reason in SETTLED


@dataclass(frozen=True, slots=True)
class Reformatted:
    """A value that the service stores in another form than we send: digests of both, so that it does not flap.

    `kept`: it is what the service had before, so that nothing of what was sent was taken.
    """

    path: str
    sent: str
    got: str
    kept: bool = field(default=False, compare=False)


@valueclass(frozen=True, slots=True)
class ServiceEntry:
    """One entry of `status.services`: what the config of that name knows and concluded of the object."""

    config: str
    verdict: Verdict
    generation: int
    service: str = ""
    """The mark of the service that gave the id (`service_mark`); "" where that is not known."""
    id: str = ""
    applied: tuple[str, ...] = ()
    """The target paths that we set and still own."""
    reformatted: tuple[Reformatted, ...] = ()
    members: tuple[str, ...] = ()
    """The ids of members that we put into the group; `*` for all of an exclusive one."""
    pending: tuple[str, ...] = ()
    """The names of members that are not provisioned yet."""
    handled: str = ""
    """The last request to look now that was done."""
    identity: str = ""
    """What the resource was known by when we last wrote it."""
    creating: str = ""
    """What a resource is to be known by that was about to be created."""
    proof: str = ""
    """Shows that the operator wrote all this (`core/ownership`)."""
    claimed: str = ""
    """An id that no proof covers: it only leads to the question whether the access that it names is to end."""
    formed: str = ""
    """Where a command found `reformatted` and `members` (`core.decision.forms.place`); "" for the id on record."""
    granted: str = ""
    """The pass with which the manifest may be made anew (`core.records.undelete`)."""
    lost: ServiceEntry | None = None
    """What was on record of a resource that its service no longer has, as long as there is no other one; see `lose`."""


def economical(entry: ServiceEntry) -> ServiceEntry:
    """Return the same entry, of which all that others say too is in memory once."""
    verdict = entry.verdict if len(entry.verdict.message) > LONGEST else shared(entry.verdict)
    members = shared(entry.members) if len(entry.members) == 1 else entry.members
    lost = economical(entry.lost) if entry.lost is not None else None
    config, applied = shared_text(entry.config), shared(entry.applied)
    return replace(entry, config=config, verdict=verdict, applied=applied, lost=lost, members=members)


def lose(entry: ServiceEntry) -> ServiceEntry:
    """Return the entry of an object whose resource the service no longer has, with all that was on record of that."""
    was = ServiceEntry(
        *(entry.config, _GONE, 0, entry.service, entry.id, entry.applied, entry.reformatted, entry.members),
        identity=entry.identity,
    )
    return replace(entry, id="", identity="", lost=was)


def regained(entry: ServiceEntry) -> ServiceEntry:
    """Return the entry of an object whose lost resource is there again, as that was on record."""
    was = entry.lost
    if was is None:
        return entry
    known = replace(entry, service=was.service, id=was.id, identity=was.identity, applied=was.applied, lost=None)
    return replace(known, reformatted=was.reformatted, members=was.members)


_GONE = Verdict(Reason.PENDING, "")


def service_mark(url: str) -> str:
    """Return what distinguishes services in an entry: a digest, because 100,000 statuses hold it."""
    return _mark(address_of(url))


def service_marks(url: str) -> frozenset[str]:
    """Return the marks of a service: that of its address, and the one that older releases made of its URL."""
    return frozenset({service_mark(url), _mark(url.rstrip("/"))})


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()[:16]


def entry_to_json(entry: ServiceEntry, previous: Mapping[str, Any] | None, now: str) -> dict[str, Any]:
    """Render an entry. `previous` is the one in the manifest, whose transition time is kept if still true."""
    body: dict[str, Any] = {
        "config": entry.config,
        "conditions": _conditions(entry.verdict, entry.generation, previous, now),
    }
    listed = {
        **_memory_to_json(entry),
        "creating": entry.creating,
        "proof": entry.proof,
        "unprovenId": entry.claimed,
        "pendingMembers": list(entry.pending),
        "lastHandledReconcileAt": entry.handled,
        "undelete": entry.granted,
        "lost": _memory_to_json(entry.lost) if entry.lost is not None else {},
    }
    return body | {name: value for name, value in listed.items() if value}


def _memory_to_json(entry: ServiceEntry) -> dict[str, Any]:
    """Render what an entry has on record of a resource."""
    listed = {
        "service": entry.service,
        "id": entry.id,
        "identity": entry.identity,
        "applied": list(entry.applied),
        "reformatted": [_form_to_json(each) for each in entry.reformatted],
        "members": list(entry.members),
    }
    return {name: value for name, value in listed.items() if value}


def _form_to_json(form: Reformatted) -> dict[str, Any]:
    body: dict[str, Any] = {"path": form.path, "sent": form.sent, "got": form.got}
    return {**body, "kept": True} if form.kept else body


def entry_from_json(body: Mapping[str, Any]) -> ServiceEntry:
    """Read an entry back, tolerating what an older release or a person left out or wrote differently."""
    ready = condition_of(body, "Ready")
    return ServiceEntry(
        config=body["config"],
        verdict=Verdict(_reason(_text(ready, "reason")), _text(ready, "message")),
        generation=ready["observedGeneration"] if type(ready.get("observedGeneration")) is int else 0,
        service=sys.intern(_text(body, "service")),
        id=_text(body, "id"),
        applied=_texts(body, "applied"),
        reformatted=tuple(
            Reformatted(_text(each, "path"), _text(each, "sent"), _text(each, "got"), each.get("kept") is True)
            for each in _list(body, "reformatted")
            if isinstance(each, dict)
        ),
        members=_texts(body, "members"),
        pending=_texts(body, "pendingMembers"),
        handled=_text(body, "lastHandledReconcileAt"),
        identity=_text(body, "identity"),
        creating=_text(body, "creating"),
        proof=_text(body, "proof"),
        claimed=_text(body, "unprovenId"),
        formed=_text(body, "formed"),
        granted=_text(body, "undelete"),
        lost=_lost_from_json(body),
    )


def _lost_from_json(body: Mapping[str, Any]) -> ServiceEntry | None:
    lost = body.get("lost")
    if not isinstance(lost, dict) or not _text(lost, "id"):
        return None
    return lose(entry_from_json({**lost, "config": body["config"], "lost": None})).lost


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _list(body: Mapping[str, Any], name: str) -> list[Any]:
    value = body.get(name)
    return value if isinstance(value, list) else []


def _texts(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(each for each in _list(body, name) if isinstance(each, str))


def object_status(
    previous: Mapping[str, Any],
    entries: Iterable[ServiceEntry],
    generation: int,
    now: str,
    living: Container[str] | None = None,
) -> dict[str, Any]:
    """Return the whole status of a ScimUser or ScimGroup. `now` is RFC 3339; equal input gives equal output.

    The entry of a config that is not `living` (None: all are) stays as a memory and counts for nothing else.
    """
    before = {body["config"]: body for body in previous.get("services", ())}
    entries = sorted(entries, key=lambda entry: entry.config)
    speaking = [entry for entry in entries if living is None or entry.config in living]
    summary = summarise(speaking)
    return {
        **_handled(speaking, previous),
        "observedGeneration": generation,
        "conditions": _conditions(summary, generation, previous, now),
        "services": [entry_to_json(entry, before.get(entry.config), now) for entry in entries],
    }


def is_said(entry: ServiceEntry, status: Mapping[str, Any]) -> bool:
    """Return whether a status says what it would say had this entry been written last, in its summary too."""
    bodies = [body for body in _list(status, "services") if isinstance(body, dict) and "config" in body]
    body = next((body for body in bodies if body["config"] == entry.config), None)
    if body is None or entry_to_json(entry, body, "") != body:
        return False
    # Other configs' entries may say more; which of them count, only the writer knows.
    return len(bodies) > 1 or _conditions(entry.verdict, entry.generation, status, "") == _list(status, "conditions")


def _handled(entries: Iterable[ServiceEntry], previous: Mapping[str, Any]) -> dict[str, Any]:
    """Return the last request that was handled: one is done when all services have done it."""
    done = {entry.handled for entry in entries}
    last = done.pop() if len(done) == 1 else previous.get("lastHandledReconcileAt", "")
    return {"lastHandledReconcileAt": last} if last else {}


def summarise(entries: Iterable[ServiceEntry]) -> Verdict:
    """One verdict over all services: the first that is not ready, else the first that has it in scope."""
    away = Reason.OUT_OF_SCOPE
    ordered = sorted(entries, key=lambda entry: (entry.verdict.ready, entry.verdict.reason is away, entry.config))
    if not ordered:
        return Verdict(Reason.PENDING, "No ProvisioningConfig of this namespace has looked at it yet.")
    first, several = ordered[0], len(ordered) > 1
    message = f"{first.config}: {first.verdict.message}" if several else first.verdict.message
    return Verdict(first.verdict.reason, message)


def _conditions(
    verdict: Verdict, generation: int, previous: Mapping[str, Any] | None, now: str
) -> list[dict[str, Any]]:
    ready = condition("Ready", verdict.ready, verdict.reason, verdict.message, generation=generation)
    wanted = [ready]
    if not verdict.ready:
        # kstatus takes Ready=False alone for something that goes on.
        type_ = "Stalled" if verdict.reason in STALLED else "Reconciling"
        wanted.append(condition(type_, True, verdict.reason, verdict.message, generation=generation))  # noqa: FBT003
    return stamped(wanted, previous or {}, now)


def condition(
    type_: str,
    status: bool | None,  # noqa: FBT001 - a condition's status is the value itself
    reason: str,
    message: str,
    *,
    generation: int,
) -> dict[str, Any]:
    """Return a metav1.Condition without transition time, with the message made visible. `status` None is Unknown."""
    value = "Unknown" if status is None else str(status)
    return {
        "type": type_,
        "status": value,
        "reason": str(reason),
        "message": one_line(message),
        "observedGeneration": generation,
    }


def stamped(conditions: Iterable[dict[str, Any]], previous: Mapping[str, Any], now: str) -> list[dict[str, Any]]:
    """Add `lastTransitionTime`: the previous condition's while its status is the same, else `now`."""
    result = []
    for body in conditions:
        old = condition_of(previous, body["type"])
        since = old.get("lastTransitionTime") if old.get("status") == body["status"] else None
        result.append({**body, "lastTransitionTime": since if isinstance(since, str) else now})
    return result


def condition_of(body: Mapping[str, Any], type_: str) -> dict[str, Any]:
    """Return the condition of that type in a status, or in one service's entry of it; {} where there is none."""
    return next((c for c in _list(body, "conditions") if isinstance(c, dict) and c.get("type") == type_), {})


def _reason(text: str) -> Reason:
    try:
        return Reason(text)
    except ValueError:
        return Reason.PENDING
