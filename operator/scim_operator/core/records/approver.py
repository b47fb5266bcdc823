"""Who approved a plan, as far as the API server knows. Pure.

`spec.approvedPlan` comes through Git as a rule, so that this is the tool that applied it; who merged it, Git knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHANGED_BY = "scim-operator.io/changed-by"
"""Carries who last changed the spec, where approvals are separated (docs/adr/0024-admission.md)."""
_LONGEST = 253


def approver_of(manifest: Mapping[str, Any]) -> str:
    """Return who wrote spec.approvedPlan: the field's manager and, where it says so, the user; "" for unknown."""
    metadata = manifest.get("metadata") or {}
    managers = sorted(_managers(metadata.get("managedFields") or ()))
    user = (metadata.get("annotations") or {}).get(CHANGED_BY)
    said = [managers[-1][1]] if managers else []
    said += [f"the spec was last changed by {user}"] if isinstance(user, str) and user else []
    return "; ".join(said)[:_LONGEST]


def _managers(entries: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - JSON
    """Yield time and name of each manager of the field."""
    for entry in entries:
        fields = (entry.get("fieldsV1") or {}).get("f:spec") or {}
        if "f:approvedPlan" in fields:
            yield str(entry.get("time") or ""), str(entry.get("manager") or "")
