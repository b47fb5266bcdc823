"""Adoption of what matches: the policy of the config, which a manifest can make stricter for itself."""

from __future__ import annotations

from scim_operator.api.enums import Adoption

_BY_STRICTNESS = (Adoption.NEVER, Adoption.APPROVE, Adoption.IF_UNOWNED)


def strictest(*policies: Adoption | None) -> Adoption:
    """Return the strictest of the policies that are given; None is no policy."""
    given = [policy for policy in policies if policy is not None]
    return min(given, key=_BY_STRICTNESS.index)
