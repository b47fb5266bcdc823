"""Statuses of users and groups as they are read back: anyone who may write `*/status` may have written anything.

Pure. What has another type than the operator writes counts as not there, so that it stops no one; `entry_from_json`
(status.py) reads the entries so, `readable_config.py` the status of a config. Proofs decide whether
the rest is true (core/ownership/proofs.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.api.status import NOT_OBSERVED

if TYPE_CHECKING:
    from collections.abc import Mapping

UNOBSERVED = {"observedGeneration": NOT_OBSERVED}
"""What the API server fills in where there is no status."""

_NAMED_BY = {"conditions": "type", "services": "config"}
"""The lists, and the member by which their entries are found; an entry without it is ignored."""
_SINGLE = {"lastHandledReconcileAt": str, "observedGeneration": int}
_TYPES: Mapping[str, type] = {**dict.fromkeys(_NAMED_BY, list), **_SINGLE}


def readable_status(status: object) -> dict[str, Any]:
    """Return the status of a user or group without what has another type than the operator writes."""
    if not isinstance(status, dict):
        return {}
    read = {name: _read(name, value) for name, value in status.items() if isinstance(value, _TYPES.get(name, object))}
    return {} if read == UNOBSERVED else read


def _read(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    if name not in _NAMED_BY:
        return value
    return [each for each in value if isinstance(each, dict) and _is_named(each, _NAMED_BY[name])]


def _is_named(entry: Mapping[str, Any], name: str) -> bool:
    return isinstance(entry.get(name), str) and bool(entry[name])
