"""The provisioning log's record: Entra's provisioningObjectSummary, field for field. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.core.attributes.paths import Absent, parse
from scim_operator.core.instants import to_utc
from scim_operator.core.keys import Kind
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.revision import revision_of
from scim_operator.core.records.status import PARKED, Reason
from scim_operator.core.wording import REDACTED
from scim_operator.observability.provisioning_log.codes import OF_REASON, RECOMMENDED
from scim_operator.observability.provisioning_log.processed import SHOWN
from scim_operator.observability.provisioning_log.steps import steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.resource import JsonValue
    from scim_operator.observability.provisioning_log.processed import Processed, References

Record = dict[str, Any]

_NAMES = {Kind.USER: parse("userName"), Kind.GROUP: parse("displayName")}


def record_of(processed: Processed) -> Record:
    """Return the record as JSON carries it: no secret, and no value that a mapping calls sensitive."""
    job, key = processed.job, processed.key
    revision = revision_of(processed.record.annotations) if processed.record else ""
    system = {"id": job.uid, "displayName": str(job.key)}
    return {
        "id": processed.id,
        "activityDateTime": instant(processed.at),
        "changeId": _change_id(processed),
        "cycleId": processed.cycle,
        "jobId": f"{job.key}/{job.uid}",
        "tenantId": key.namespace,
        "durationInMilliseconds": round(processed.seconds * 1000),
        "initiatedBy": {"initiatorType": "system", "displayName": "scim-operator", "trigger": str(processed.trigger)},
        "provisioningAction": action(processed),
        "provisioningStatusInfo": _status_info(processed),
        "provisioningSteps": steps(processed),
        "modifiedProperties": list(_modified(processed)),
        "sourceIdentity": _source(processed),
        "targetIdentity": _target(processed),
        "sourceSystem": {"displayName": "Kubernetes", "details": {"namespace": key.namespace}},
        "targetSystem": {**system, "details": {"url": job.url, "profile": job.profile}},
        "servicePrincipal": system,
        "revision": revision,
    }


def packed_record(record: Record) -> bytes:
    """Return the record as one line of JSON, without the newline."""
    return orjson.dumps(record)


def instant(moment: datetime) -> str:
    """Return the time by RFC 3339, to the millisecond, in UTC, so that it sorts as text."""
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def moment_of(text: str) -> datetime:
    """Return the moment in UTC that a person wrote, such as 2026-11-25T22:00; UTC without a zone. Raises ValueError."""
    try:
        return to_utc(datetime.fromisoformat(text))
    except OverflowError as error:
        raise ValueError(str(error)) from error


def _change_id(processed: Processed) -> str:
    """Return the id of a manifest's generation, shared by all attempts, at all services, at one change."""
    record = processed.record
    return f"{record.uid}.{record.generation}" if record else ""


def action(processed: Processed) -> str:
    """Return Entra's provisioningAction: what was due for the resource, whether it was sent or not."""
    if processed.verb is None:
        return "other"
    leaves = processed.scope is None or not processed.scope.in_scope
    if processed.verb is Verb.DISABLE and leaves and processed.key.kind.resource_type in processed.job.staged:
        return "stageddelete"
    return processed.verb.lower()


def status(processed: Processed) -> str:
    """Return Entra's status: success, failure, skipped, or warning for what was done in part."""
    reason = processed.verdict.reason
    if processed.failed is not None or reason in (Reason.RETRYING, Reason.INTERNAL_ERROR):
        return "failure"
    if reason in PARKED:
        return "warning" if processed.sent else "failure"
    if reason in (Reason.PROVISIONED, Reason.INCOMPLETE):
        return "warning" if processed.pending.count or reason is Reason.INCOMPLETE else "success"
    if processed.sent:
        return "warning" if reason in (Reason.HELD, Reason.NEEDED) else "success"
    return "skipped"


def _status_info(processed: Processed) -> Record:
    code = processed.code or OF_REASON.get(processed.verdict.reason, "")
    info: Record = {"status": status(processed)}
    if code:
        info["errorInformation"] = {
            "errorCode": code,
            "reason": processed.verdict.message,
            "recommendedAction": RECOMMENDED[code],
        }
    return info


def _modified(processed: Processed) -> Iterator[Record]:
    for change in processed.changes:
        hidden = is_sensitive(processed, change.path)
        yield _property(str(change.path), _text(change.old, hidden=hidden), _text(change.new, hidden=hidden))
    if processed.gained.count or processed.lost.count:
        yield _property("members", _listed(processed.lost), _listed(processed.gained))


def _property(name: str, old: str | None, new: str | None) -> Record:
    return {"displayName": name, "oldValue": old, "newValue": new}


def is_sensitive(processed: Processed, path: AttributePath) -> bool:
    """Return whether the attribute is, holds or is part of what a mapping calls sensitive."""
    hidden = processed.job.sensitive.get(processed.key.kind.resource_type, ())
    return any(map(path.overlaps, hidden))


def _text(value: JsonValue, *, hidden: bool) -> str | None:
    if value is None or isinstance(value, Absent):
        return None
    if hidden:
        return REDACTED
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()


def _listed(references: References) -> str | None:
    if not references.count:
        return None
    more = references.count - len(references.names)
    return ", ".join(references.names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _source(processed: Processed) -> Record:
    key, record = processed.key, processed.record
    identity: Record = {
        "id": record.uid if record else "",
        "displayName": key.name,
        "identityType": str(key.kind),
        "details": {"namespace": key.namespace},
    }
    if record is not None:
        path = _NAMES[key.kind]
        name = _text(path.read(record.document), hidden=is_sensitive(processed, path))
        identity["details"] |= {str(path): name or "", "generation": record.generation}
    return identity


def _target(processed: Processed) -> Record:
    path = _NAMES[processed.key.kind]
    name = _text(processed.found.name or None, hidden=is_sensitive(processed, path))
    written = next((change.new for change in processed.changes if change.path == path), None)
    if processed.sent and written is not None:
        name = _text(written, hidden=is_sensitive(processed, path))
    return {
        "id": processed.found.id,
        "displayName": name or "",
        "identityType": str(processed.key.kind.resource_type),
    }
