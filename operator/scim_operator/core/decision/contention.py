"""Contention of several manifests for one resource, in any namespace: only its owner goes on.

Where no one owns it yet, all of them wait. A rival therefore never freezes an owner or takes over from one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.records.status import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ObjectKey


def obstacle(facts: Facts) -> str:
    """Return why nothing is sent for a manifest that is not the owner of its resource; "" where it may go on."""
    if facts.desired is None or facts.match.owned:
        return ""
    key, owner = facts.record.key, facts.match.owner or next(iter(facts.contention.owners), None)
    if owner is not None:
        return f"{named(owner, key)} owns what has this {_identity(key.kind)}: nothing is sent until they differ."
    if facts.contention.rivals:
        return _all_wait(facts.contention.rivals, key)
    return ""


def contested(facts: Facts) -> Verdict | None:
    """Return what an owner is not to change, because another owner claims it; None where there is no such thing."""
    if not facts.contention.contested:
        return None
    paths = ", ".join(map(str, facts.contention.contested))
    owners = _listed(facts.contention.owners, facts.record.key)
    return Verdict(Reason.CONFLICT, f"{paths} stays as it is, for {owners} claims it too; all else is sent.")


def named(key: ObjectKey, home: ObjectKey) -> str:
    """Return a manifest as a message names it, with its namespace where that is another than `home`'s."""
    return str(key) if key.namespace == home.namespace else f"{key} in namespace {key.namespace}"


def _all_wait(rivals: tuple[ObjectKey, ...], key: ObjectKey) -> str:
    claim = "claims" if len(rivals) == 1 else "claim"
    return (
        f"{_listed(rivals, key)} {claim} the same {_identity(key.kind)}: nothing is sent for any of them until they "
        "differ."
    )


def _listed(keys: Iterable[ObjectKey], home: ObjectKey) -> str:
    names = [named(key, home) for key in keys]
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")


def _identity(kind: Kind) -> str:
    return "userName or externalId" if kind is Kind.USER else "displayName or externalId"
