"""The standing of a config's job, as a value. Each method is a transition: it returns the standing after it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from scim_operator.core.wording import camel

if TYPE_CHECKING:
    from collections.abc import Mapping


class Phase(StrEnum):
    """The phase of the job, as `status.progress.phase` shows it."""

    STARTING = "Starting"
    LISTING = "Listing"
    PLANNING = "Planning"
    USERS = "Users"
    GROUPS = "Groups"
    DONE = "Done"


@dataclass(frozen=True, slots=True)
class Tallied:
    """Objects of one kind, by what became of them."""

    in_scope: int = 0
    provisioned: int = 0
    pending: int = 0
    retrying: int = 0
    failed: int = 0
    unmanaged: int = 0
    foreign: int = 0


class Trouble(NamedTuple):
    """The cause of a failure, as a condition reports it."""

    reason: str = ""
    message: str = ""

    def __bool__(self) -> bool:
        return bool(self.reason)


NO_TROUBLE = Trouble()


@dataclass(frozen=True, slots=True)
class HeldChanges:
    """Changes that wait for approval: of how many objects, under which digest, why (as a clause), which protected ones.

    `used_up`: the same plan was approved once before.
    """

    objects: int = 0
    digest: str = ""
    because: str = ""
    protected: tuple[str, ...] = ()
    used_up: bool = False
    mistaken: str = ""
    """What to do if deletions among them are mistakes, in words."""


NOTHING_HELD = HeldChanges()


@dataclass(frozen=True, slots=True)
class Standing:
    """The standing of a job."""

    generation: int
    suspended: bool = False
    invalid: str = ""
    """What is wrong in the spec."""
    connected: bool | None = None
    trouble: Trouble = NO_TROUBLE
    """Why it is not connected."""
    expiring: str = ""
    """That the token ends soon."""
    phase: Phase = Phase.STARTING
    users: Tallied = Tallied()
    groups: Tallied = Tallied()
    held: HeldChanges = NOTHING_HELD
    quarantine: Trouble = NO_TROUBLE
    """Why nothing is tried now."""
    planning_only: bool = False
    waits_for: str = ""
    """The config that serves the service instead."""
    shares: str = ""
    """What both list, where that alone shows that their services are one."""
    unswept: str = ""
    """Why sweeps do not end."""
    recalled: str = ""
    """What was said of a held plan before a restart, until what is held is known again."""
    internal: str = ""
    """What went wrong in the operator itself, outside of any one object, since the last sweep."""
    other_operator: str = ""
    """Another operator that works on the config too."""

    def taken_up(self, generation: int) -> Standing:
        """Return the standing once a spec is taken up; a new one begins from the start."""
        begun = replace(self, suspended=False, invalid="", waits_for="", shares="", unswept="")
        return begun if generation == self.generation else replace(begun, generation=generation, phase=Phase.STARTING)

    def beside(self, other_operator: str) -> Standing:
        """Return the standing where another operator works on the config too; "" where none does."""
        return replace(self, other_operator=other_operator)

    def refused(self, invalid: str) -> Standing:
        """Return the standing where the spec cannot be carried out."""
        return replace(self, invalid=invalid)

    def paused(self) -> Standing:
        """Return the standing where `spec.suspend` is true."""
        return replace(self, suspended=True)

    def behind(self, config: str, shares: str) -> Standing:
        """Return the standing where another config serves the service."""
        return replace(self, waits_for=config, shares=shares, connected=None, trouble=NO_TROUBLE)

    def found(self) -> Standing:
        """Return the standing after the service passed Test Connection."""
        return replace(self, connected=True, trouble=NO_TROUBLE, invalid="")

    def lost(self, trouble: Trouble, invalid: str | None) -> Standing:
        """Return the standing without a connection; `invalid` is what is wrong in the spec, None for no news of it."""
        lost = replace(self, connected=False, trouble=trouble, phase=Phase.STARTING)
        return lost if invalid is None else replace(lost, invalid=invalid)

    def at(self, phase: Phase) -> Standing:
        """Return the standing of a sweep that has come this far."""
        return replace(self, phase=phase)

    def swept(self, unread: str = "") -> Standing:
        """Return the standing after a sweep has ended; `unread` says what of the service could not be listed."""
        return replace(self, phase=Phase.DONE, unswept=unread)

    def not_swept(self, why: str) -> Standing:
        """Return the standing where sweeps do not end although the service answers."""
        return replace(self, unswept=why)

    def counted(self, users: Tallied, groups: Tallied, held: HeldChanges, *, planning_only: bool) -> Standing:
        """Return the standing with the objects counted and with what is held."""
        return replace(self, users=users, groups=groups, held=held, recalled="", planning_only=planning_only)

    def quarantined(self, why: Trouble) -> Standing:
        """Return the standing in a quarantine that begins or goes on, or with `NO_TROUBLE` after one."""
        return replace(self, quarantine=why)

    def expires(self, expiring: str) -> Standing:
        """Return the standing with the token's end known: near, or with "" far off."""
        return replace(self, expiring=expiring)

    def broke(self, internal: str) -> Standing:
        """Return the standing after an error in the operator itself; "" after a sweep without one."""
        return replace(self, internal=internal)


def standing_from_json(status: Mapping[str, Any], generation: int) -> Standing:
    """Return how the job stood when its config's status was written, so that a restart reports only news."""
    totals, said = status.get("totals") or {}, {body["type"]: body for body in status.get("conditions", ())}
    done = status.get("observedGeneration") == generation and (status.get("progress") or {}).get("phase") == Phase.DONE
    connected, approval = said.get("Connected", {}), said.get("ApprovalRequired", {})
    recalled = approval.get("message", "") if approval.get("status") == "True" else ""
    return Standing(
        generation=generation,
        connected={"True": True, "False": False}.get(connected.get("status", "")),
        trouble=Trouble(connected.get("reason", ""), connected.get("message", "")),
        quarantine=_quarantine_from(said.get("Quarantined", {})),
        phase=Phase.DONE if done else Phase.STARTING,
        users=_tallied_from(totals.get("users") or {}),
        groups=_tallied_from(totals.get("groups") or {}),
        planning_only=said.get("Ready", {}).get("reason") == "Planned",
        held=HeldChanges(objects=int(bool(recalled))),
        recalled=recalled,
    )


def _quarantine_from(said: Mapping[str, str]) -> Trouble:
    return Trouble(said.get("reason", ""), said.get("message", "")) if said.get("status") == "True" else NO_TROUBLE


def _tallied_from(body: Mapping[str, Any]) -> Tallied:
    return Tallied(**{field.name: body.get(camel(field.name), 0) for field in fields(Tallied)})
