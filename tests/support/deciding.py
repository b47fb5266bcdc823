"""Situations to decide in: a user called Ada, what is at the service, and a config's rules."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from scim_operator.core.attributes.paths import parse
from scim_operator.core.decision.claims import Contention
from scim_operator.core.decision.facts import Facts, Match, Rules
from scim_operator.core.decision.protection import Guarded, Keeper
from scim_operator.core.keys import Kind, ObjectKey, ResourceType
from scim_operator.core.mapping.mapping import desired_attributes
from scim_operator.core.records.record import FINALIZER, record_of
from scim_operator.core.records.status import Reason, ServiceEntry, Verdict
from scim_operator.core.scope.scope import ScopeDecision
from scim_operator.job.base.settings import settings_of
from tests.support.rig import without_sign_in

if TYPE_CHECKING:
    from scim_operator.core.plan.verb import Verb

IN = ScopeDecision(in_scope=True, reason="", message="")
OUT = ScopeDecision(in_scope=False, reason="NotAssigned", message="Not assigned.")
ADA = ObjectKey(Kind.USER, "identity", "ada")
EVE = ObjectKey(Kind.USER, "identity", "eve")
MANIFEST = {
    "userName": "ada@x.example",
    "active": True,
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"type": "work", "value": "ada@x.example"}],
    "title": "Analyst",
}
THERE = {**MANIFEST, "id": "1", "externalId": "identity/ada"}


def rules(type: ResourceType = ResourceType.USER, **changed: Any) -> Rules:
    """The default rules of a config, with some changed."""
    service = {"url": "https://x.example", "auth": {"bearer": {"secretRef": {"name": "s", "key": "k"}}}}
    metadata = {"namespace": "identity", "name": "vmware", "uid": "u", "generation": 1}
    spec = without_sign_in({"service": service, f"{type.value.lower()}s": changed})
    config = {"metadata": metadata, "spec": spec}
    return settings_of(config).rules[type]


@dataclass(frozen=True)
class Case:
    """One situation and what must be done in it."""

    why: str
    verb: Verb | None
    reason: Reason
    there: dict[str, Any] | None = None
    owned: bool = False
    wanted: bool = True
    manifest: dict[str, Any] = field(default_factory=lambda: MANIFEST)
    deleting: bool = False
    match: dict[str, Any] = field(default_factory=dict)
    entry: ServiceEntry | None = None
    rivals: tuple[ObjectKey, ...] = ()
    owners: tuple[ObjectKey, ...] = ()
    contested: tuple[str, ...] = ()
    rules: dict[str, Any] = field(default_factory=dict)
    overdue: bool = False
    terminating: bool = False
    keepers: tuple[Keeper, ...] = ()
    ours: bool = False
    """Whether the resource is ours afterwards."""


def facts_of(case: Case, compiled: Rules) -> Facts:
    """The facts of a case."""
    metadata: dict[str, Any] = {"namespace": "identity", "name": "ada", "uid": "u", "generation": 2}
    metadata |= {"resourceVersion": "1", "finalizers": [FINALIZER]}
    if case.deleting:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    record = record_of(Kind.USER, {"metadata": metadata, "spec": case.manifest})
    wanted = case.wanted and not case.deleting
    desired = desired_attributes(record.document, compiled.mappings, creating=case.there is None)
    return Facts(
        record=record,
        entry=case.entry,
        scope=IN if wanted else OUT,
        desired=desired if wanted else None,
        match=Match(case.there, **{"by": "userName", "owned": case.owned, **case.match}),
        contention=Contention(case.rivals, case.owners, tuple(map(parse, case.contested))),
        overdue=case.overdue,
        terminating=case.terminating,
        guarded=Guarded(keepers=case.keepers),
    )


def entry(reason: Reason = Reason.PROVISIONED, **changed: Any) -> ServiceEntry:
    """What we remember of ada."""
    return replace(
        ServiceEntry("vmware", Verdict(reason, "As before."), 1, id="1", applied=("userName", "title")), **changed
    )


DIFFERS = {**THERE, "title": "Pirate"}
INACTIVE = {**THERE, "active": False}
