"""Statuses as they are read back: whoever may write `*/status` may have written anything there, of any type.

Pure. What has another type than the operator writes counts as not there, so that it stops no one. Whether the rest is
true is for proofs to say (core/ownership/proofs.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_OBJECTS = ("service", "progress", "plan", "lastSweep", "totals", "limits", "tokenExpiry", "quarantine")
_LISTS = ("conditions", "services", "failures", "tombstones")
_TEXTS = ("claimedUrl", "lastHandledReconcileAt")
_TYPES: Mapping[str, type] = {
    **dict.fromkeys(_OBJECTS, dict),
    **dict.fromkeys(_LISTS, list),
    **dict.fromkeys(_TEXTS, str),
    "observedGeneration": int,
}
_NAMED_BY = {"conditions": "type", "services": "config"}
"""The member by which the entries of a list are found; an entry without it is none."""
UNREADABLE_LIMITS = {"proof": "unreadable"}
"""What stands for a ledger of another type: one without proof, after which nothing is allowed for a window."""


def readable_status(status: object) -> dict[str, Any]:
    """The status of a config, user or group without what has another type than the operator writes."""
    if not isinstance(status, dict):
        return {}
    read = {name: _read(name, value) for name, value in status.items() if isinstance(value, _TYPES.get(name, object))}
    if status.get("limits") and "limits" not in read:
        read["limits"] = UNREADABLE_LIMITS
    return read


def _read(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    if name in _LISTS:
        return [each for each in value if isinstance(each, dict) and _is_named(each, _NAMED_BY.get(name))]
    if name == "service" and not isinstance(value.get("url", ""), str):
        return {inner: each for inner, each in value.items() if inner != "url"}
    if name == "totals":
        return {kind: _counts(each) for kind, each in value.items() if isinstance(each, dict)} | _counts(value)
    return value


def _is_named(entry: Mapping[str, Any], name: str | None) -> bool:
    return name is None or (isinstance(entry.get(name), str) and bool(entry[name]))


def _counts(totals: Mapping[str, Any]) -> dict[str, Any]:
    return {name: number for name, number in totals.items() if isinstance(number, int)}
