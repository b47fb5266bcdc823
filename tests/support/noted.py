"""What jobs note for the provisioning log, made for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import ConfigKey, Kind, ObjectKey, ResourceType
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.record import SourceRecord, packed_document
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.scope.scope import ScopeDecision
from scim_operator.observability.provisioning_log.processed import Found, JobIdentity, Processed, Trigger

AT = datetime(2026, 11, 25, 22, 30, 5, 123000, tzinfo=UTC)
IN_SCOPE = ScopeDecision(in_scope=True, reason="NoFilters", message="There are no scoping filters.")
HOLDS = Verdict(Reason.PROVISIONED, "The service holds it as mapped.")


def job(*sensitive: str, name: str = "vmware") -> JobIdentity:
    return JobIdentity(
        key=ConfigKey("identity", name),
        uid=f"uid-of-{name}",
        url="https://service.example/scim/v2",
        profile="vmware-identity-service",
        sensitive={type: tuple(map(parse, sensitive)) for type in ResourceType},
    )


def source(name: str, kind: Kind = Kind.USER, **document: Any) -> SourceRecord:
    field = "userName" if kind is Kind.USER else "displayName"
    body = {field: f"{name}@corp.example" if kind is Kind.USER else name, **document}
    return SourceRecord(
        key=ObjectKey(kind, "identity", name),
        uid=f"uid-of-{name}",
        generation=3,
        resource_version="1",
        labels={},
        deleting=False,
        finalizers=(),
        packed_document=packed_document(body),
    )


def processed(name: str = "ada", number: int = 0, **changes: Any) -> Processed:
    """An update of a user's title that went well; `changes` are fields of Processed."""
    record = changes.pop("record", None) or source(name, changes.pop("kind", Kind.USER))
    given: dict[str, Any] = {
        "id": f"019abc00-0000-7000-8000-{number:012}",
        "at": AT,
        "seconds": 0.25,
        "cycle": "019abc00-0000-7000-8000-0000000000cc",
        "trigger": Trigger.CHANGE,
        "job": job(),
        "key": record.key,
        "record": record,
        "verdict": HOLDS,
        "scope": IN_SCOPE,
        "found": Found("2819c223", "id", f"{name}@corp.example"),
        "verb": Verb.UPDATE,
        "sent": True,
        "changes": (AttributeChange(parse("title"), "Analyst", "Countess"),),
    }
    return Processed(**{**given, **changes})
