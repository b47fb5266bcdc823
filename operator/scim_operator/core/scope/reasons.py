"""Reasons for being out of scope, other than the filters."""

from __future__ import annotations

from scim_operator.core.scope.scope import ScopeDecision

NOT_ASSIGNED = ScopeDecision(
    in_scope=False, reason="NotAssigned", message="Not assigned: no entry of spec.assignments names it."
)
SWITCHED_OFF = ScopeDecision(
    in_scope=False, reason="SwitchedOff", message="The config provisions no objects of this kind."
)
NOT_YET = ScopeDecision(in_scope=False, reason="NotYet", message="spec.notBefore is still to come.")
NO_LONGER = ScopeDecision(in_scope=False, reason="NoLonger", message="spec.notAfter has passed.")
DELETED = ScopeDecision(in_scope=False, reason="Deleted", message="The manifest was deleted.")
