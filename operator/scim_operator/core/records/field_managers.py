"""Whose the fields of a manifest are that we write, in `metadata.managedFields`. Pure.

Until 0.1 no name was given, and the API server took the client's: `Python`. A field that the operator writes again, and
that has the same value, would then have two owners, and the former one would keep it when the operator takes it away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MANAGER = "scim-operator"
FORMER = "Python"
"""What the API server called us, as any other program that is written with aiohttp."""
_FINALIZERS, _ANNOTATIONS = "f:finalizers", "f:annotations"
_OWN = "f:scim-operator.io/"

Entry = dict[str, Any]


def with_one_owner(managed: Sequence[Mapping[str, Any]]) -> list[Entry] | None:
    """Return the entries with those of our former name under the present one; None where there are none.

    Another program of that name is known by what it owns: a part of the spec, a label, an annotation that is not ours.
    """
    if not any(map(_is_former, managed)):
        return None
    kept: dict[tuple[str, ...], Entry] = {}
    for entry in managed:
        ours = {**entry, "manager": MANAGER} if _is_former(entry) else dict(entry)
        known = kept.setdefault(_place(ours), ours)
        if known is not ours:
            fields = _merged(known.get("fieldsV1") or {}, ours.get("fieldsV1") or {})
            known |= {"fieldsV1": fields, "time": max(known.get("time", ""), ours.get("time", ""))}
    return list(kept.values())


def _place(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(entry.get(name, "")) for name in ("manager", "operation", "apiVersion", "subresource"))


def _is_former(entry: Mapping[str, Any]) -> bool:
    if entry.get("manager") != FORMER or entry.get("operation") != "Update":
        return False
    fields = entry.get("fieldsV1") or {}
    if entry.get("subresource") == "status":
        return fields.keys() <= {"f:status"}
    metadata = fields.get("f:metadata") or {}
    annotations = metadata.get(_ANNOTATIONS) or {}
    own = all(name == "." or name.startswith(_OWN) for name in annotations)
    return fields.keys() == {"f:metadata"} and metadata.keys() <= {_FINALIZERS, _ANNOTATIONS} and own


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the union of two sets of fields, in the form of `fieldsV1`."""
    return {
        **one,
        **{name: _merged(one[name], each) if name in one else each for name, each in other.items()},
    }
