"""Records as they are read back: whether a value is one, and its fields side by side. Pure."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.core.printing import cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.observability.provisioning_log.record import Record

ACTIONS = ("create", "update", "disable", "stageddelete", "delete", "other")
STATUSES = ("success", "failure", "skipped", "warning")
COLUMNS = (
    "id",
    "activityDateTime",
    "changeId",
    "cycleId",
    "jobId",
    "namespace",
    "config",
    "kind",
    "name",
    "sourceName",
    "targetId",
    "targetName",
    "action",
    "status",
    "errorCode",
    "reason",
    "recommendedAction",
    "trigger",
    "durationInMilliseconds",
    "modifiedProperties",
    "revision",
)
"""The fields, in the order of the CSV's columns."""
_SHAPE: Mapping[str, Any] = {
    "id": str,
    "activityDateTime": str,
    "tenantId": str,
    "provisioningAction": str,
    "initiatedBy": {"trigger": str},
    "provisioningStatusInfo": {"status": str},
    "provisioningSteps": [{"provisioningStepType": str, "status": str, "description": str}],
    "modifiedProperties": [{"displayName": str, "oldValue": str | None, "newValue": str | None}],
    "sourceIdentity": {"identityType": str, "displayName": str, "details": {}},
    "targetIdentity": {"id": str, "displayName": str},
    "targetSystem": {"details": {"url": str}},
    "servicePrincipal": {"displayName": str},
}
_TEXTS = ("userName", "displayName")
_ERROR = ("errorCode", "reason", "recommendedAction")


def is_record(value: object) -> bool:
    """Return whether a value has all that commands and pages read of a record: what answers may be no operator."""
    if not (isinstance(value, dict) and _has(value, _SHAPE)):
        return False
    error = value["provisioningStatusInfo"].get("errorInformation", {})
    return _are_texts(value["sourceIdentity"]["details"], _TEXTS) and _are_texts(error, _ERROR)


def _has(value: object, shape: Any) -> bool:  # noqa: ANN401 - a type, or a dict or list of them
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(name in value and _has(value[name], shape[name]) for name in shape)
    if isinstance(shape, list):
        return isinstance(value, list) and all(_has(each, shape[0]) for each in value)
    return isinstance(value, shape)


def _are_texts(holder: object, names: tuple[str, ...]) -> bool:
    return isinstance(holder, dict) and all(isinstance(holder.get(name, ""), str) for name in names)


def flattened(record: Record) -> dict[str, str]:
    """Return the fields that a table has room for, by COLUMNS."""
    source, target = record["sourceIdentity"], record["targetIdentity"]
    error = record["provisioningStatusInfo"].get("errorInformation", {})
    namespace, _, config = record["servicePrincipal"]["displayName"].partition("/")
    own = {name: str(record[name]) for name in COLUMNS if isinstance(record.get(name), str | int)}
    return {**dict.fromkeys(COLUMNS, ""), **own} | {
        "namespace": namespace,
        "config": config,
        "kind": source["identityType"],
        "name": source["displayName"],
        "sourceName": next(filter(None, map(source["details"].get, _TEXTS)), ""),
        "targetId": target["id"],
        "targetName": target["displayName"],
        "action": record["provisioningAction"],
        "status": record["provisioningStatusInfo"]["status"],
        **{name: error.get(name, "") for name in _ERROR},
        "trigger": record["initiatedBy"]["trigger"],
        "modifiedProperties": orjson.dumps(record["modifiedProperties"]).decode(),
    }


def as_csv(records: Iterable[Record], *, head: bool = True) -> str:
    """Return a CSV of COLUMNS, in which no text begins a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    if head:
        writer.writerow(COLUMNS)
    for record in records:
        flat = flattened(record)
        writer.writerow([cell(flat[name]) for name in COLUMNS])
    return text.getvalue()
